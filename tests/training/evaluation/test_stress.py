from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from majani.model.bundle import write_bundle
from tests.pictures import PictureFactory
from tests.tiny_bundle import tiny_bundle
from tests.training.described import PARAMS_FILE, write_data
from training.artifacts.files import (
    ACTIONS_FILE,
    CANDIDATE_DIR,
    CORRUPTION_FILE,
    RAW_DIR,
    SPLITS_FILE,
    STRESS_TEST_FILE,
)
from training.evaluation.corruption import CORRUPTIONS
from training.evaluation.cost import ABSTAINED
from training.figures import Figure, read_figures
from training.stages.stress_test import COMMAND, main

BUNDLE = tiny_bundle()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the stage finds it, but for photos."""
    monkeypatch.chdir(tmp_path)
    write_data(tmp_path)
    Path("params.yaml").write_bytes(PARAMS_FILE.read_bytes())
    write_bundle(BUNDLE, CANDIDATE_DIR)
    SPLITS_FILE.parent.mkdir()
    return tmp_path


def photographed(*photos: tuple[str, str, bytes], domain: str = "field", split: str = "test") -> pd.DataFrame:
    """Photos on disk, by source, class and content, with their rows in the table of splits."""
    rows: list[dict[str, Any]] = []
    for number, (source, class_id, content) in enumerate(photos):
        name = f"{source}/{domain}-{split}-{number}.jpg"
        (RAW_DIR / source).mkdir(parents=True, exist_ok=True)
        (RAW_DIR / name).write_bytes(content)
        rows.append({"photo": name, "source": source, "class_id": class_id, "group": name})
    measured = {"doubt": "", "side_px": 240, "luminance": 100.0, "sharpness": 500.0}
    return pd.DataFrame(rows).assign(domain=domain, split=split, **measured)


def probed(*tables: pd.DataFrame) -> dict[str, Figure]:
    pd.concat(tables, ignore_index=True).to_csv(SPLITS_FILE, index=False)
    main()
    return read_figures(STRESS_TEST_FILE)


def test_all_questions_are_asked(workspace: Path, pictures: PictureFactory) -> None:
    rust, leaf = ("bean.rust", pictures.red()), ("bean.healthy", pictures.leaf())
    figures = probed(
        photographed(*[("plantdoc", *rust), ("plantdoc", *leaf)] * 3, ("beans", *rust), domain="web"),
        photographed(("weeds", "unknown_plant", pictures.blue())),
        photographed(*[("plantvillage", *leaf)] * 2, domain="lab"),
        photographed(*[("plantvillage", *leaf), ("plantvillage", *rust)], domain="lab", split="train"),
    )
    assert figures["corruption.none.top1"].n == 7
    assert sum(key.startswith("corruption.") for key in figures) == 1 + 3 * len(CORRUPTIONS)
    expected = {
        **{f"hint.{key}.top1": (100, n) for key, n in (("plantdoc", 6), ("beans", 1), ("field", 7))},
        "three_photos.field.top1": (100, 2),
        "three_photos.plantdoc.points_gained": (0, 2),
        "rollup.field.said": (100, 7),
        "rollup.plantdoc.true": (100, 6),
        "action.field.wrong_when_answered": (0, 7),
        "harm.field.mean": (0, 7),
        "gap.lab.top1": (100, 2),
        "gap.field.top1": (100, 3),
        "background.plantvillage.leaf_removed": (0, 2),
    }
    assert {key: (figures[key].value, figures[key].n) for key in expected} == expected
    assert {figure.command for figure in figures.values()} == {COMMAND}
    table = pd.read_csv(workspace / CORRUPTION_FILE)
    assert len(table) == 1 + 3 * len(CORRUPTIONS)
    actions = pd.read_csv(workspace / ACTIONS_FILE)
    assert list(zip(actions["truth"], actions["photos"], strict=True)) == [("spray", 4), ("nothing", 3)]
    assert ABSTAINED not in set(actions["answered"])
