"""Coarser statements are true where they were proved to be, and seldom made about crops that nobody has learned."""

from typing import Any

import numpy as np
import pandas as pd

from majani.model.bundle import CoarseThresholds, Situation
from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE
from training.calibration.coarse import STRANGERS, coarse_cases, fit_coarse
from training.calibration.situations import Hint, Place
from training.settings import read_params

CLASSES = ("apple.scab", "apple.black_rot", "apple.healthy", "maize.common_rust", *REJECT_CLASSES)
PARAMS = read_params(PARAMS_FILE).calibrate.model_copy(update={"answer_precision": 0.8, "min_answer": 0.5})


def place(name: str, class_id: str, *beliefs: tuple[float, ...], of_leaf: int = 1) -> Place:
    """Photos of one condition, so many of a leaf; a belief gives the three of apple, and the rest to maize."""
    groups = [str(one // of_leaf) for one in range(len(beliefs))]
    rows = pd.DataFrame({"class_id": class_id, "source": name, "group": groups})
    full = [(*apple, 1 - sum(apple), 0, 0) for apple in beliefs]
    return Place(name, Answers(CLASSES, np.array(full, dtype=np.float32)), rows)


def fitted(*places: Place, situation: Situation | None = None) -> CoarseThresholds:
    how: dict[str, Any] = {"hint": Hint(0.3, 1, 0.8), "reject": 0.5, "threshold": lambda _: 0.95, "seed": 1}
    return fit_coarse(pd.concat([coarse_cases(one, situation, **how) for one in places], ignore_index=True), PARAMS)


SICK = [place(name, "apple.black_rot", *[(0.4, 0.4, 0.0)] * 90) for name in "abc"]


def test_the_finest_level_that_holds_is_proved_first_and_what_it_says_is_not_said_again() -> None:
    # Both are leaf spots of apple: whichever it is, the kind of trouble is true, and nothing is left for the others.
    found = fitted(*SICK)
    assert (found.parent, found.sick, found.crop) == (0.5, 1, 1)


def test_a_level_that_is_wrong_elsewhere_is_not_said_there() -> None:
    healthy = [place(name, "apple.healthy", *[(0.4, 0.4, 0.0)] * 90) for name in "abc"]
    found = fitted(*healthy)
    assert (found.parent, found.sick, found.crop) == (1, 1, 0.5)


def test_hardly_any_leaf_of_a_crop_that_was_left_out_is_said_to_be_of_another() -> None:
    strangers = place("e", "rice.blast", *[(0.45, 0.45, 0.0)] * 10, *[(0.3, 0.3, 0.0)] * 90)
    found = fitted(*SICK, place("d", "apple.black_rot", *[(0.47, 0.47, 0.0)] * 90), strangers)
    assert 0.89 < found.parent < 0.94, f"ten of a hundred are more than {STRANGERS:.0%}"
    assert fitted(*SICK, place("e", "rice.blast", *[(0.45, 0.45, 0.0)] * 5, *[(0.0, 0.0, 0.0)] * 95)).parent == 0.5


def test_several_photos_of_a_leaf_count_once() -> None:
    sick = [place(name, "apple.black_rot", *[(0.4, 0.4, 0.0)] * 180, of_leaf=2) for name in "abc"]
    # Four leaves of fifty are more than one of twenty, though they are less than that of a hundred photos.
    strangers = place("e", "rice.blast", *[(0.45, 0.45, 0.0)] * 8, *[(0.0, 0.0, 0.0)] * 92, of_leaf=2)
    assert fitted(*sick, situation=Situation.SEVERAL_PHOTOS).parent == 0.5
    assert fitted(*sick, strangers, situation=Situation.SEVERAL_PHOTOS).parent > 0.89


def test_what_is_named_is_said_no_coarser() -> None:
    named = place("a", "apple.healthy", *[(0.0, 0.99, 0.0)] * 90)
    assert fitted(*SICK, named) == fitted(*SICK)


def test_crops_that_were_only_seen_healthy_are_said_alone() -> None:
    classes = ("apple.healthy", "maize.healthy", *REJECT_CLASSES)
    beliefs = np.array([(0.9, 0.1, 0, 0)] * 90, dtype=np.float32)
    rows = pd.DataFrame({"class_id": "apple.healthy", "source": "a", "group": [str(one) for one in range(90)]})
    found = fitted(*(Place(name, Answers(classes, beliefs), rows.assign(source=name)) for name in "abc"))
    assert (found.parent, found.sick) == (1, 1)
    assert found.crop < 1
