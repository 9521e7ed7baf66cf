"""An operator makes a token, which opens a door, sees it in the list, and takes it back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from serving.app import create_app, create_command_app
from serving.settings import Settings
from tests.serving.live import UNLIMITED

CREATE = ["access", "create", "--name", "tablet 7"]


@pytest.fixture
def settings(tiny_bundle_dir: Path, tmp_path: Path) -> Settings:
    kept = {"database_url": f"sqlite:///{tmp_path / 'majani.sqlite3'}", "photos_url": str(tmp_path / "photos")}
    return Settings.model_validate({"bundle": tiny_bundle_dir, **kept, **UNLIMITED})


@pytest.fixture
def runner(settings: Settings) -> FlaskCliRunner:
    """Commands beside a database that a service has made."""
    runner = create_command_app(settings).test_cli_runner()
    runner.invoke(args=["store", "upgrade"])
    return runner


def test_token_is_printed_once_and_works_until_revoked(settings: Settings, runner: FlaskCliRunner) -> None:
    app = create_app(settings)
    made = runner.invoke(args=[*CREATE, "--role", "agronomist", "--days", "2"])
    assert made.exit_code == 0
    # What a script reads is the token alone.
    token = made.stdout.strip()
    assert token.startswith("majani_")
    listed = runner.invoke(args=["access", "list"])
    assert token not in listed.output
    assert listed.output.split("\t")[:2] == ["1", "agronomist"]
    assert listed.output.split("\t")[3] == "never used"
    assert "until" in listed.output
    assert "tablet 7" in listed.output
    assert _usage(app, token) == 200
    used = runner.invoke(args=["access", "list"]).output.split("\t")[3]
    assert used == f"used {datetime.now(UTC).date()}"
    assert runner.invoke(args=["access", "revoke", "1"]).exit_code == 0
    assert _usage(app, token) == 401
    assert "revoked" in runner.invoke(args=["access", "list"]).output
    # For the same worker, whose token is already revoked.
    assert _usage(app, runner.invoke(args=["access", "replace", "1"]).stdout.strip()) == 200


def test_a_program_gets_its_key_here(settings: Settings, runner: FlaskCliRunner) -> None:
    made = runner.invoke(args=[*CREATE, "--role", "client"])
    assert made.exit_code == 0
    assert _usage(create_app(settings), made.stdout.strip()) == 200


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
    ],
)
def test_nonsense_changes_nothing(args: list[str], runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=args)
    # An explanation, not a crash.
    assert done.exit_code in (1, 2)
    assert isinstance(done.exception, SystemExit)
    assert runner.invoke(args=["access", "list"]).output == ""


def _usage(app: Flask, token: str) -> int:
    return app.test_client().get("/v1/usage", headers={"Authorization": f"Bearer {token}"}).status_code
