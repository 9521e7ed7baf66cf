"""A head learns a new class from reviewed cases by the pipeline's rules, on made-up features that stand well apart."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.reviews.learning import SOURCE, Model, Photos, calibrated, label, learn
from benchmarks.reviews.reviewers import review_all
from benchmarks.reviews.stream import NEW
from majani.model.bundle import Manifest
from majani.model.head import LinearLayer
from tests.training.described import ROOT
from training.settings import Params, read_params

KNOWN = ("bean.angular_leaf_spot", "bean.healthy", "unknown_plant", "not_a_plant")
ALL = (*KNOWN, NEW)
FEATURES = 8


def photos(class_ids: tuple[str, ...], each: int, *, seed: int, **columns: str) -> Photos:
    """Make features that differ clearly by class, so that any model that learns is right."""
    truth = [id_ for id_ in class_ids for _ in range(each)]
    chance = np.random.default_rng(seed)
    features = np.eye(FEATURES, dtype=np.float32)[[ALL.index(id_) for id_ in truth]] * 4
    features += chance.normal(0, 0.3, features.shape).astype(np.float32)
    rows = pd.DataFrame({"class_id": truth, "source": "ibean", "domain": "field", "doubt": "", "problem": ""})
    rows["photo"] = [f"{seed}/{number}.jpg" for number in rows.index]
    rows["group"], rows["case"] = rows["photo"], [f"c{seed}-{number}" for number in rows.index]
    rows["sha256"] = [f"{number:064x}" for number in rows.index]
    for column in ("luminance", "sharpness"):
        rows[column] = 100.0
    return Photos(rows.assign(**columns), features)


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    # The stage ``split`` writes them.
    weights = pd.DataFrame({"weight": 1.0, "is_reviewed": [False, True]}, index=["ibean", SOURCE])
    monkeypatch.setattr("benchmarks.reviews.learning.read_source_weights", lambda: weights)


@pytest.fixture
def params() -> Params:
    return read_params(ROOT / "params.yaml")


@pytest.fixture
def base(params: Params, tiny_manifest: Manifest) -> Model:
    weights = np.zeros((len(KNOWN), FEATURES), dtype=np.float32)
    weights[np.arange(len(KNOWN)), np.arange(len(KNOWN))] = 2
    head = LinearLayer(weights, np.zeros(len(KNOWN), dtype=np.float32))
    return calibrated(KNOWN, head, photos(KNOWN, 60, seed=1), tiny_manifest, params)


def test_a_new_condition_is_learned_and_the_others_are_kept(base: Model, params: Params) -> None:
    farmers = photos(ALL, 60, seed=2)
    test = photos(ALL, 30, seed=3)
    assert set(base.best(test)[test.rows["class_id"] == NEW]) <= set(KNOWN)
    export = review_all(farmers.rows, list(farmers.rows["case"]), classes=ALL, seed=1)
    labelled = label(export, farmers, elsewhere=KNOWN, params=params)
    assert set(labelled.photos.rows["split"]) == {"train", "val", "test"}
    assert set(labelled.photos.rows["source"]) == {SOURCE}
    assert len(labelled.photos.embeddings) == len(labelled.photos.rows)

    model = learn(base, photos(KNOWN, 60, seed=4), photos(KNOWN, 30, seed=5), labelled.photos, params, seed=1)

    right = model.best(test) == test.rows["class_id"].to_numpy()
    assert set(model.head.class_ids) == set(ALL)
    assert right.mean() > 0.95
    named = model.named(test)[(test.rows["class_id"] == NEW).to_numpy()]
    assert (named == NEW).mean() > 0.9
