from pathlib import Path

import pandas as pd
import pytest

from majani.model.bundle import write_bundle
from tests.pictures import PictureFactory
from tests.tiny_bundle import tiny_bundle
from tests.training.described import PARAMS_FILE, write_data
from tests.training.files import write_files
from training.artifacts.files import (
    CANDIDATE_DIR,
    CORRUPTION_FILE,
    RAW_DIR,
    SPLITS_FILE,
    STRESS_TEST_FILE,
)
from training.evaluation.corruption import CORRUPTIONS
from training.figures import read_figures
from training.stages.stress_test import COMMAND, main

BUNDLE = tiny_bundle()


@pytest.fixture
def workspace(folder: Path) -> Path:
    """A folder as the stage finds it, but for photos."""
    write_data(folder)
    Path("params.yaml").write_bytes(PARAMS_FILE.read_bytes())
    write_bundle(BUNDLE, CANDIDATE_DIR)
    SPLITS_FILE.parent.mkdir()
    return folder


def photographed(*photos: tuple[str, str, bytes], domain: str = "field", split: str = "test") -> pd.DataFrame:
    """Photos on disk, by source, class and content, with their rows in the table of splits."""
    names = [f"{source}/{domain}-{split}-{number}.jpg" for number, (source, *_) in enumerate(photos)]
    write_files(RAW_DIR, {name: photo[-1] for name, photo in zip(names, photos, strict=True)})
    rows = pd.DataFrame([photo[:2] for photo in photos], columns=["source", "class_id"]).assign(
        photo=names, group=names
    )
    measured = {"doubt": "", "side_px": 240, "luminance": 100.0, "sharpness": 500.0}
    return rows.assign(domain=domain, split=split, **measured)


def test_field_photos_are_corrupted_in_every_way(workspace: Path, pictures: PictureFactory) -> None:
    rust, leaf = ("bean.rust", pictures.red()), ("bean.healthy", pictures.leaf())
    tables = (
        photographed(*[("plantdoc", *rust), ("plantdoc", *leaf)] * 3, ("beans", *rust), domain="web"),
        photographed(("weeds", "unknown_plant", pictures.blue())),
        photographed(*[("plantvillage", *leaf)] * 2, domain="lab"),
    )
    pd.concat(tables, ignore_index=True).to_csv(SPLITS_FILE, index=False)
    main()
    figures = read_figures(STRESS_TEST_FILE)
    assert figures["corruption.none.top1"].n == 7
    assert len(figures) == 1 + 3 * len(CORRUPTIONS)
    assert {figure.command for figure in figures.values()} == {COMMAND}
    table = pd.read_csv(workspace / CORRUPTION_FILE)
    assert len(table) == 1 + 3 * len(CORRUPTIONS)
