"""How photos are dealt out, and who is asked about what; the whole stage runs in the tests of the pipeline."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE, source_weights
from training.fit.soft_labels import folds, out_of_fold_labels
from training.fit.trainer import TrainingRun
from training.settings import read_params

PARAMS = read_params(PARAMS_FILE).soft_labels.model_copy(update={"sources": ("web",), "beside": ("lab",), "folds": 3})


def photos(groups: int) -> pd.DataFrame:
    """Two photos of each group from the web, one from the laboratory, and one that it has taken from the web."""
    rows = [("web", f"web/{number}") for number in range(groups) for _ in range(2)]
    return pd.DataFrame([*rows, ("lab", "lab/0"), ("lab", "web/0")], columns=["source", "group"])


def test_every_photo_that_is_asked_about_is_in_one_fold_and_groups_stay_whole() -> None:
    dealt = photos(30)
    dealt["fold"] = folds(dealt, PARAMS)
    web = dealt[dealt["source"] == "web"]
    assert set(web["fold"]) == {0, 1, 2}
    assert (web.groupby("group")["fold"].nunique() == 1).all()
    assert web["fold"].value_counts().min() >= 18
    assert set(dealt["fold"][dealt["source"] == "lab"]) == {-1}, "only learned from"


def test_folds_do_not_depend_on_the_order_of_photos() -> None:
    dealt = photos(30)
    turned = dealt[::-1].reset_index(drop=True)
    assert list(folds(turned, PARAMS)[::-1]) == list(folds(dealt, PARAMS))


def test_no_network_is_asked_about_a_leaf_that_it_has_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    dealt = photos(30)
    dealt = dealt.assign(photo=[f"{number}.jpg" for number in dealt.index], class_id="bean.rust")
    seen: list[set[str]] = []
    asked: list[str] = []

    def fit(run: TrainingRun) -> None:
        seen.append(set(run.train["group"]))
        assert run.classes == ["bean.rust", *REJECT_CLASSES]

    def predict(_: None, held: pd.DataFrame, **__: Any) -> np.ndarray:
        assert not seen[-1] & set(held["group"])
        asked.extend(held["photo"])
        return np.tile([0.993, 0.003, 0.004], (len(held), 1))

    for name, stand_in in (("fit", fit), ("predict", predict), ("remove_run", lambda _: None)):
        monkeypatch.setattr(f"training.fit.soft_labels.{name}", stand_in)
    monkeypatch.setattr("training.fit.trainer.read_source_weights", lambda: source_weights(web=1, lab=1))
    found = out_of_fold_labels(dealt, params=PARAMS, train=read_params(PARAMS_FILE).train)
    web = dealt["photo"][dealt["source"] == "web"]
    assert sorted(asked) == sorted(web), "each of them once"
    assert all("lab/0" in groups for groups in seen)
    assert sorted(found["photo"]) == sorted(web)
    assert set(found["class_id"]) == {"bean.rust"}, "what is hardly believed is worth no row"
