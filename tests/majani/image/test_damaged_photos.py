"""Damaged photos are answered or refused: a few hundred, and with ``make nightly`` thousands."""

import os
from collections import Counter

import pytest

from majani.decision.diagnoser import Diagnoser
from majani.errors import PhotoError
from tests.majani.image.damaging import mutate
from tests.pictures import PictureFactory

PHOTOS = int(os.environ.get("DAMAGED_PHOTOS", "400"))
SOUND = (
    PictureFactory().leaf(),
    PictureFactory().png(),
    PictureFactory().webp(),
    *(PictureFactory().exif_rotated(6, image_format) for image_format in ("JPEG", "PNG", "WEBP")),
)


# Pillow warns of what it finds odd in EXIF; the photo is sound nevertheless.
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_photos_are_answered_or_refused(diagnoser: Diagnoser) -> None:
    seen: Counter[str] = Counter()
    for seed in range(PHOTOS):
        done, photo = mutate(SOUND, seed)
        try:
            seen[diagnoser.diagnose([photo]).outcome] += 1
        except PhotoError as error:
            seen[error.code] += 1
        # Whatever else it raises would be a server error.
        except Exception as error:
            raise AssertionError(f"seed {seed}: {done}") from error
    assert seen["photo_broken"] > PHOTOS / 5
    assert seen["healthy"] > PHOTOS / 20
