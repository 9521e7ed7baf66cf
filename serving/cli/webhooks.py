"""``majani-admin webhooks ...``: which other systems hear of events, and the process that sends them."""

import logging
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from logging.config import dictConfig
from threading import Event

import click
from flask.cli import AppGroup

from serving.cli.context import opened_database, read_settings
from serving.clock import now
from serving.events.delivery import Delivery, send
from serving.events.message import make_secret
from serving.events.sending import SEND_S, SendError, check_address
from serving.persistence.engine import StorageError
from serving.persistence.models import NOTE_LENGTH, OutboxEvent, Receiver
from serving.persistence.outbox import WANTED, EventKind, EventState, Outbox
from serving.telemetry.logs import configuration

_PAUSE_S = 1.0
# While the database is away.
_AWAY_S = 10.0

logger = logging.getLogger(__name__)
group = AppGroup("webhooks", help="Let other systems hear of events.")
_NUMBER = click.argument("receiver_id", metavar="ID", type=int)


@group.command()
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([kind.value for kind in WANTED]), help="Or all.")
@click.option("--private", is_flag=True, help="It is in a network of your own, or on this machine.")
def add(url: str, kinds: tuple[str, ...], private: bool) -> None:
    """Send events to URL, and print the secret that they are signed with, this once."""
    if len(url) > NOTE_LENGTH:
        raise click.BadParameter(f"an address has at most {NOTE_LENGTH} characters", param_hint="URL")
    try:
        check_address(url, may_be_private=private)
    except SendError as error:
        raise click.ClickException(
            f"{error.code}: https://... at a public address; with --private at any, and http://... on this machine"
        ) from error
    secret = make_secret()
    with _outbox() as outbox:
        wanted = [EventKind(kind) for kind in kinds] or list(WANTED)
        number = outbox.add_receiver(url, secret, wanted, may_be_private=private)
    click.echo(f"Receiver {number}. Keep its secret now; it cannot be shown again.", err=True)
    click.echo(secret)


@group.command("list")
def show_all() -> None:
    """List the receivers: number, state, events that wait and that were given up, kinds, address."""
    with _outbox() as outbox:
        events = outbox.count()
        for to in outbox.receivers():
            waiting, dead = (events.get((to.id, state), 0) for state in (EventState.WAITING, EventState.DEAD))
            state, kinds = "on" if to.is_on else "off", ",".join(sorted(to.kinds.split()))
            click.echo(f"{to.id}\t{state}\t{waiting} waiting\t{dead} dead\t{kinds}\t{to.url}")


@group.command()
@_NUMBER
def remove(receiver_id: int) -> None:
    """Delete a receiver with all that waits for it."""
    with _outbox() as outbox:
        if not outbox.remove_receiver(receiver_id):
            raise _unknown(receiver_id)
    click.echo(f"Receiver {receiver_id} hears of nothing more.")


@group.command()
@_NUMBER
def test(receiver_id: int) -> None:
    """Send a receiver a ping now; one that had answered 410 Gone is on again if it takes that."""
    ping = OutboxEvent(event_id=f"ping-{secrets.token_urlsafe(16)}", kind="ping", data={})
    with _outbox() as outbox:
        receiver = _find(outbox, receiver_id)
        try:
            status = send(receiver, ping, source=read_settings().event_source, moment=now(), within_s=SEND_S)
        except SendError as error:
            raise click.ClickException(f"Receiver {receiver_id}: {error.code}") from error
        if status // 100 != 2:
            raise click.ClickException(f"Receiver {receiver_id} answers with {status}")
        outbox.switch(receiver_id, is_on=True)
    click.echo(f"Receiver {receiver_id} answers with {status}")


@group.command()
def dead() -> None:
    """List the events that were given up: receiver, kind, when it happened, why, id."""
    with _outbox() as outbox:
        for receiver_id, kind, moment, failure, event_id in outbox.dead():
            click.echo(f"{receiver_id}\t{kind}\t{moment:%Y-%m-%d %H:%M}\t{failure}\t{event_id}")


@group.command()
@click.argument("receiver_id", metavar="[ID]", type=int, required=False)
def resend(receiver_id: int | None) -> None:
    """Send the events that were given up again, those of receiver ID or all."""
    with _outbox() as outbox:
        click.echo(f"Events that are sent again: {outbox.resend(receiver_id)}.")


@group.command()
def deliver() -> None:
    """Send events until this process is told to end. Several processes may do that at once."""
    settings = read_settings()
    dictConfig(configuration(settings.log_level))
    is_ending = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: is_ending.set())
    with _outbox() as outbox:
        delivery = Delivery(outbox, source=settings.event_source)
        while not is_ending.is_set():
            try:
                delivery.start()
                is_ending.wait(_PAUSE_S)
            except StorageError as error:
                logger.warning("nothing is sent for now: %s", error)
                is_ending.wait(_AWAY_S)
        delivery.end()


@contextmanager
def _outbox() -> Iterator[Outbox]:
    with opened_database() as engine:
        yield Outbox(engine)


def _find(outbox: Outbox, receiver_id: int) -> Receiver:
    for receiver in outbox.receivers():
        if receiver.id == receiver_id:
            return receiver
    raise _unknown(receiver_id)


def _unknown(receiver_id: int) -> click.ClickException:
    return click.ClickException(f"There is no receiver {receiver_id}.")
