"""An archive of photos, for the command line and for bulk classification."""

from pathlib import Path

import pytest

from tests.pictures import PictureFactory


@pytest.fixture
def archive(tmp_path: Path, pictures: PictureFactory) -> Path:
    """Three good photos, two bad ones, hidden files."""
    folder = tmp_path / "photos"
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
