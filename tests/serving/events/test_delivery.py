"""Every event arrives, in order for each case, whatever befalls receivers and the processes that send."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import wait
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from serving.events.delivery import MAX_ATTEMPTS, pause_after
from serving.events.message import make_secret
from serving.monitoring.gauges import Gauges
from serving.persistence.case_record import case_pseudonym
from serving.persistence.cases import Cases
from serving.persistence.outbox import CLAIM_LASTS, OVERDUE_AFTER, EventKind, EventState, Outbox, announce
from serving.telemetry.metrics import REGISTRY
from tests.serving.clock import Clock
from tests.serving.events.conftest import Happen, Sending, claimed
from tests.serving.events.receiver import Receiver
from tests.serving.messaging.local_server import Reply
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]
# For processes to start on a busy machine.
MOST_S = 120
Receive = Callable[[], Receiver]


def everything(ids: list[str]) -> Mapping[str, list[int]]:
    """What a receiver has heard in the end of cases that were kept and reviewed twice."""
    return {case_pseudonym(public_id): [0, 1, 2] for public_id in ids}


def about(public_id: str) -> Callable[[Mapping[str, Any]], Reply]:
    """Refuse what is about one case, and nothing else."""
    return lambda event: Reply(500 if event["data"]["case"] == case_pseudonym(public_id) else 200)


def test_a_failing_receiver_delays_only_the_case_concerned(sending: Sending, happen: Happen, receive: Receive) -> None:
    good, failing, away = receive(), receive(), receive()
    for one in (good, failing, away):
        one.add_to(sending.outbox)
    ids = happen(2)
    failing.answer, away.answer = about(ids[0]), lambda _: Reply(503, breaks_off=True)
    sending.later()
    assert good.heard() == everything(ids)
    assert failing.heard() == everything(ids[1:])
    # The next event of that case has not been tried.
    assert len(failing.server.asked) == 1 + 3
    for _ in range(12):
        sending.later(minutes=5)
    assert away.heard() == {}
    # Not once a minute.
    assert 2 * 5 <= len(away.server.asked) <= 2 * 10
    failing.answer = away.answer = lambda _: Reply()
    for _ in range(3):
        sending.later(hours=1)
    assert failing.heard() == away.heard() == everything(ids)
    assert [one.false for one in (good, failing, away)] == [0, 0, 0]
    delivered = {(receiver.id, EventState.DELIVERED) for receiver in sending.outbox.receivers()}
    assert set(sending.outbox.count()) == delivered


def test_a_slow_receiver_delays_neither_others_nor_the_service(
    sending: Sending, happen: Happen, receive: Receive
) -> None:
    slow, good, outbox = receive(), receive(), sending.outbox
    may_answer = threading.Event()
    slow.answer = lambda _: Reply() if may_answer.wait(30) else Reply(500)
    for one in (slow, good):
        one.add_to(outbox)
    ids = happen(2)
    under_way = sending.delivery.start()
    wait_until(lambda: good.heard() == everything(ids))
    assert len(slow.server.asked) == 1
    # No transaction is open meanwhile, and what waits goes with its case; who was told of one is told that it is gone.
    Cases(outbox.engine).delete(ids)
    to_slow, to_good = (receiver.id for receiver in outbox.receivers())
    assert outbox.count() == {(to_slow, EventState.WAITING): 1, (to_good, EventState.WAITING): 2}
    may_answer.set()
    wait(under_way)
    assert len(slow.server.asked) == 1


def test_a_receiver_that_is_gone_is_switched_off(sending: Sending, happen: Happen, receive: Receive) -> None:
    gone, outbox = receive(), sending.outbox
    number = gone.add_to(outbox)
    gone.answer = lambda _: Reply(410)
    ids = happen(2)
    sending.later()
    sending.later(hours=1)
    assert (len(gone.server.asked), outbox.count_off()) == (1, 1)
    gone.answer = lambda _: Reply()
    outbox.switch(number, is_on=True)
    assert outbox.count_off() == 0
    sending.later()
    assert gone.heard() == everything(ids)


def test_what_never_arrives_is_given_up_and_sent_on_demand(sending: Sending, happen: Happen, receive: Receive) -> None:
    failing, outbox = receive(), sending.outbox
    failing.add_to(outbox, EventKind.CASE_KEPT)
    (public_id,) = happen(1)
    failing.answer = about(public_id)
    with outbox.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET attempts = :attempts"), {"attempts": MAX_ATTEMPTS - 2})
    sending.later()
    assert outbox.dead() == []
    sending.later(hours=3)
    assert [(one.kind, one.failure) for one in outbox.dead()] == [(EventKind.CASE_KEPT, "500")]
    Gauges(outbox.engine, running=set).refresh()
    assert REGISTRY.get_sample_value("majani_webhook_events", {"state": "dead"}) == 1
    failing.answer = lambda _: Reply()
    assert outbox.resend() == 1
    sending.later()
    assert failing.heard() == {case_pseudonym(public_id): [0]}


def test_what_a_later_event_about_the_case_has_replaced_is_not_sent_again(
    outbox: Outbox, clock: Clock, happen: Happen, receive: Receive
) -> None:
    number = receive().add_to(outbox, EventKind.CASE_REVIEWED)
    happen(1)
    with outbox.engine.begin() as connection:
        case_id = connection.scalar(text("SELECT id FROM cases"))
        for _ in range(2):
            announce(connection, EventKind.CASE_REVIEWED, {}, moment=clock.moment, case_id=case_id)
    for became in (EventState.DEAD, EventState.DELIVERED):
        outbox.note(claimed(outbox, number), became)
    assert (outbox.resend(), len(outbox.dead())) == (0, 0)


def test_attempts_end_after_about_three_days_and_events_do_not_come_together() -> None:
    together = sum((pause_after(attempt) for attempt in range(1, MAX_ATTEMPTS)), timedelta())
    assert timedelta(days=2.5) < together < timedelta(days=3.5)
    assert len({pause_after(5) for _ in range(20)}) > 10
    assert abs(pause_after(1) - timedelta(seconds=10)) < timedelta(seconds=3)


def test_a_wrong_secret_and_an_old_event_are_refused(sending: Sending, happen: Happen, receive: Receive) -> None:
    receiver = receive()
    receiver.add_to(sending.outbox)
    happen(1)
    right, receiver.secret = receiver.secret, make_secret()
    sending.later()
    assert receiver.false == 3
    receiver.secret = right
    recorded = receiver.server.asked[0]
    receiver._take(recorded)
    assert receiver.false == 3
    sending.clock.moment += timedelta(minutes=6)
    receiver._take(recorded)
    assert receiver.false == 4


def test_an_event_of_a_process_that_died_is_sent_again_and_none_overtakes_it(
    outbox: Outbox, clock: Clock, happen: Happen, receive: Receive
) -> None:
    number = receive().add_to(outbox)
    happen(1)
    lost = claimed(outbox, number)
    assert outbox.claim(number) is None
    assert outbox.count_overdue() == 0
    clock.moment += CLAIM_LASTS
    again = claimed(outbox, number)
    assert again.event_id == lost.event_id
    # Too late: the other has it.
    outbox.note(lost, EventState.DELIVERED)
    assert outbox.claim(number) is None
    clock.moment += CLAIM_LASTS + OVERDUE_AFTER
    assert outbox.count_overdue() == 1
    outbox.note(again, EventState.DELIVERED)
    assert outbox.claim(number) is not None


@pytest.mark.parametrize("database", ["postgresql"])
def test_two_processes_lose_nothing_when_one_is_killed(outbox: Outbox, happen: Happen, receive: Receive) -> None:
    receiver = receive()
    receiver.add_to(outbox)
    ids = happen(10)
    may_answer = threading.Event()
    receiver.answer = lambda _: Reply() if may_answer.wait(MOST_S) else Reply(500)
    url = outbox.engine.url.render_as_string(hide_password=False)
    command = [Path(sys.executable).with_name("majani-admin"), "webhooks", "deliver"]
    environment = os.environ | {"MAJANI_DATABASE_URL": url}
    processes = [subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        wait_until(lambda: 0 < len(waiting(processes, receiver)) <= len(receiver.server.asked), most_s=MOST_S)
        killed = waiting(processes, receiver)[0]
        killed.kill()
        killed.wait()
        may_answer.set()
        with outbox.engine.begin() as connection:
            # As if claims had lapsed, and pauses were over.
            connection.execute(text("UPDATE outbox SET due_at = created_at WHERE state = 'waiting'"))
        wait_until(lambda: receiver.heard() == everything(ids), most_s=MOST_S)
        assert receiver.repeated >= 1
        assert receiver.false == 0
        (other,) = (process for process in processes if process is not killed)
        other.send_signal(signal.SIGTERM)
        assert other.wait(timeout=MOST_S) == 0
    finally:
        for process in processes:
            process.kill()
            process.wait()


def waiting(processes: list[subprocess.Popen[bytes]], receiver: Receiver) -> list[subprocess.Popen[bytes]]:
    """Processes that have sent something to a receiver and wait for the answer."""
    port = int(receiver.server.url.rpartition(":")[2])

    def is_waiting(process: subprocess.Popen[bytes]) -> bool:
        connections = psutil.Process(process.pid).net_connections("tcp")
        return any(one.raddr and one.raddr.port == port and one.status == "ESTABLISHED" for one in connections)

    return [process for process in processes if is_waiting(process)]
