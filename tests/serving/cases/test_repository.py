"""Keeping, deleting and forgetting cases with their photos: nothing is named that is not there, and nothing stays."""

import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from serving.cases.photo_store import PhotoStore, photo_path
from serving.cases.repository import CaseRepository, Forgotten
from serving.monitoring.daily_job import DailyJob, DailyJobs
from serving.persistence.case_record import KeyedRequest
from serving.persistence.cases import Cases
from serving.persistence.engine import StorageError
from serving.persistence.models import taught_path
from tests.serving.clock import Clock
from tests.serving.persistence.examined import store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = KeyedRequest("k" * 32, "1" * 64)
AGES = {False: timedelta(days=90), True: timedelta(days=1095)}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def database() -> str:
    return "sqlite"


@pytest.fixture
def repository(engine: Engine, clock: Clock, tmp_path: Path) -> CaseRepository:
    return CaseRepository(Cases(engine, clock=clock), PhotoStore(str(tmp_path / "photos")), clock=clock)


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "photos").rglob("*.jpg"))


def test_failing_photo_store_keeps_the_case_deletable(repository: CaseRepository, tmp_path: Path) -> None:
    kept, _ = store(repository, b"photo", None)
    (tmp_path / "photos").rename(tmp_path / "unmounted")
    (tmp_path / "photos").write_text("no folder")
    with pytest.raises(StorageError):
        repository.delete(kept.public_id)
    (tmp_path / "photos").unlink()
    (tmp_path / "unmounted").rename(tmp_path / "photos")
    repository.delete(kept.public_id)
    assert files(tmp_path) == []


def test_photo_that_cannot_be_written_takes_the_others_with_it(repository: CaseRepository, tmp_path: Path) -> None:
    # Also so that the database has opened its files before they may not grow.
    store(repository, b"photo", None)
    kept = files(tmp_path)
    _, unlimited = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, unlimited))
    try:
        with pytest.raises(StorageError):
            store(repository, b"small", bytes(1001), request=KEY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert files(tmp_path) == kept


def test_no_photo_is_kept_of_a_case_that_a_clock_refuses(
    repository: CaseRepository, engine: Engine, tmp_path: Path
) -> None:
    DailyJobs(engine).succeed(DailyJob.CLOCK, NOW + timedelta(days=5))
    with pytest.raises(StorageError):
        store(repository, b"photo", None)
    assert files(tmp_path) == []


def test_photo_that_cannot_be_deleted_holds_up_no_other_case(
    repository: CaseRepository, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.cases.repository._BATCH", 2)
    ids = []
    for days in (1100, 1099, 1098, 1097, 1096):
        clock.moment = NOW - timedelta(days=days)
        ids.append(store(repository, b"photo", None)[0].public_id)
    clock.moment = NOW
    for public_id in (ids[0], ids[3]):
        path = repository.cases.find(public_id).photos[0].path
        assert path is not None
        (tmp_path / "photos" / path).unlink()
        (tmp_path / "photos" / path).mkdir()
    assert repository.forget(AGES) == Forgotten(cases=3, stray_photos=0, stuck_cases=2)
    assert repository.cases.known(ids) == {ids[0], ids[3]}
    # Only stuck cases are left. The service does not try all of them on a store that fails to delete.
    with pytest.raises(StorageError):
        repository.forget(AGES)


def test_what_a_killed_process_left_is_swept_up(repository: CaseRepository, tmp_path: Path) -> None:
    kept, _ = store(repository, b"photo", None)
    for days, name in ((0, "fresh"), (1, "recent"), (2, "stray"), (500, "older")):
        repository.photos.write(photo_path(name, 0, NOW.date() - timedelta(days=days)), b"")
    # As after a backup from before it came.
    repository.photos.write(taught_path("taught"), b"photo")
    # Not ours.
    (tmp_path / "photos" / "lost+found").mkdir()
    (tmp_path / "photos" / "20260101").mkdir()
    # Whatever cannot be deleted holds up nothing else.
    (tmp_path / "photos" / photo_path("stuck", 0, NOW.date() - timedelta(days=600))).mkdir(parents=True)
    assert repository.forget(AGES) == Forgotten(cases=0, stray_photos=3, stuck_photos=1)
    (tmp_path / "photos" / photo_path("stuck", 0, NOW.date() - timedelta(days=600))).rmdir()
    assert files(tmp_path) == sorted([f"{kept.public_id}-0.jpg", "fresh-0.jpg", "recent-0.jpg"])
