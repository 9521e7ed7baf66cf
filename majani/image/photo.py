"""A photo in any form in which a program has it: the bytes of a file, a path, a Pillow image or an array."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from majani.errors import ErrorCode, PhotoError
from majani.image.decode import MAX_PHOTO_BYTES, Pixels, pixels_of

Photo: TypeAlias = bytes | str | os.PathLike[str] | Image.Image | Pixels
Content: TypeAlias = bytes | Pixels


def as_case(photos: Any) -> Sequence[Photo]:
    """The photos of a case, for one photo or a sequence of them.

    Raises:
        TypeError: If one is of no such form; names its position, from 1, and what it is. Arrays are ``(H, W, 3)``
            uint8, RGB.
    """
    is_single = isinstance(photos, str | bytes | bytearray | memoryview) or not isinstance(photos, Sequence)
    case: Sequence[Any] = [photos] if is_single else photos
    for position, photo in enumerate(case, start=1):
        is_photo, what = isinstance(photo, bytes | str | os.PathLike), type(photo).__name__
        if isinstance(photo, np.ndarray):
            is_photo = photo.dtype == np.uint8 and photo.ndim == 3 and photo.shape[2] == 3
            what = f"{photo.dtype} array of shape {photo.shape}"
        elif isinstance(photo, Image.Image):
            # Pillow's conversion of floats would turn the photo black.
            is_photo, what = photo.mode != "F", f"Pillow image of mode {photo.mode}"
        if not is_photo:
            raise TypeError(
                f"photo {position} of {len(case)}: {what}; a photo is the bytes of a file, a path, a Pillow image"
                " or a uint8 array of shape (H, W, 3)"
            )
    return case


def load(photo: Photo) -> Content:
    """Read a photo: the bytes of its file, or upright pixels as :func:`majani.image.decode.pixels_of` reduces them.

    Raises:
        PhotoError: As :func:`read_photo` and :func:`majani.image.decode.pixels_of`.
    """
    if isinstance(photo, bytes):
        return photo
    if isinstance(photo, np.ndarray):
        return pixels_of(photo)
    return pixels_of(photo) if isinstance(photo, Image.Image) else read_photo(Path(photo))


def first_same(content: Content, earlier: Sequence[Content | None]) -> int | None:
    """Position of the same file, or of the same pixels; None if it is new."""
    for position, other in enumerate(earlier):
        if isinstance(content, np.ndarray) and isinstance(other, np.ndarray):
            if np.array_equal(content, other):
                return position
        elif type(content) is type(other) and content == other:
            return position
    return None


def read_photo(path: Path) -> bytes:
    """Read a photo, but no more of it than shows that it is too large.

    Raises:
        PhotoError: ``photo_unreadable`` if the file cannot be opened, or is a pipe or device, which might never end.
    """
    try:
        if not path.is_file():
            raise PhotoError(ErrorCode.PHOTO_UNREADABLE, f"{path}: not a file")
        with path.open("rb") as file:
            return file.read(MAX_PHOTO_BYTES + 1)
    except OSError as error:
        raise PhotoError(ErrorCode.PHOTO_UNREADABLE, f"{path}: {error.strerror}") from error
