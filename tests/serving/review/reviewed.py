"""Reviews, as if several people had signed in at the desk one after the other."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.models import Review


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
