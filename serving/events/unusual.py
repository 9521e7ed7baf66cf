"""What is unusual this week, as events: computed, so no other transaction writes it, and the outbox takes each once."""

from datetime import datetime

from sqlalchemy import Engine

from majani.model.bundle import sha256_hex
from serving.overview.counting import count_weeks
from serving.overview.watchlist import baseline_weeks, find_unusual
from serving.persistence.engine import database_failures
from serving.persistence.outbox import EventKind, announce


def announce_unusual(engine: Engine, moment: datetime, *, source: str, retention_days: int, min_cases: int) -> None:
    """Write an event for all that is unusual now, as the overview shows it: each once a week, while it lasts."""
    year, week, _ = moment.isocalendar()
    histories = count_weeks(engine, moment)
    found = find_unusual(histories, weeks=baseline_weeks(retention_days), min_cases=min_cases)
    with database_failures(), engine.begin() as connection:
        for one in found:
            data = {
                "week": f"{year}-W{week:02}",
                "condition": one.condition,
                "latitude": one.cell and one.cell.latitude,
                "longitude": one.cell and one.cell.longitude,
                "cases_at_least": one.at_least,
                "usual_up_to": one.up_to,
            }
            # Any process that finds the same writes the same id.
            event_id = sha256_hex(f"{source} {data['week']} {one.condition} {one.cell}".encode())
            announce(connection, EventKind.UNUSUAL, data, moment=moment, event_id=event_id)
