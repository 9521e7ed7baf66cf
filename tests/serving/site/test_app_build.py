"""The build of the phone app is used if it is whole, and otherwise the log says why not."""

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


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(b"{", id="broken off"),
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
