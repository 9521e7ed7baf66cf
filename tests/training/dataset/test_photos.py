import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from majani.model.bundle import sha256_hex
from tests.pictures import PictureFactory
from tests.training.described import PARAMS_FILE, source_weights
from training import fingerprint
from training.artifacts.files import RAW_DIR
from training.dataset.background import MASK_SIDE_PX
from training.dataset.photos import Backgrounds, PlainPhotos, TrainingPhotos, background_rows
from training.dataset.pixels import CACHE_SIDE_PX, open_masks, open_pixels
from training.dataset.weights import sample_weights
from training.settings import Phase, read_params

PHASE = Phase(epochs=1, side_px=48, frozen_stages=3, min_crop_area=0.5)
NO_MASKS = np.zeros((2, MASK_SIDE_PX, MASK_SIDE_PX), dtype=np.uint8)
PLAIN = Backgrounds(masks=NO_MASKS, rows=np.array([], dtype=np.intp), probability=0.5)


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


@pytest.mark.parametrize("module", ["majani.image.decode", "training.dataset.pixels"])
def test_other_code_decodes(module: str, photos: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also another way to make a square: whoever tries one must not measure the old."""
    open_pixels(photos, directory=tmp_path / "cache")
    monkeypatch.setattr(fingerprint, "_canonical", lambda name: f"{name == module}")
    open_pixels(photos, directory=tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 2


def weights(rows: list[tuple[str, str, str]], *, of_source: dict[str, float], **changes: Any) -> list[float]:
    plain = {"class_balance": 0, "place_balance": 0, "doubtful_weight": 1}
    params = read_params(PARAMS_FILE).train.model_copy(update=plain | changes)
    sources = source_weights(**of_source)
    photos = pd.DataFrame(rows, columns=["source", "class_id", "doubt"]).assign(photo="x")
    return [float(weight) for weight in sample_weights(photos, sources=sources, params=params)]


RUST, FINE, PEA = ("beans", "bean.rust", ""), ("beans", "bean.healthy", ""), ("peas", "bean.healthy", "")


def test_a_source_weighs_as_often_as_it_says_and_no_place_stands_for_a_class() -> None:
    assert weights([RUST, PEA, FINE], of_source={"beans": 1, "peas": 2.5}) == pytest.approx([1, 2.5, 1])
    # Of six photos of a class, five are of one place. Even: half each; what the class weighs among all stays.
    rows = [RUST, *[FINE] * 5, PEA]
    drawn = weights(rows, of_source={"beans": 1, "peas": 1}, place_balance=1)
    assert drawn == pytest.approx([1, *[3 / 5] * 5, 3])
    # A source that weighs twice as much has two thirds.
    drawn = weights(rows, of_source={"beans": 1, "peas": 2}, place_balance=1)
    assert drawn[-1] == pytest.approx(2 * sum(drawn[1:-1]))


@pytest.mark.parametrize(
    ("share", "expected"), [(0, 2 / 11), (0.1, 2 / 11), (0.25, 0.25)], ids=["none", "less than it has", "more"]
)
def test_what_only_reviewed_cases_show_gets_its_share(share: float, expected: float) -> None:
    rows = [FINE] * 5 + [("field_reviews", "bean.healthy", "")] * 2 + [("field_reviews", "tomato.late_blight", "")]
    changes = {"new_condition_share": share, "source_weights": {"field_reviews": 2.0}}
    drawn = weights(rows, of_source={"beans": 1, "field_reviews": 1}, **changes)
    assert drawn[-1] / sum(drawn) == pytest.approx(expected)
    assert drawn[:-1] == pytest.approx([1] * 5 + [2] * 2), "the others keep what they have"


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


def test_photos_for_training_are_changed_by_each_process_in_its_own_way_and_those_for_validation_are_not(
    photos: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels, labels = open_pixels(photos, directory=tmp_path / "cache"), np.array([3, 5])
    plain, label = PlainPhotos(pixels, labels)[1]
    assert label == 5
    assert (plain.numpy() == pixels[1]).all()
    each = []
    for worker in (None, SimpleNamespace(id=0), SimpleNamespace(id=1)):
        monkeypatch.setattr("training.dataset.photos.get_worker_info", lambda worker=worker: worker)
        training = TrainingPhotos(pixels, labels, backgrounds=PLAIN, phase=PHASE, seed=1)
        changed, label = training[1]
        assert (len(training), label, tuple(changed.shape)) == (2, 5, (48, 48, 3))
        each.append(changed.numpy())
    assert all((one != other).any() for one, other in itertools.combinations(each, 2))


def test_a_masked_leaf_gets_another_photo_behind_it(photos: pd.DataFrame, tmp_path: Path) -> None:
    """The left half of the red photo is its leaf; the blue one stands behind."""
    pixels = open_pixels(photos, directory=tmp_path / "cache")
    masks = NO_MASKS.copy()
    masks[0, :, : MASK_SIDE_PX // 2] = 255
    labels = np.array([3, 5])

    def blue_share(probability: float, rows: list[int], index: int) -> float:
        behind = Backgrounds(masks=masks, rows=np.array(rows, dtype=np.intp), probability=probability)
        drawn = TrainingPhotos(pixels, labels, backgrounds=behind, phase=PHASE, seed=1)
        shown = np.stack([drawn[index][0].numpy() for _ in range(40)]).astype(int)
        return float((shown[..., 2] > shown[..., 0]).mean())

    assert blue_share(0, [1], 0) < 0.02
    assert 0.3 < blue_share(1, [1], 0) < 0.7
    assert blue_share(1, [], 0) < 0.02, "nothing to put behind it"
    assert blue_share(1, [0], 1) > 0.98, "a photo without a mask stays whole"


def test_masks_are_found_once_and_for_laboratory_photos_only(
    photos: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = open_pixels(photos, directory=tmp_path / "cache")
    asked: list[int] = []

    def whole(shown: Any) -> Any:
        asked.append(int(shown[..., 0].mean()))
        return np.full((MASK_SIDE_PX, MASK_SIDE_PX), 255, dtype=np.uint8)

    monkeypatch.setattr("training.dataset.pixels.leaf_mask", whole)
    table = photos.assign(domain=["field", "lab"])
    for _ in range(2):
        masks = open_masks(table, pixels, directory=tmp_path / "cache")
        assert masks.max(axis=(1, 2)).tolist() == [0, 255]
    assert len(asked) == 1


def test_what_is_no_crop_and_not_from_a_laboratory_can_stand_behind() -> None:
    table = pd.DataFrame(
        {
            "class_id": ["unknown_plant", "bean.rust", "not_a_plant", "unknown_plant"],
            "domain": ["field", "field", "web", "lab"],
        }
    )
    assert background_rows(table).tolist() == [0, 2]
