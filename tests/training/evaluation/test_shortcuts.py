from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from majani.image.decode import decode
from tests.pictures import PictureFactory
from tests.tiny_bundle import tiny_bundle
from tests.training.figures import MAKE, alone, shown
from tests.training.files import write_files
from training.artifacts.files import RAW_DIR
from training.dataset.background import leaf_mask
from training.evaluation.shortcuts import gap_figures, leaf_removed_figures, without_leaf
from training.settings import StressTestParams

PARAMS = StressTestParams(seed=1, resamples=100, photos=9, lab_source="tables", field_source="fields")
SOIL = (120, 90, 65)


def test_the_leaf_is_painted_over_and_the_ground_stays(pictures: PictureFactory) -> None:
    photo = decode(pictures.leaf())
    assert leaf_mask(photo).any()
    painted = without_leaf(photo)
    assert painted.reshape(-1, 3).max(axis=0) == pytest.approx(np.array(SOIL) + 40, abs=15)
    assert painted[120, 160] == pytest.approx(SOIL, abs=3)
    assert np.array_equal(painted[:10], photo[:10])
    assert not leaf_mask(painted).any()


def test_a_condition_still_named_without_its_leaf_is_owed_to_the_ground(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: PictureFactory
) -> None:
    monkeypatch.chdir(tmp_path)
    # The tiny bundle sees the mean colour: green leaf and all it is healthy, the soil alone is rust.
    files = {"tables/1.jpg": pictures.leaf(), "tables/2.jpg": pictures.leaf(), "tables/3.jpg": pictures.red()}
    write_files(RAW_DIR, files)
    photos = pd.DataFrame({"photo": list(files), "class_id": ["bean.healthy", "bean.rust", "bean.rust"]})
    figures = dict(leaf_removed_figures(tiny_bundle(), alone(photos), MAKE, PARAMS))
    # The red photo has no leaf that could be told from its ground.
    assert shown(figures) == {"background.tables.leaf_removed": (50, 2)}


def test_the_gap_is_that_of_shared_classes() -> None:
    answers = [
        *[("tables", "bean.rust", "bean.rust")] * 3,
        ("tables", "bean.rust", "bean.healthy"),
        ("tables", "bean.mosaic", "bean.healthy"),
        ("fields", "bean.rust", "bean.rust"),
        ("fields", "bean.rust", "bean.healthy"),
        ("fields", "bean.healthy", "bean.rust"),
        ("others", "bean.rust", "bean.healthy"),
    ]
    rows = alone(pd.DataFrame(answers, columns=["source", "class_id", "top1"]))
    assert shown(dict(gap_figures(rows, MAKE, PARAMS))) == {"gap.lab.top1": (75, 4), "gap.field.top1": (50, 2)}
