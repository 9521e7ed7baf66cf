"""What farmers say days after an answer: whether they did what was advised, how the plant is. Nobody checks it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from serving.overview.counting import shown_cases
from serving.overview.export import written
from serving.overview.filters import midnight
from serving.persistence.models import Case, FollowUp
from serving.persistence.repository import read_session


class FollowedUp(NamedTuple):
    """Cases of one condition, empty where none is named, of which the same was said, and those photographed again."""

    condition: str
    done: str
    state: str
    cases: int
    photographed_again: int


def read_follow_ups(engine: Engine, since: date, until: date) -> Sequence[FollowedUp]:
    """What was said from ``since`` on and before ``until``, of cases that are still kept."""
    shown = shown_cases(engine).add_columns(Case.id).subquery()
    said, sizes = (FollowUp.done, FollowUp.state), (func.count(FollowUp.id), func.count(FollowUp.later_id))
    asking = (
        select(func.coalesce(shown.c.condition, ""), *said, *sizes)
        .join(shown, shown.c.id == FollowUp.case_id)
        .where(FollowUp.given_at >= midnight(since), FollowUp.given_at < midnight(until))
        .group_by(shown.c.condition, *said)
    )
    with read_session(engine) as session:
        return sorted(FollowedUp(*row) for row in session.execute(asking))


def follow_ups_csv(rows: Iterable[FollowedUp]) -> str:
    """One row for each condition with each thing said."""
    return written([FollowedUp._fields, *rows])
