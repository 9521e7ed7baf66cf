import sys
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from majani.model.bundle import write_bundle
from tests.tiny_bundle import tiny_bundle
from training.artifacts import RAW_DIR, SPLITS_FILE
from training.evaluation.compare_rules import changes, main

PHOTOS = pd.DataFrame({"class_id": ["bean.rust", "bean.rust", "pea.rust", "unknown_plant"]})


def said(*conditions: str) -> pd.DataFrame:
    outcome = ["condition" if one else "uncertain" for one in conditions]
    return pd.DataFrame({"outcome": outcome, "condition": conditions})


def test_counts_answers_before_and_after_of_touched_classes_and_of_all() -> None:
    before, after = said("bean.rust", "", "pea.rust", ""), said("bean.rust", "bean.rust", "pea.rust", "pea.rust")
    found = changes(PHOTOS, before, after)
    expected = pd.DataFrame(
        {
            "photos": [2, 1, 4],
            "answered_before": [1, 0, 2],
            "right_before": [1, 0, 2],
            "answered_after": [2, 1, 4],
            "right_after": [2, 0, 3],
        },
        index=["bean.rust", "unknown_plant", "all"],
    )
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_photos_with_doubtful_labels_measure_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (RAW_DIR, SPLITS_FILE.parent):
        folder.mkdir(parents=True)
    Image.new("RGB", (300, 300), (200, 30, 30)).save(RAW_DIR / "red.jpg")
    measured = {"side_px": 300, "luminance": 100.0, "sharpness": 500.0}
    rows = pd.DataFrame({"class_id": ["bean.rust", "bean.rust"], "doubt": ["", "a web search"], "domain": "field"})
    rows = rows.assign(photo="red.jpg", source="beans", group=["a", "b"], split="val", **measured)
    rows.to_csv(SPLITS_FILE, index=False)
    write_bundle(tiny_bundle(), tmp_path / "bundle")
    monkeypatch.setattr(sys, "argv", ["compare_rules", "bundle", "bundle"])
    assert main() == 0
    *_, everything = capsys.readouterr().out.splitlines()
    assert everything.split() == ["all", "1", "1", "1", "1", "1"]
