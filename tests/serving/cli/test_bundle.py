"""An operator learns whether a bundle can be answered from before the service does."""

import os
from pathlib import Path

import pytest

from serving.app import create_command_app
from serving.settings import Settings


@pytest.mark.parametrize(
    ("spoilt", "word"), [("", "can be used"), ("model.onnx", "sha256"), ("manifest.json", "manifest.json")]
)
def test_check(spoilt: str, word: str, tiny_bundle_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Or this process would stay at a low priority.
    monkeypatch.setattr(os, "nice", lambda _: 0)
    folder = tmp_path / "bundle"
    folder.mkdir()
    for file in tiny_bundle_dir.iterdir():
        (folder / file.name).write_bytes(b"half a fi" if file.name == spoilt else file.read_bytes())
    # The bundle of the settings is absent: the argument wins.
    settings = Settings(bundle=tmp_path / "absent", database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}")
    result = create_command_app(settings).test_cli_runner().invoke(args=["bundle", "check", str(folder)])
    assert result.exit_code == bool(spoilt), result.output
    assert word in result.output
