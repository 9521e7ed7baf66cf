"""Who sees which photos: no group is on two sides, and only farmers and the last examination have the new condition."""

import itertools
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.reviews.stream import NEW, parts
from training.artifacts.files import SPLITS_FILE


def test_no_group_is_on_two_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bursts of four photos; of each class some in the field, some in a laboratory, some doubtful."""
    monkeypatch.chdir(tmp_path)
    SPLITS_FILE.parent.mkdir(parents=True)
    kinds = [
        (split, class_id, domain, doubt)
        for split in ("train", "val", "test")
        for class_id in (NEW, "bean.healthy", "unknown_plant")
        for domain, doubt in (("field", ""), ("lab", ""), ("field", "few"))
        if class_id != NEW or (domain, doubt) == ("field", "")
    ]
    rows = [
        (split, class_id, domain, doubt, f"{split}/{class_id}/{domain}{doubt}/{group}")
        for split, class_id, domain, doubt in kinds
        for group in range(40)
        for _ in range(4)
    ]
    table = pd.DataFrame(rows, columns=["split", "class_id", "domain", "doubt", "group"])
    table = table.assign(photo=[f"{number}.jpg" for number in table.index], source="beans")
    # Laboratory photos of leaves that were also photographed in the field.
    table["group"] = table["group"].str.replace("train/bean.healthy/lab/", "train/bean.healthy/field/")
    # A healthy leaf beside a rusty one of the same plant.
    table.loc[table["group"] == "val/bean.healthy/field/0", "group"] = f"val/{NEW}/field/0"
    table.to_csv(SPLITS_FILE, index=False)
    dealt = parts()
    groups = [set(rows["group"]) for rows in (dealt.train, dealt.val, dealt.farmers, dealt.test)]
    assert all(not one & other for one, other in itertools.combinations(groups, 2))
