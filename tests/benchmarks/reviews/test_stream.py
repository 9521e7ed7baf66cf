"""Who sees which photos: no group is on two sides, and only farmers and the last examination have the new condition."""

import itertools
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.reviews.stream import NEW, Parts, cases_of, parts
from training.stages.split import SPLITS_FILE


@pytest.fixture
def dealt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """Bursts of four photos; of each class some in the field, some in a laboratory, some doubtful."""
    monkeypatch.chdir(tmp_path)
    SPLITS_FILE.parent.mkdir(parents=True)
    kinds = [
        (split, class_id, setting, doubt)
        for split in ("train", "val", "test")
        for class_id in (NEW, "bean.healthy", "unknown_plant")
        for setting, doubt in (("field", ""), ("lab", ""), ("field", "few"))
        if class_id != NEW or (setting, doubt) == ("field", "")
    ]
    rows = [
        (split, class_id, setting, doubt, f"{split}/{class_id}/{setting}{doubt}/{group}")
        for split, class_id, setting, doubt in kinds
        for group in range(40)
        for _ in range(4)
    ]
    table = pd.DataFrame(rows, columns=["split", "class_id", "setting", "doubt", "group"])
    table = table.assign(photo=[f"{number}.jpg" for number in table.index], source="beans")
    # A laboratory photo of a leaf that was also photographed in the field.
    table.loc[table["group"] == "train/bean.healthy/lab/0", "group"] = "train/bean.healthy/field/0"
    # A healthy leaf beside a rusty one of the same plant.
    table.loc[table["group"] == "val/bean.healthy/field/0", "group"] = f"val/{NEW}/field/0"
    table.to_csv(SPLITS_FILE, index=False)
    return parts()


def test_no_group_is_on_two_sides(dealt: Parts) -> None:
    groups = [set(rows["group"]) for rows in (dealt.train, dealt.val, dealt.farmers, dealt.test)]
    assert all(not one & other for one, other in itertools.combinations(groups, 2))


def test_only_farmers_and_the_examination_show_the_new_condition(dealt: Parts) -> None:
    shown = [int((rows["class_id"] == NEW).sum()) for rows in (dealt.train, dealt.val, dealt.farmers, dealt.test)]
    assert shown == [0, 0, 160, 320]


def test_farmers_send_sound_photos_of_the_field(dealt: Parts) -> None:
    others = dealt.farmers[dealt.farmers["class_id"] != NEW]
    assert set(zip(others["setting"], others["doubt"], strict=True)) == {("field", "")}
    assert 0.2 < len(others) / 320 < 0.6
    assert set(others["class_id"]) == {"bean.healthy", "unknown_plant"}


def test_a_burst_is_sent_as_cases_of_at_most_three_photos(dealt: Parts) -> None:
    cases = dealt.farmers.groupby("case")
    assert set(cases.size()) == {1, 3}
    assert cases["group"].nunique().max() == cases["class_id"].nunique().max() == 1
    assert list(cases_of(dealt.farmers)) == sorted(set(dealt.farmers["case"]))
