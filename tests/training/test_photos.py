from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from majani.bundle import sha256_hex
from tests.pictures import PictureFactory
from tests.training.described import PARAMS_FILE, source
from training.curate import RAW_DIR
from training.params import Phase, read_params
from training.photos import CACHE_SIDE_PX, PlainPhotos, TrainingPhotos, draw_weights, open_pixels

PHASE = Phase(epochs=1, side_px=48, frozen_stages=3, min_crop_area=0.5)


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: PictureFactory) -> pd.DataFrame:
    """Two photos below ``data/raw``: a red one and a blue one."""
    monkeypatch.chdir(tmp_path)
    RAW_DIR.mkdir(parents=True)
    made = {"red.jpg": pictures.red(), "blue.jpg": pictures.blue()}
    for name, data in made.items():
        (RAW_DIR / name).write_bytes(data)
    return pd.DataFrame({"photo": list(made), "sha256": [sha256_hex(data) for data in made.values()]})


def test_decodes_once_and_keeps_the_pixels(photos: pd.DataFrame, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = open_pixels(photos, directory=cache)
    assert (first.shape, first.dtype) == ((2, CACHE_SIDE_PX, CACHE_SIDE_PX, 3), np.uint8)
    assert first.mean(axis=(1, 2)).argmax(axis=1).tolist() == [0, 2], "red, then blue"
    assert not first.flags.writeable
    for photo in photos["photo"]:
        (RAW_DIR / photo).unlink()
    assert (open_pixels(photos, directory=cache) == first).all()
    assert len(list(cache.iterdir())) == 1


def test_another_table_is_decoded_anew(photos: pd.DataFrame, tmp_path: Path) -> None:
    first = np.array(open_pixels(photos, directory=tmp_path / "cache"))
    turned = open_pixels(photos[::-1], directory=tmp_path / "cache")
    assert (turned == first[::-1]).all()


def weights(rows: list[tuple[str, str, str]], *, of_source: dict[str, float], **changes: Any) -> list[float]:
    params = read_params(PARAMS_FILE).train.model_copy(update={"class_balance": 0, "doubtful_weight": 1, **changes})
    sources = {name: source(name, weight=weight) for name, weight in of_source.items()}
    photos = pd.DataFrame(rows, columns=["source", "class_id", "doubt"]).assign(photo="x")
    return [float(one) for one in draw_weights(photos, sources=sources, params=params)]


RUST, FINE, PEA = ("beans", "bean.rust", ""), ("beans", "bean.healthy", ""), ("peas", "bean.healthy", "")


def test_without_settings_every_photo_is_drawn_as_often() -> None:
    assert weights([RUST, RUST, RUST, FINE, PEA], of_source={"beans": 1, "peas": 1}) == pytest.approx([1] * 5)


def test_a_source_weighs_as_often_as_it_says() -> None:
    assert weights([RUST, PEA, FINE], of_source={"beans": 1, "peas": 2.5}) == pytest.approx([1, 2.5, 1])


@pytest.mark.parametrize(
    ("balance", "expected"),
    [
        # Full: both classes get half of the source's five. Half: 4 and 1 count as their roots, 2 and 1.
        pytest.param(1, [2.5 / 4] * 4 + [2.5], id="full"),
        pytest.param(0.5, [5 * 2 / 3 / 4] * 4 + [5 / 3], id="half"),
    ],
)
def test_rare_classes_are_drawn_more_often(balance: float, expected: list[float]) -> None:
    found = weights([RUST] * 4 + [FINE], of_source={"beans": 1}, class_balance=balance)
    assert found == pytest.approx(expected)


def test_the_same_class_of_two_sources_is_balanced_within_each() -> None:
    found = weights([FINE, RUST, PEA, PEA, PEA], of_source={"beans": 1, "peas": 1}, class_balance=1)
    assert found == pytest.approx([1] * 5)


def test_doubtful_photos_count_less() -> None:
    doubtful = ("beans", "bean.rust", "few")
    found = weights([RUST, doubtful, FINE, FINE], of_source={"beans": 2}, class_balance=1, doubtful_weight=0.25)
    assert found == pytest.approx([2, 0.5, 2, 2])


def test_photos_for_training_are_changed_and_those_for_validation_are_not(photos: pd.DataFrame, tmp_path: Path) -> None:
    pixels = open_pixels(photos, directory=tmp_path / "cache")
    labels = np.array([3, 5])
    plain, label = PlainPhotos(pixels, labels)[1]
    assert label == 5
    assert (plain.numpy() == pixels[1]).all()
    training = TrainingPhotos(pixels, labels, phase=PHASE, seed=1)
    changed, label = training[1]
    assert (len(training), label, tuple(changed.shape)) == (2, 5, (48, 48, 3))
    again = TrainingPhotos(pixels, labels, phase=PHASE, seed=1)[1][0]
    other = TrainingPhotos(pixels, labels, phase=PHASE, seed=2)[1][0]
    assert (changed == again).all()
    assert (changed != other).any()
