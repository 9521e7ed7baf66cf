"""An operator adds a receiver, tries it, sees what it missed, sends that again, and removes it."""

from flask.testing import FlaskCliRunner

from serving.persistence.cases import Cases
from serving.persistence.engine import connect, disposing
from serving.persistence.outbox import EventState, Outbox
from serving.settings import Settings
from tests.serving.events.receiver import receiving
from tests.serving.messaging.local_server import Reply
from tests.serving.persistence.test_cases import new_case


def test_a_receiver_is_added_tried_and_removed(runner: FlaskCliRunner, settings: Settings) -> None:
    def run(*args: str, code: int = 0) -> str:
        done = runner.invoke(args=["webhooks", *args])
        assert done.exit_code == code
        return done.stdout

    with receiving() as receiver:
        url = f"{receiver.server.url}/hook"
        # What a script reads.
        receiver.secret = run("add", url, "--private").strip()
        run("test", "1")
        assert (receiver.false, len(receiver.server.asked)) == (0, 1)
        assert receiver.events[0]["type"] == "majani.ping"
        receiver.answer = lambda _: Reply(503)
        run("test", "1", code=1)
        listed = run("list").split("\t")
        assert listed[:4] == ["1", "on", "0 waiting", "0 dead"]
        assert listed[-1] == f"{url}\n"
        assert receiver.secret not in "".join(listed)
        with disposing(connect(settings.database_url)) as engine:
            given_up(Outbox(engine))
        dead = run("dead").split("\t")
        assert (dead[1], dead[3]) == ("case.kept", "500")
        assert run("resend", "2").endswith(" 0.\n")
        assert run("resend").endswith(" 1.\n")
        assert run("list").split("\t")[2] == "1 waiting"
        run("remove", "1")
        assert run("list") == ""


def given_up(outbox: Outbox) -> None:
    """An event that never arrived."""
    Cases(outbox.engine).add(new_case())
    event = outbox.claim(1)
    assert event is not None
    outbox.note(event, EventState.DEAD, failure="500")
