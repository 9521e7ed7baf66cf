from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from majani.image.decode import Pixels, decode
from majani.image.quality import measure
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


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_chance_hangs_on_seed_and_photo_alone(leaf: Pixels, name: str) -> None:
    first = changed(leaf, name, 2)
    changed(leaf[:, ::-1], name, 2)
    assert np.array_equal(changed(leaf, name, 2), first)


def test_every_photo_has_its_own_noise() -> None:
    noises = [
        changed(plain(value), "noise", 2, seed).astype(float) - value for value, seed in ((99, 1), (100, 1), (99, 2))
    ]
    assert all(noise.std() == pytest.approx(12, rel=0.1) for noise in noises)
    assert all(distance(one, other) > 5 for one, other in zip(noises, [*noises[1:], noises[0]], strict=True))


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


def test_blurred_is_what_the_quality_measure_calls_it(leaf: Pixels) -> None:
    sharpness = [measure(changed(leaf, "blur", severity)).sharpness for severity in SEVERITIES]
    assert measure(leaf).sharpness > sharpness[0] > sharpness[1] > sharpness[2]


def test_blur_grows_with_the_photo() -> None:
    edge = plain(0, (256, 256))
    edge[:, 128:] = 255
    large = np.asarray(Image.fromarray(edge).resize((512, 512), Image.Resampling.NEAREST))
    small_width, large_width = (
        np.ptp(np.flatnonzero(np.ptp(changed(one, "blur", 2)[:, :, 0], axis=0) == 0)) for one in (edge, large)
    )
    assert large_width > small_width


def test_compression_is_that_of_a_file(leaf: Pixels) -> None:
    file = BytesIO()
    Image.fromarray(leaf).save(file, "JPEG", quality=10)
    assert np.array_equal(changed(leaf, "jpeg", 3), decode(file.getvalue()))


def test_photos_are_turned_to_either_side() -> None:
    half = plain(0, (64, 64))
    half[:, 32:] = 255
    # Turned one way the top right corner stays white, turned the other way the bottom right one.
    tops = {bool(changed(half, "rotation", 3, seed)[2, 40, 0]) for seed in range(12)}
    assert tops == {True, False}


def test_from_twice_as_far_the_photo_is_half_as_large_among_its_mirror_images() -> None:
    photo = np.random.default_rng(1).integers(0, 256, (8, 8, 3)).repeat(2, axis=0).repeat(2, axis=1).astype(np.uint8)
    after = changed(photo, "zoom_out", 2)
    half = photo[::2, ::2]
    assert np.array_equal(after[4:12, 4:12], half)
    assert np.array_equal(after[4:12, :4], half[:, 3::-1])
    assert np.array_equal(after[12:, 4:12], half[:3:-1])


def test_an_unknown_change_is_an_error(leaf: Pixels) -> None:
    with pytest.raises(KeyError, match="fog"):
        changed(leaf, "fog", 1)
