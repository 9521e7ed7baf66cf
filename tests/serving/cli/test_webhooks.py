"""An operator adds a receiver, tries it, sees what it missed, sends that again, and removes it."""

from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from serving.app import create_command_app
from serving.persistence.cases import Cases
from serving.persistence.engine import connect, disposing
from serving.persistence.outbox import EventState, Outbox
from serving.settings import Settings
from tests.serving.events.receiver import receiving
from tests.serving.messaging.local_server import Reply
from tests.serving.persistence.test_cases import new_case


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}")


@pytest.fixture
def runner(settings: Settings) -> FlaskCliRunner:
    """Commands beside a database that a service has made."""
    runner = create_command_app(settings).test_cli_runner()
    runner.invoke(args=["store", "upgrade"])
    return runner


def test_a_receiver_is_added_tried_and_removed(runner: FlaskCliRunner, settings: Settings) -> None:
    with receiving() as receiver:
        url = f"{receiver.server.url}/hook"
        receiver.secret = added(runner, url)
        tried = runner.invoke(args=["webhooks", "test", "1"])
        assert (tried.exit_code, receiver.false, len(receiver.server.asked)) == (0, 0, 1)
        assert receiver.events[0]["type"] == "majani.ping"
        receiver.answer = lambda _: Reply(503)
        assert runner.invoke(args=["webhooks", "test", "1"]).exit_code == 1
        listed = runner.invoke(args=["webhooks", "list"]).output.split("\t")
        assert listed[:4] == ["1", "on", "0 waiting", "0 dead"]
        assert listed[-1] == f"{url}\n"
        assert receiver.secret not in "".join(listed)
        with disposing(connect(settings.database_url)) as engine:
            given_up(Outbox(engine))
        dead = runner.invoke(args=["webhooks", "dead"]).output.split("\t")
        assert (dead[1], dead[3]) == ("case.kept", "500")
        assert runner.invoke(args=["webhooks", "resend", "2"]).output.endswith(" 0.\n")
        assert runner.invoke(args=["webhooks", "resend"]).output.endswith(" 1.\n")
        assert runner.invoke(args=["webhooks", "list"]).output.split("\t")[2] == "1 waiting"
        assert runner.invoke(args=["webhooks", "remove", "1"]).exit_code == 0
        assert runner.invoke(args=["webhooks", "list"]).output == ""


@pytest.mark.parametrize(
    "args",
    [
        ["add", "http://127.0.0.1:8000"],
        ["add", "https://10.0.0.1"],
        ["add", "https://93.184.216.34", "--kind", "everything"],
        ["add", "https://93.184.216.34/" + 500 * "x"],
        ["remove", "1"],
        ["test", "1"],
    ],
)
def test_nonsense_changes_nothing(args: list[str], runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["webhooks", *args])
    assert done.exit_code in (1, 2)
    assert isinstance(done.exception, SystemExit)
    assert runner.invoke(args=["webhooks", "list"]).output == ""


def added(runner: FlaskCliRunner, url: str) -> str:
    """The secret, which a script reads."""
    done = runner.invoke(args=["webhooks", "add", url, "--private"])
    assert done.exit_code == 0
    return str(done.stdout.strip())


def given_up(outbox: Outbox) -> None:
    """An event that never arrived."""
    Cases(outbox.engine).add(new_case())
    event = outbox.claim(1)
    assert event is not None
    outbox.note(event, EventState.DEAD, failure="500")
