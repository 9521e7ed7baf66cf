"""An archive of photos, for the command line and for bulk classification, and failures by their code."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from majani.errors import ErrorCode, MajaniError
from tests.pictures import PictureFactory


@contextmanager
def refused(kind: type[MajaniError], code: ErrorCode) -> Iterator[pytest.ExceptionInfo[MajaniError]]:
    with pytest.raises(kind) as caught:
        yield caught
    assert caught.value.code == code


def write_archive(folder: Path, pictures: PictureFactory) -> Path:
    """Three good photos, two bad ones, hidden files."""
    for name, photo in {
        "b.jpg": pictures.red(),
        "a.jpg": pictures.leaf(),
        "a/deep/er.png": pictures.yellow(),
        "night.jpg": pictures.dark(),
        "notes.txt": pictures.text(),
        ".hidden.jpg": pictures.leaf(),
        ".cache/a.jpg": pictures.leaf(),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo)
    return folder


@pytest.fixture
def archive(tmp_path: Path, pictures: PictureFactory) -> Path:
    return write_archive(tmp_path / "photos", pictures)
