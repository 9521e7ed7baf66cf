"""What is unusual, as events: the daily job writes them when it has found it; the outbox takes each once."""

from datetime import date, datetime

from sqlalchemy import Engine

from majani.model.bundle import sha256_hex
from serving.persistence.engine import database_failures
from serving.persistence.outbox import EventKind, announce
from serving.surveillance.alerts import list_alerts


def announce_unusual(engine: Engine, week: date, moment: datetime, *, source: str, min_cases: int) -> None:
    """Write an event for all that was unusual in the week of a Monday, as the overview shows it."""
    found = list_alerts(engine, week, week, min_cases=min_cases)
    with database_failures(), engine.begin() as connection:
        for alert in found:
            data = {
                "week": f"{alert.last_day:%G-W%V}",
                "condition": alert.condition,
                "place": alert.place or None,
                "cases_at_least": alert.at_least,
                "usual_up_to": alert.up_to,
            }
            # Any process that finds the same writes the same id.
            event_id = sha256_hex(f"{source} {data['week']} {alert.condition} {alert.place}".encode())
            announce(connection, EventKind.UNUSUAL, data, moment=moment, event_id=event_id)
