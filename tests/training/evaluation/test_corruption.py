import numpy as np
import pytest

from majani.image.decode import Pixels, decode
from tests.pictures import PictureFactory
from training.evaluation.corruption import CORRUPTIONS, SEVERITIES, Severity, corrupt


@pytest.fixture
def leaf(pictures: PictureFactory) -> Pixels:
    return decode(pictures.leaf())


def plain(value: int, size: tuple[int, int] = (32, 48)) -> Pixels:
    return np.full((*size, 3), value, dtype=np.uint8)


def changed(pixels: Pixels, name: str, severity: Severity, seed: int = 1) -> Pixels:
    return corrupt(pixels, name=name, severity=severity, seed=seed)


def distance(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


# Of a photo that was shrunk, pixels at the same place show nothing that could be compared.
@pytest.mark.parametrize("name", sorted(set(CORRUPTIONS) - {"zoom_out"}))
def test_the_worse_the_farther_from_the_photo(leaf: Pixels, name: str) -> None:
    before = leaf.copy()
    one, two, three = (distance(leaf, changed(leaf, name, severity)) for severity in SEVERITIES)
    assert 0 < one < two < three
    assert np.array_equal(leaf, before)


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("size", [(33, 57), (57, 33), (5, 5)])
def test_size_and_type_stay(name: str, size: tuple[int, int]) -> None:
    photo = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    after = changed(photo, name, 3)
    assert (after.shape, after.dtype) == (photo.shape, np.uint8)


@pytest.mark.parametrize(
    ("name", "severity", "before", "after"),
    [
        # One stop less light is 2 ** (-1 / 2.2) = 0.73 of the value, three stops are 0.39.
        pytest.param("dark", 1, 200, 146, id="one stop less"),
        pytest.param("dark", 3, 200, 78, id="three stops less"),
        pytest.param("bright", 1, 100, 117, id="half a stop more"),
        pytest.param("bright", 3, 159, 255, id="burnt out"),
        pytest.param("bright", 3, 150, 241, id="just not burnt out"),
        # No edge appears where there was none.
        *[pytest.param(name, 3, 200, 200, id=f"plain, {name}") for name in ("blur", "rotation", "zoom_out")],
    ],
)
def test_a_plain_photo(name: str, severity: Severity, before: int, after: int) -> None:
    assert np.array_equal(changed(plain(before), name, severity), plain(after))


def test_from_twice_as_far_the_photo_is_half_as_large_among_its_mirror_images() -> None:
    photo = np.random.default_rng(1).integers(0, 256, (8, 8, 3)).repeat(2, axis=0).repeat(2, axis=1).astype(np.uint8)
    after = changed(photo, "zoom_out", 2)
    half = photo[::2, ::2]
    assert np.array_equal(after[4:12, 4:12], half)
    assert np.array_equal(after[4:12, :4], half[:, 3::-1])
    assert np.array_equal(after[12:, 4:12], half[:3:-1])
