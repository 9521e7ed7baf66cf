"""What an operator types works also while the service could not start."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask.cli import ScriptInfo
from flask.testing import FlaskCliRunner

from serving.app import create_command_app
from serving.settings import Settings

CREATE = ["access", "create", "--name", "tablet 7"]


def test_token_is_revoked_while_bundle_and_texts_are_broken(tmp_path: Path) -> None:
    settings = {
        "MAJANI_DATABASE_URL": f"sqlite:///{tmp_path / 'majani.sqlite3'}",
        "MAJANI_PHOTOS_URL": str(tmp_path / "photos"),
        "MAJANI_BUNDLE": str(tmp_path / "no bundle"),
        "MAJANI_TEXTS_DIR": str(tmp_path / "no texts"),
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAJANI_")} | settings
    create = [*CREATE, "--role", "extension"]
    args: list[str | Path] = [Path(sys.executable).with_name("majani-admin"), *create, "--new"]
    made = subprocess.run(args, cwd=tmp_path, env=own, capture_output=True, text=True, check=False)
    assert made.stdout.startswith("majani_"), made.stderr
    assert (tmp_path / "majani.sqlite3").stat().st_mode & 0o077 == 0
    elsewhere = settings | {"MAJANI_DATABASE_URL": f"sqlite:///{tmp_path / 'other.sqlite3'}"}
    lost = create_command_app(Settings.from_environment(elsewhere)).test_cli_runner().invoke(args=create)
    assert (lost.exit_code, lost.stdout) == (1, "")
    assert [*tmp_path.glob("other*")] == []
    runner = create_command_app(Settings.from_environment(settings)).test_cli_runner()
    assert runner.invoke(args=["access", "revoke", "1"]).exit_code == 0
    assert "revoked" in runner.invoke(args=["access", "list"]).stdout


@pytest.mark.parametrize(
    "args",
    [
        CREATE,
        [*CREATE, "--role", "king"],
        [*CREATE, "--role", "client", "--district", "Kisumu"],
        [*CREATE, "--role", "admin", "--days", "367"],
        ["access", "create", "--role", "admin", "--name", " "],
        ["access", "create", "--role", "admin", "--name", "x" * 65],
        ["access", "create", "--role", "admin", "--name", "a\n2\tadmin\tuntil 2099-01-01\tb"],
        ["access", "revoke", "1"],
        ["access", "replace", "1"],
        ["webhooks", "add", "http://127.0.0.1:8000"],
        ["webhooks", "add", "https://10.0.0.1"],
        ["webhooks", "add", "https://93.184.216.34", "--kind", "everything"],
        ["webhooks", "add", "https://93.184.216.34/" + 500 * "x"],
        ["webhooks", "remove", "1"],
        ["webhooks", "test", "1"],
    ],
)
def test_nonsense_changes_nothing(args: list[str], runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=args)
    # An explanation, not a crash.
    assert done.exit_code in (1, 2)
    assert isinstance(done.exception, SystemExit)
    assert runner.invoke(args=[args[0], "list"]).output == ""


@pytest.mark.parametrize(
    "words", [("access", "list"), ("review", "export", "reviews.tar"), ("store", "forget")], ids=lambda words: words[0]
)
def test_bad_setting_is_one_line(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAJANI_PHOTO_RETENTION_DAYS", "ever")
    done = create_command_app().test_cli_runner().invoke(args=words)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: MAJANI_PHOTO_RETENTION_DAYS: Input should be")
    assert done.stderr.count("\n") == 1


def test_whoever_serves_the_commands_is_told_where_the_service_is(
    tmp_path: Path, tiny_bundle_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_command_app().test_client()
    answers = [client.get(path) for path in ("/", "/v1/diagnoses", "/static/page.css")]
    assert [(answer.status_code, answer.text.count("\n")) for answer in answers] == [(404, 1)] * 3
    assert all("`make serve`" in answer.text for answer in answers)
    [app] = re.findall(r"flask --app (\S+) run", answers[0].text)
    monkeypatch.setenv("MAJANI_DATABASE_URL", f"sqlite:///{tmp_path / 'majani.sqlite3'}")
    monkeypatch.setenv("MAJANI_BUNDLE", str(tiny_bundle_dir))
    found = ScriptInfo(app_import_path=app).load_app()
    assert "/v1/diagnoses" in {rule.rule for rule in found.url_map.iter_rules()}
