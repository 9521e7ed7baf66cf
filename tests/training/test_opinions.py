"""How photos are dealt out; that whole stage runs in the tests of the pipeline."""

import pandas as pd

from tests.training.described import PARAMS_FILE
from training.opinions import folds
from training.params import read_params

PARAMS = read_params(PARAMS_FILE).opinions.model_copy(update={"sources": ("web",), "beside": ("lab",), "folds": 3})


def photos(groups: int) -> pd.DataFrame:
    """Two photos of each group from the web, and one from the laboratory."""
    rows = [("web", f"web/{number}") for number in range(groups) for _ in range(2)]
    return pd.DataFrame([*rows, ("lab", "lab/0")], columns=["source", "group"])


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
