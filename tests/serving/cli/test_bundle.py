"""An operator learns whether a bundle can be answered from before the service does."""

import os
import shutil
from pathlib import Path

import pytest
from click.testing import Result

from majani.model.bundle import MANIFEST_FILE
from serving.app import create_command_app
from serving.settings import Settings


@pytest.fixture(autouse=True)
def _usual_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or this process would stay at a low one."""
    monkeypatch.setattr(os, "nice", lambda _: 0)


def run(*args: object, settings: Settings | None = None) -> Result:
    return create_command_app(settings).test_cli_runner().invoke(args=["bundle", *map(str, args)])


@pytest.mark.parametrize(
    ("spoilt", "word"), [("", "can be used"), ("model.onnx", "sha256"), ("manifest.json", "manifest.json")]
)
def test_check(spoilt: str, word: str, tiny_bundle_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_bundle_dir, tmp_path / "bundle")
    if spoilt:
        (folder / spoilt).write_bytes(b"half a fi")
    # The bundle of the settings is absent: the argument wins.
    settings = Settings(bundle=tmp_path / "absent", database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}")
    result = run("check", folder, settings=settings)
    assert result.exit_code == bool(spoilt), result.output
    assert word in result.output


def test_only_a_bundle_signed_with_the_key_is_answered_from(tiny_bundle_dir: Path, tmp_path: Path) -> None:
    folder, key, other = shutil.copytree(tiny_bundle_dir, tmp_path / "bundle"), tmp_path / "key", tmp_path / "other"
    database_url = f"sqlite:///{tmp_path / 'majani.sqlite3'}"
    made = run("make-key", key)
    assert run("make-key", key).exit_code == 1
    run("make-key", other)
    assert key.stat().st_mode & 0o777 == 0o600
    settings = Settings(bundle=folder, bundle_key=made.output.strip(), database_url=database_url)
    assert run("check", settings=settings).exit_code == 1
    assert run("sign", folder, other).exit_code == 0
    assert run("check", settings=settings).exit_code == 1
    assert run("sign", folder, key).exit_code == 0
    assert run("check", settings=settings).exit_code == 0, run("check", settings=settings).output
    manifest = folder / MANIFEST_FILE
    manifest.write_text(manifest.read_text().replace('"schema_version": 4', '"schema_version":  4'))
    assert run("check", settings=settings).exit_code == 1
    assert run("sign", folder, folder / MANIFEST_FILE).exit_code == 1
