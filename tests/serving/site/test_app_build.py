"""The build of the phone app is used if it is whole, and otherwise the log says why not."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from serving.site.app_build import AppBuild, AppBuildError, find_build
from tests.serving.site.tiny_build import COMPRESSED, FILES, NAMES, SCRIPT, STYLE, write_build

PAGE = NAMES["index.html"]


def test_build_says_what_begins_it(tmp_path: Path) -> None:
    build = find_build(write_build(tmp_path))
    assert build is not None
    assert (build.script, build.styles) == (SCRIPT, (STYLE,))
    assert build.files == {*FILES, *(f"{name}.gz" for name in COMPRESSED), ".vite/manifest.json"}


def test_folder_stays_the_same_wherever_it_is_looked_at_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_build(tmp_path / "dist")
    monkeypatch.chdir(tmp_path)
    assert AppBuild.read(Path("dist")).directory == tmp_path / "dist"


@pytest.mark.parametrize("folder", ["absent", "empty", "a file"])
def test_no_build_is_no_trouble(folder: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a file").touch()
    with caplog.at_level(logging.INFO):
        assert find_build(tmp_path / folder) is None
    [record] = caplog.records
    assert record.levelname == "INFO"
    assert "make app" in record.getMessage()


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="broken off"),
        pytest.param(b"[]", id="no names"),
        pytest.param({}, id="no page"),
        pytest.param({"index.html": {"css": [STYLE]}}, id="no script"),
        pytest.param({"index.html": {**PAGE, "file": "assets/gone.js"}}, id="script is gone"),
        pytest.param({"index.html": {**PAGE, "css": ["assets/gone.css"]}}, id="style is gone"),
        pytest.param({"index.html": {**PAGE, "file": "../index.html"}}, id="script is elsewhere"),
    ],
)
def test_build_that_is_not_whole_is_not_used(
    names: Mapping[str, Any] | bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_build(tmp_path, names)
    with pytest.raises(AppBuildError):
        AppBuild.read(tmp_path)
    assert find_build(tmp_path) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
