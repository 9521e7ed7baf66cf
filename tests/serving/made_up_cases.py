"""Made-up cases, written straight into a database: as many as a year brings, on any day and in any place."""

import random
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from serving.persistence.models import Base, Case

FIRST_MODEL, SECOND_MODEL = "2026-01-01-abcdef01", "2026-02-02-abcdef02"
_BATCH = 1000
_AREAS = 150
_SHARE_WITH_PLACE = 0.6
_ODD_OUTCOMES = ("uncertain", "uncertain", "uncertain", "unknown_plant", "not_a_plant", "retake")


@dataclass(frozen=True)
class MadeUp:
    """A case as far as it is counted."""

    created_at: datetime
    condition: str | None = None  # Decides the outcome, unless that is given
    outcome: str | None = None
    place: tuple[float, float] | None = None  # Latitude and longitude; None without consent
    crop_hint: str | None = None
    model_version: str = FIRST_MODEL
    probability: float | None = 0.9
    keeps_photos: bool = False


def insert(engine: Engine, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write rows, and return their numbers."""
    numbers: list[int] = []
    to = Base.metadata.tables[table.__tablename__]
    with engine.begin() as connection:
        for start in range(0, len(rows), _BATCH):
            adding = to.insert().returning(to.c.id, sort_by_parameter_order=True)
            numbers += connection.scalars(adding, rows[start : start + _BATCH]).all()
    return numbers


def add(engine: Engine, cases: Iterable[MadeUp]) -> list[int]:
    return insert(engine, Case, [_row(case) for case in cases])


def season(
    cases: int, conditions: list[str], *, until: datetime, days: int, seed: int, model_version: str = FIRST_MODEL
) -> Iterator[MadeUp]:
    """Cases as they might come in: more of some conditions and places than of others."""
    chance = random.Random(seed)
    weights = [1 / rank for rank in range(1, len(conditions) + 1)]
    places = [(round(chance.uniform(-4.5, 4.5), 1), round(chance.uniform(34, 41.5), 1)) for _ in range(_AREAS)]
    for _ in range(cases):
        is_odd = chance.random() < 0.3
        yield MadeUp(
            created_at=until - timedelta(days=days) * chance.random(),
            condition=None if is_odd else chance.choices(conditions, weights)[0],
            outcome=chance.choice(_ODD_OUTCOMES) if is_odd else None,
            place=chance.choice(places) if chance.random() < _SHARE_WITH_PLACE else None,
            model_version=model_version,
        )


def _row(case: MadeUp) -> dict[str, Any]:
    named = "healthy" if (case.condition or "").endswith(".healthy") else "condition"
    latitude, longitude = case.place or (None, None)
    return {
        "public_id": secrets.token_urlsafe(16),
        "token_hash": "0" * 64,
        "created_at": case.created_at,
        "origin": "api",
        "language": "en",
        "model_version": case.model_version,
        "crop_hint": case.crop_hint,
        "outcome": case.outcome or (named if case.condition else "uncertain"),
        "condition": case.condition,
        "probability": case.probability if case.condition else None,
        "answer": {},
        "latitude": latitude,
        "longitude": longitude,
        "keeps_photos": case.keeps_photos,
    }
