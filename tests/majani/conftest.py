"""An archive of photos, for the command line and for bulk classification."""

from pathlib import Path

import pytest

from tests.pictures import PictureFactory


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
