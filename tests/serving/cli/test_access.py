"""An operator makes a token, which opens a door, sees it in the list, and takes it back."""

from datetime import UTC, datetime

from flask.testing import FlaskCliRunner

from serving.app import create_app
from serving.settings import Settings


def test_token_is_printed_once_and_works_until_revoked(settings: Settings, runner: FlaskCliRunner) -> None:
    def run(*args: str) -> str:
        done = runner.invoke(args=["access", *args])
        assert done.exit_code == 0
        # What a script reads is the token alone.
        return done.stdout.strip()

    client = create_app(settings).test_client()

    def usage(token: str) -> int:
        return client.get("/v1/usage", headers={"Authorization": f"Bearer {token}"}).status_code

    token = run("create", "--name", "tablet 7", "--role", "agronomist", "--days", "2")
    assert token.startswith("majani_")
    listed = run("list")
    assert token not in listed
    assert listed.split("\t")[:2] == ["1", "agronomist"]
    assert listed.split("\t")[3] == "never used"
    assert "until" in listed
    assert "tablet 7" in listed
    assert usage(token) == 200
    assert run("list").split("\t")[3] == f"used {datetime.now(UTC).date()}"
    run("revoke", "1")
    assert usage(token) == 401
    assert "revoked" in run("list")
    # For the same worker, whose token is already revoked; and for a program.
    assert [usage(run(*args)) for args in (("replace", "1"), ("create", "--name", "tablet 7", "--role", "client"))] == [
        200,
        200,
    ]
