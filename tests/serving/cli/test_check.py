"""What is not whole is found, counted and left as it is."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result

from serving.app import create_command_app
from serving.cases.photo_store import PhotoStore, decode_and_strip
from serving.cases.repository import CaseRepository
from serving.clock import now
from serving.monitoring.daily_job import DailyJob, DailyJobs
from serving.persistence.case_record import Origin, Submission
from serving.persistence.cases import Cases
from serving.persistence.engine import connect, disposing
from serving.persistence.migration import upgrade
from serving.settings import Settings
from serving.teach.repository import GivenPhoto, TaughtPhotos
from tests.pictures import PictureFactory
from tests.serving.persistence.examined import examination

# Enough for the table of cases to have pages of its own.
CASES = 30
_STRAY = f"{'x' * 22}-0.jpg"
_ORPHAN = "INSERT INTO feedback (case_id, verdict, given_at) VALUES (999, 'right', '2026-01-01')"


class Store:
    """Cases with a photo each, kept three days ago."""

    def __init__(self, url: str, folder: Path, photo: bytes) -> None:
        self.url, self.folder, self.photos = url, folder, folder / "photos"
        self.settings = Settings(database_url=url, photos_url=str(self.photos))
        moment = now() - timedelta(days=3)
        with disposing(connect(url)) as engine:
            upgrade(engine)
            cases = Cases(engine, clock=lambda: moment)
            repository = CaseRepository(cases, PhotoStore(str(self.photos)), clock=lambda: moment)
            for _ in range(CASES):
                repository.store(examination(), Submission(Origin.API, "en", [photo]))

    def check(self) -> Result:
        return create_command_app(self.settings).test_cli_runner().invoke(args=["store", "check"])

    def file(self) -> Path:
        return next(self.photos.rglob("*.jpg"))

    def teach(self) -> None:
        with disposing(connect(self.url)) as engine:
            given = GivenPhoto("p" * 22, "bean/rust", "bean.rust", "v" * 22)
            TaughtPhotos(engine).add("kitui", given, by=1)

    def execute(self, statement: str) -> None:
        with closing(sqlite3.connect(self.folder / "majani.sqlite3")) as connection, connection:
            connection.execute(statement)

    def damage(self) -> None:
        """Overwrite pages that hold cases, as a dying disk does."""
        file = self.folder / "majani.sqlite3"
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            [(root,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_cases_created_at'")
        with file.open("r+b") as opened:
            opened.seek(4096 * (root - 1) + 200)
            opened.write(b"\xff" * 3000)


@pytest.fixture
def store(tmp_path: Path, pictures: PictureFactory) -> Store:
    return Store(f"sqlite:///{tmp_path / 'majani.sqlite3'}", tmp_path, decode_and_strip(pictures.red())[1])


def counts(done: Result) -> list[int]:
    return [int(line.rpartition(": ")[2]) for line in done.stdout.splitlines()]


def test_what_is_whole_is_said_to_be(empty_url: str, tmp_path: Path, pictures: PictureFactory) -> None:
    store = Store(empty_url, tmp_path, decode_and_strip(pictures.red())[1])
    done = store.check()
    assert (done.exit_code, counts(done)) == (0, [0] * 5)
    with disposing(connect(empty_url)) as engine:
        assert DailyJob.CHECK in DailyJobs(engine).ages()


@pytest.mark.parametrize(
    ("place", "harm"),
    [
        pytest.param(0, lambda store: store.file().unlink(), id="a photo is missing"),
        pytest.param(0, lambda store: store.teach(), id="a photo of a district's teaching is missing"),
        pytest.param(1, lambda store: store.file().write_bytes(store.file().read_bytes()[:-200]), id="half a photo"),
        pytest.param(1, lambda store: store.file().write_bytes(b""), id="an empty photo"),
        pytest.param(2, lambda store: (store.file().parent / _STRAY).write_bytes(b"x"), id="a stray photo"),
        pytest.param(3, lambda store: store.execute(_ORPHAN), id="a foreign key"),
        pytest.param(4, lambda store: store.damage(), id="a damaged page"),
    ],
)
def test_what_is_not_is_counted_and_ends_with_one(place: int, harm: Callable[[Store], object], store: Store) -> None:
    harm(store)
    done = store.check()
    assert done.exit_code == 1
    found = counts(done)
    assert found[place] > 0
    assert [count for number, count in enumerate(found) if number != place] == [0] * 4
    with disposing(connect(store.url)) as engine:
        assert DailyJob.CHECK not in DailyJobs(engine).ages()


def test_photos_that_are_away_are_not_counted_as_lost(store: Store) -> None:
    for photo in list(store.photos.rglob("*.jpg")):
        photo.unlink()
        photo.mkdir()
    done = store.check()
    assert (done.exit_code, done.stdout) == (1, "")
