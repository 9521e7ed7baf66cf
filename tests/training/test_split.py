from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.params import SplitParams
from training.split import SPLITS_FILE, read_splits, split

PARAMS = SplitParams(seed=1, val_share=0.10, test_share=0.15)
Row = tuple[str, str, str, str]


def table(rows: Iterable[Row]) -> pd.DataFrame:
    """Photos of (source, class, group, official split), numbered."""
    frame = pd.DataFrame(rows, columns=["source", "class_id", "group", "official_split"])
    return frame.assign(photo=[f"{group}/{index}" for index, group in enumerate(frame["group"])], problem="")


def singles(count: int, *, source: str = "beans", class_id: str = "bean.rust", first: int = 0) -> list[Row]:
    return [(source, class_id, f"{source}/{class_id}/{number}", "") for number in range(first, first + count)]


def dealt(photos: pd.DataFrame, params: SplitParams = PARAMS) -> dict[str, str]:
    """Split by group, for tables in which a group has one."""
    done = split(photos, params)
    return dict(zip(done["group"], done["split"], strict=True))


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["beans", "peas"]),
            st.sampled_from(["bean.rust", "bean.healthy"]),
            st.sampled_from([f"g{number}" for number in range(12)]),
            st.sampled_from(["", "", "", "train", "val", "test"]),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_no_group_straddles_splits_and_official_tests_stay_whole(rows: list[Row]) -> None:
    done = split(table(rows), PARAMS)
    used = done[done["split"] != "leaks"]
    assert used.groupby("group")["split"].nunique().max() == 1
    assert (done.loc[done["official_split"] == "test", "split"] == "test").all()
    assert len(done) == len(rows)


@pytest.mark.parametrize(
    ("held_out", "other", "expected"),
    [
        pytest.param("test", "train", "leaks", id="train beside test"),
        pytest.param("test", "", "leaks", id="undealt beside test"),
        pytest.param("test", "val", "leaks", id="val beside test"),
        pytest.param("val", "train", "leaks", id="train beside val"),
        pytest.param("test", "test", "test", id="both test"),
        pytest.param("val", "val", "val", id="both val"),
    ],
)
def test_photos_beside_held_out_ones_leak(held_out: str, other: str, expected: str) -> None:
    done = split(table([("beans", "bean.rust", "leaf", held_out), ("peas", "bean.rust", "leaf", other)]), PARAMS)
    assert list(done["split"]) == [held_out, expected]


def test_groups_of_a_growing_source_never_move() -> None:
    """Whatever is added to it, and whatever its cases are labelled as later."""
    first = table(singles(200, source="reviews"))
    later = table([*singles(200, source="reviews"), *singles(300, source="reviews", first=200)])
    later.loc[:50, "class_id"] = "bean.healthy"
    before, after = (split(one, PARAMS, growing={"reviews"}).set_index("photo")["split"] for one in (first, later))
    assert (after[before.index] == before).all()
    shares = after.value_counts(normalize=True)
    assert shares["test"] == pytest.approx(0.15, abs=0.05)
    assert shares["val"] == pytest.approx(0.10, abs=0.05)


@pytest.mark.parametrize("official", ["test", "val"])
def test_a_source_with_an_official_split_gets_no_second_one(official: str) -> None:
    rows = table([*singles(100), ("beans", "bean.healthy", "leaf", official)])
    counts = split(rows, PARAMS)["split"].value_counts()
    assert counts[official] == 1
    assert counts["train"] == (90 if official == "test" else 85)


def test_shares_of_single_photos_are_exact_in_every_class() -> None:
    done = split(table([*singles(200), *singles(100, class_id="bean.healthy")]), PARAMS)
    assert done.groupby(["class_id", "split"]).size().to_dict() == {
        ("bean.healthy", "test"): 15,
        ("bean.healthy", "train"): 75,
        ("bean.healthy", "val"): 10,
        ("bean.rust", "test"): 30,
        ("bean.rust", "train"): 150,
        ("bean.rust", "val"): 20,
    }


def test_shares_of_bursts_are_near() -> None:
    sizes = np.random.default_rng(3).integers(1, 12, size=100)
    rows = [("beans", "bean.rust", f"g{number}", "") for number, size in enumerate(sizes) for _ in range(size)]
    shares = split(table(rows), PARAMS)["split"].value_counts(normalize=True)
    assert shares["test"] == pytest.approx(0.15, abs=0.03)
    assert shares["val"] == pytest.approx(0.10, abs=0.03)


def test_a_burst_larger_than_a_share_trains() -> None:
    rows = [*singles(20), *[("beans", "bean.rust", "burst", "")] * 30]
    assert dealt(table(rows))["burst"] == "train"


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(singles(80, source="peas"), id="another source"),
        pytest.param(singles(80, class_id="bean.healthy"), id="another class"),
    ],
)
def test_more_photos_elsewhere_move_nothing(more: list[Row]) -> None:
    before = dealt(table(singles(100)))
    after = dealt(table([*more, *singles(100)]))
    assert {group: after[group] for group in before} == before


def test_a_few_more_photos_of_a_class_move_almost_nothing() -> None:
    before = dealt(table(singles(200)))
    after = dealt(table(singles(210)))
    assert sum(after[group] != before[group] for group in before) <= 6


def test_the_deal_depends_on_the_seed_and_not_on_the_order_of_rows() -> None:
    photos = table(singles(100))
    shuffled = photos.sample(frac=1, random_state=5)
    assert dealt(photos) == dealt(shuffled)
    assert dealt(photos) != dealt(photos, PARAMS.model_copy(update={"seed": 2}))


def test_photos_with_a_problem_are_dropped_and_hold_nobody_back() -> None:
    photos = table([("beans", "bean.rust", "leaf", "test"), ("peas", "bean.rust", "leaf", "train")])
    photos.loc[0, "problem"] = "photo_broken"
    assert list(split(photos, PARAMS)["source"]) == ["peas"]
    assert "leaks" not in set(split(photos, PARAMS)["split"])


def test_reads_the_named_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    SPLITS_FILE.parent.mkdir(parents=True)
    pd.DataFrame({"photo": ["a", "b", "c"], "doubt": "", "split": ["train", "val", "test"]}).to_csv(SPLITS_FILE)
    rows = read_splits("val", "test")
    assert list(rows["photo"]) == ["b", "c"]
    assert list(rows.index) == [0, 1]
    assert list(rows["doubt"]) == ["", ""]
