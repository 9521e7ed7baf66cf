"""What :mod:`training.sources.new_crop` refuses; the pipeline's own test has a crop that it drafts."""

from pathlib import Path

import pytest
import yaml

from training.sources import new_crop
from training.sources.new_crop import describe_photos


def test_a_folder_that_names_the_crop_alone_is_refused(tmp_path: Path) -> None:
    for name in ("healthy", "Bean"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match="Bean"):
        describe_photos("bean", tmp_path)


def test_only_what_is_called_healthy_becomes_healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {
        "Healthy leaf": "healthy",
        "HealthyLeaf": "healthy",
        "unhealthy": "unhealthy",
        "Not Healthy": "not_healthy",
        "fine": "healthy",
    }
    for name in names:
        (tmp_path / "photos" / name).mkdir(parents=True)
        (tmp_path / "photos" / name / "1.jpg").write_bytes(b"")
    monkeypatch.setattr(new_crop, "SOURCES_DIR", tmp_path)
    described = yaml.safe_load(describe_photos("bean", tmp_path / "photos").read_text(encoding="utf-8"))
    assert {name: one["to"] for name, one in described["classes"].items()} == {
        name: f"bean.{slug}" for name, slug in names.items()
    }
