"""What is deleted is noted with its deletion or not at all, and for as long as a backup could bring it back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.cases.photo_store import PhotoStore
from serving.cases.repository import CaseRepository
from serving.persistence.cases import MOST_REPORTS, Cases
from serving.persistence.engine import StorageError
from serving.persistence.erasures import Erased, Erasures
from serving.persistence.models import AccessToken, Case, Erasure, TaughtPhoto, VisitRow
from serving.review.photos import remove_photos
from serving.teach.repository import TaughtPhotos
from serving.visits.repository import Visits
from serving.visits.visit import NewVisit
from tests.serving.clock import START, Clock
from tests.serving.persistence.examined import keep

DAY = timedelta(days=1)


class Office:
    """One of everything that can be deleted."""

    def __init__(self, engine: Engine, clock: Clock, folder: Path) -> None:
        self.engine, self.photos = engine, PhotoStore(str(folder / "photos"))
        self.case = keep(engine, str(folder / "photos"), b"photo", clock=clock)
        self.tokens, self.visits = AccessTokens(engine, clock=clock), Visits(engine, clock=clock)
        self.taught, self.repository = (
            TaughtPhotos(engine, clock=clock),
            CaseRepository(Cases(engine, clock=clock), self.photos),
        )
        self.access = self.tokens.find(self.tokens.create("tablet", Role.EXTENSION, DAY))
        self.visit_id = uuid4()
        self.visits.put(self.access.id, self.visit_id, NewVisit(started_at=START, changed_at=START))
        self.taught.add("Kitui", 1, public_id="taught", name="", label=None, visit="")
        self.photos.write("taught/taught.jpg", b"photo")

    def delete_case(self) -> None:
        self.repository.delete(self.case.public_id)

    def delete_visit(self) -> None:
        self.visits.delete(self.access.id, self.visit_id)

    def revoke(self) -> None:
        self.tokens.revoke(self.access.id)

    def remove(self) -> None:
        remove_photos(self.taught.of("Kitui"), of=self.taught, store=self.photos)

    def left(self) -> int:
        """Rows of what can be deleted, but for those that say that it is gone."""
        counts = (
            select(func.count()).select_from(Case),
            select(func.count()).select_from(VisitRow).where(VisitRow.deleted_at.is_(None)),
            select(func.count()).select_from(AccessToken).where(AccessToken.revoked_at.is_(None)),
            select(func.count()).select_from(TaughtPhoto),
        )
        with Session(self.engine) as session:
            return sum(session.scalar(count) or 0 for count in counts)

    def kinds(self) -> set[str]:
        with Session(self.engine) as session:
            return set(session.scalars(select(Erasure.kind)))


@pytest.fixture
def office(engine: Engine, clock: Clock, tmp_path: Path) -> Office:
    return Office(engine, clock, tmp_path)


WAYS: dict[Erased, Callable[[Office], None]] = {
    Erased.PHOTOS: Office.delete_case,
    Erased.VISIT: Office.delete_visit,
    Erased.TOKEN: Office.revoke,
    Erased.TAUGHT: Office.remove,
}


@pytest.mark.parametrize("kind", WAYS)
@pytest.mark.parametrize("dies_at", ["COMMIT", "INSERT INTO erasures", "DELETE", "UPDATE"])
def test_a_deletion_that_is_cut_off_is_whole_or_not_at_all_and_can_be_repeated(
    kind: Erased, dies_at: str, office: Office
) -> None:
    before, dying = office.left(), True

    def die(*details: Any) -> None:
        if dying and (dies_at == "COMMIT" if len(details) == 1 else str(details[2]).startswith(dies_at)):
            raise StorageError("cut off")

    event.listen(office.engine, "before_cursor_execute", die)
    event.listen(office.engine, "commit", die)
    try:
        WAYS[kind](office)
    except StorageError:
        assert (office.left(), office.kinds()) == (before, set())
    dying = False
    WAYS[kind](office)
    assert (office.left(), office.kinds()) == (before - 1, {kind.value})


def test_a_worker_reports_no_more_at_once_than_one_by_one(office: Office, clock: Clock, tmp_path: Path) -> None:
    cases = Cases(office.engine, clock=clock)
    ids = [keep(office.engine, str(tmp_path / "photos"), b"photo", clock=clock).public_id for _ in range(24)]
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda public_id: cases.report(public_id, office.access.id), ids))
    assert done.count(True) == len(cases.reported(district=None, limit=99)) == MOST_REPORTS
    # Put back or gone, it still counts, until the next day.
    reported = [public_id for public_id, is_hidden in zip(ids, done, strict=True) if is_hidden]
    left = next(public_id for public_id, is_hidden in zip(ids, done, strict=True) if not is_hidden)
    cases.put_back(reported[0])
    cases.delete(reported[1:])
    assert not cases.report(left, office.access.id)
    clock.moment += DAY
    assert cases.report(left, office.access.id)


def test_a_row_stays_as_long_as_a_backup_could_bring_back_what_it_is_about(office: Office) -> None:
    for way in WAYS.values():
        way(office)
    ages = {kind: days * DAY for days, kind in enumerate(WAYS, 10)}
    kept = []
    for days in range(9, 15):
        Erasures(office.engine, clock=lambda days=days: START + days * DAY + timedelta(minutes=1)).forget(ages)
        kept.append(len(office.kinds()))
    assert kept == [4, 3, 2, 1, 0, 0]
