"""The simulated queue is the desk's: what is worth a look comes first, and what was reviewed does not come again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.reviews import queue as module
from benchmarks.reviews.learning import Model, Photos
from benchmarks.reviews.queue import ByWorth, Round
from majani.model.head import Calibration, Head, LinearLayer
from majani.taxonomy import REJECT_CLASSES
from tests.tiny_bundle import tiny_bundle

BUNDLE = tiny_bundle()
CLASSES = tuple(entry.id for entry in BUNDLE.manifest.classes)


def photos(kinds: list[int], *, strength: float, name: str) -> Photos:
    """One photo per case, each speaking for the class at a position, more or less strongly."""
    features = np.eye(len(CLASSES), dtype=np.float32)[kinds] * strength + 0.01
    rows = pd.DataFrame({"class_id": [CLASSES[kind] for kind in kinds], "domain": "field", "doubt": "", "source": "x"})
    ids = [f"{name}{number:02}" for number in rows.index]
    return Photos(rows.assign(photo=ids, group=ids, case=ids, sha256=ids), features)


LAYER = LinearLayer(np.eye(len(CLASSES), dtype=np.float32), np.zeros(len(CLASSES), dtype=np.float32))
MODEL = Model(Head(CLASSES, LAYER, Calibration()), BUNDLE.manifest)
LEARNED = photos([kind for kind in range(len(CLASSES)) for _ in range(8)], strength=9, name="l")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORK_DIR", tmp_path)


def after(*cases: str) -> Round:
    """The state of a season after the reviews of these cases, none of which led to a label."""
    return Round(cases, LEARNED.where(LEARNED.rows["case"] == ""), LEARNED, MODEL)


def test_doubtful_cases_come_first_and_none_twice() -> None:
    crops = [position for position, one in enumerate(CLASSES) if one not in REJECT_CLASSES]
    sure = photos(crops * 4, strength=9, name="s")
    doubtful = photos(crops * 2, strength=1, name="d")
    farmers = sure.and_also(doubtful)
    order = ByWorth(BUNDLE, farmers, LEARNED, np.full(len(farmers.rows), "bean.rust"))
    count = len(doubtful.rows)
    first = order.next(after(), count, seed=1)
    assert sum(case.startswith("d") for case in first) >= count - 1, "a farmer may have called a sure answer wrong"
    then = order.next(after(*first), 100, seed=1)
    assert set(first) & set(then) == set()
    assert len(first) + len(then) == len(order.farmers.rows)


def test_cases_that_look_like_contradicted_ones_gain() -> None:
    one, other = CLASSES.index("bean.rust"), CLASSES.index("bean.healthy")
    farmers = photos([other] * 20 + [one] * 20, strength=9, name="f")
    answered = np.array([CLASSES[kind] for kind in [other] * 20 + [one] * 20])
    # Reviewers saw something else on the first few of one kind, of which there are few photos, and agreed on the other.
    reviewed = farmers.where(farmers.rows["case"].isin([f"f{number:02}" for number in (*range(6), *range(20, 26))]))
    said = [CLASSES[other]] * 6 + ["tomato.late_blight"] * 6
    reviewed = Photos(reviewed.rows.assign(class_id=said), reviewed.embeddings)
    state = Round(tuple(reviewed.rows["case"]), reviewed, LEARNED, MODEL)
    order = ByWorth(BUNDLE, farmers, LEARNED, answered)
    assert {int(case[1:]) for case in order.next(state, 14, seed=1)} == set(range(26, 40))
    ignorant = replace(order, knows_kin=False)
    assert {int(case[1:]) for case in ignorant.next(state, 14, seed=1)} != set(range(26, 40))
