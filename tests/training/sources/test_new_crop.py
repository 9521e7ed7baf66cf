"""What :mod:`training.sources.new_crop` refuses; the pipeline's own test has a crop that it drafts."""

from pathlib import Path

import pytest

from training.sources.new_crop import describe_photos


def test_a_folder_that_names_the_crop_alone_is_refused(tmp_path: Path) -> None:
    for name in ("healthy", "Bean"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match="Bean"):
        describe_photos("bean", tmp_path)
