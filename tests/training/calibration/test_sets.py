"""Sets hold the truth where they were proved to, crop by crop, and say nothing elsewhere."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from majani.decision.rules import MOST_IN_A_SET, apply_crop_hint, decide, right_of_ten
from majani.model.bundle import SetRule, Situation
from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from tests.tiny_bundle import tiny_bundle_with_situations
from tests.training.described import PARAMS_FILE
from training.calibration.sets import fit_sets, said_by, set_cases
from training.calibration.situations import Hint, Place
from training.settings import read_params

CONDITIONS = ("bean.rust", "bean.spot", "bean.healthy", "pea.rust", "pea.spot", "pea.healthy", "pea.mildew")
CLASSES = (*CONDITIONS, *REJECT_CLASSES)
PARAMS = read_params(PARAMS_FILE).calibrate.model_copy(update={"answer_precision": 0.8})
HINT = Hint(0.3, 1, 0.8)


def place(
    name: str,
    crop: str,
    *,
    right: float,
    cases: int = 90,
    truth: str = "spot",
    lab_only: Sequence[str] = (),
    rust: float = 0.5,
) -> Place:
    """Photos of one condition; so many have it among the two likeliest of their crop, the others among none."""
    share = {f"{crop}.rust": rust, f"{crop}.spot": 0.95 - rust}
    beliefs = np.zeros((cases, len(CLASSES)), dtype=np.float32)
    for class_id, probability in share.items():
        beliefs[:, CLASSES.index(class_id)] = probability
    beliefs[:, CLASSES.index("not_a_plant")] = 0.05
    shown = [f"{crop}.{truth}" if number < right * cases else f"{crop}.healthy" for number in range(cases)]
    rows = pd.DataFrame({"class_id": shown, "source": name, "group": [f"{name}{number}" for number in range(cases)]})
    return Place(name, Answers(CLASSES, beliefs), rows, frozenset(lab_only))


def fitted(*places: Place) -> dict[str, SetRule]:
    cases = set_cases(places, Situation.CROP_NAMED, hint=HINT, reject=0.5, threshold=lambda _: 0.9, params=PARAMS)
    return fit_sets(cases, PARAMS)


FINE = [place(name, "bean", right=1.0) for name in "abc"]


def test_a_crop_whose_places_hold_gets_sets_and_a_hard_place_silences_its_own_alone() -> None:
    found = fitted(*FINE, place("d", "pea", right=1.0), place("e", "pea", right=0.3))
    assert found.keys() == {"bean"}
    assert found["bean"].min_probability > 0.1, "the smallest that hold"
    assert 6 <= right_of_ten(found["bean"]) <= 9


@pytest.mark.parametrize(
    "places",
    [
        pytest.param([place("a", "bean", right=1.0, cases=40)], id="too few cases"),
        pytest.param([place("a", "bean", right=0.5)], id="too seldom true"),
        pytest.param([place(name, "bean", right=1.0, truth="mould") for name in "abc"], id="unknown conditions"),
        pytest.param([place(name, "bean", right=1.0, lab_only=["bean.spot"]) for name in "abc"], id="blind spots"),
    ],
)
def test_what_was_not_proved_is_not_said(places: list[Place]) -> None:
    assert fitted(*places) == {}


SURE = [place(name, "bean", right=1.0, truth="rust", rust=0.85) for name in "abc"]


def test_one_condition_is_said_alone_where_that_is_true_and_misleads_hardly_anybody() -> None:
    found = fitted(*SURE)
    assert found["bean"].alone < 0.9
    assert fitted(*FINE)["bean"].alone == 1, "no photo is so sure"
    # Where one place looks like rust and is spot, only both together are true.
    assert fitted(*SURE, place("d", "bean", right=1.0, rust=0.85))["bean"].alone == 1
    unknown = place("d", "bean", right=1.0, truth="mould", rust=0.85, cases=9)
    assert fitted(*SURE, unknown)["bean"].alone == 1, "conditions that nobody has learned"
    # What is said in twos is proved all the same.
    assert fitted(*SURE, unknown)["bean"].min_probability == found["bean"].min_probability


def test_what_is_named_or_refused_gets_no_set() -> None:
    cases = set_cases(FINE, Situation.CROP_NAMED, hint=HINT, reject=0.5, threshold=lambda _: 0.4, params=PARAMS)
    assert not said_by(cases, fitted(*FINE))["said"].any()
    refused = set_cases(FINE, Situation.CROP_NAMED, hint=HINT, reject=0.01, threshold=lambda _: 0.9, params=PARAMS)
    assert not said_by(refused, fitted(*FINE))["said"].any()


def test_what_is_counted_is_what_an_answer_says() -> None:
    manifest = tiny_bundle_with_situations().manifest
    ids = tuple(entry.id for entry in manifest.classes)
    random = np.random.default_rng(1)
    beliefs = random.dirichlet(np.full(len(ids), 0.4), size=300).astype(np.float32)
    photos = {"class_id": "bean.rust", "source": "a", "group": [str(number) for number in range(300)]}
    place = Place("a", Answers(ids, beliefs), pd.DataFrame(photos))
    rules, hint = manifest.rules, Hint.of(manifest.rules)
    own = rules.of_case(photos=1, crop_named=True)
    cases = set_cases(
        [place], Situation.CROP_NAMED, hint=hint, reject=rules.thresholds.reject, threshold=own.threshold, params=PARAMS
    )
    told = said_by(cases, own.sets)
    answered = [
        decision.one_of
        for number in cases.rows["group"].astype(int)
        if (
            decision := decide(
                apply_crop_hint(beliefs[number], manifest=manifest, crop="bean"), manifest=manifest, crop="bean"
            )
        )
    ]
    assert [bool(one) for one in answered] == told["said"].tolist()
    assert 30 < told["said"].sum() < 270
    assert [len(one) for one in answered if one] == told.loc[told["said"], "size"].tolist()
    assert {1, 2} <= {len(one) for one in answered}
    assert max(len(one) for one in answered) <= MOST_IN_A_SET
