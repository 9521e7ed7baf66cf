"""What :mod:`training.sources.new_crop` refuses or says; the pipeline's own test has a crop that it drafts."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.training.described import ROOT
from tests.training.files import read_files, write_files
from tests.training.typed import typed
from training.artifacts.files import read_taxonomy
from training.cli import main
from training.sources import new_crop
from training.sources.description import SOURCES_DIR, read_sources
from training.sources.new_crop import describe_photos


def test_a_folder_that_names_the_crop_alone_is_refused(tmp_path: Path) -> None:
    write_files(tmp_path, {"healthy/1.jpg": b"", "Bean/1.jpg": b""})
    with pytest.raises(ValueError, match="Bean"):
        describe_photos("bean", tmp_path)


@pytest.mark.parametrize(
    ("folder", "label", "named"),
    [("kisumu_okra", "2_yellow_vein", "2_yellow_vein"), ("Kisumu-Okra 2024", "healthy", "Kisumu-Okra 2024")],
)
def test_folders_that_give_no_id_are_named_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, label: str, named: str
) -> None:
    write_files(tmp_path / folder, {f"{label}/1.jpg": b"", "Healthy/1.jpg": b""})
    monkeypatch.setattr(new_crop, "SOURCES_DIR", tmp_path)
    with pytest.raises(ValueError, match=named):
        describe_photos("okra", tmp_path / folder, yes=True)
    assert list(tmp_path.glob("*.yaml")) == []


def test_conditions_that_a_crop_has_already_are_named_and_what_is_none_of_them_is_not_drafted_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("raw", "examples"))
    monkeypatch.chdir(tmp_path)
    described = read_sources(SOURCES_DIR, read_taxonomy()).values()
    assert "apple.other" in {mapping.to for one in described for mapping in one.classes.values()}
    before = read_files(tmp_path / "data")
    assert CliRunner().invoke(main, ["new-crop", "apple"], input="n\n").exit_code == 1
    assert read_files(tmp_path / "data") == before
    typed("new-crop", "apple", "--yes")
    assert "apple.other" not in {condition.id for condition in read_taxonomy().conditions}
    capsys.readouterr()
    write_files(tmp_path, {f"data/raw/kisumu/{name}/1.jpg": b"" for name in ("CMD", "CBSD")})
    known = [condition.id for condition in read_taxonomy().conditions if condition.crop == "cassava"]
    typed("new-crop", "cassava", "--photos", "data/raw/kisumu", "--yes")
    assert len(known) > 1
    assert ", ".join(known) in capsys.readouterr().out


def test_only_what_is_called_healthy_becomes_healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = dict.fromkeys(("Healthy leaf", "Majani yenye afya", "fine"), "healthy")
    names |= {"unhealthy": "unhealthy", "Not Healthy": "not_healthy"}
    write_files(tmp_path / "photos", {f"{name}/1.jpg": b"" for name in names})
    monkeypatch.setattr(new_crop, "SOURCES_DIR", tmp_path)
    described = describe_photos("bean", tmp_path / "photos", yes=True)
    assert {name: one["to"] for name, one in described["classes"].items()} == {
        name: f"bean.{slug}" for name, slug in names.items()
    }
