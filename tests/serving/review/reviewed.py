"""Reviews, as if several people had signed in at the desk one after the other."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.models import Base, Case, Photo, Review
from tests.serving.made_up_cases import insert


def review(engine: Engine, case_id: int, *opinions: tuple[str, str | None]) -> None:
    """Write what one reviewer after the other says: verdict and condition."""
    access = AccessTokens(engine)
    for number, (verdict, condition) in enumerate(opinions):
        reviewer = access.find(access.create(f"desk {number}", Role.AGRONOMIST, timedelta(days=1)))
        row = Review(
            case_id=case_id,
            reviewer_id=reviewer.id,
            verdict=verdict,
            condition=condition,
            reviewed_at=datetime.now(UTC),
        )
        with Session(engine) as session, session.begin():
            session.add(row)


def send_again(engine: Engine, places: Sequence[tuple[float, float] | None]) -> list[str]:
    """Copy the only case there is, with its photos, to each of these places; returns the public ids of the copies."""
    tables = (Base.metadata.tables[table.__tablename__] for table in (Case, Photo))
    with engine.connect() as connection:
        [case], photos = ([dict(row) for row in connection.execute(select(table)).mappings()] for table in tables)
    for row in (case, *photos):
        del row["id"]
    ids = [secrets.token_urlsafe(16) for _ in places]
    where = [(None, None) if place is None else place for place in places]
    rows = [
        case | {"public_id": public_id, "latitude": latitude, "longitude": longitude}
        for public_id, (latitude, longitude) in zip(ids, where, strict=True)
    ]
    insert(engine, Photo, [photo | {"case_id": number} for number in insert(engine, Case, rows) for photo in photos])
    return ids
