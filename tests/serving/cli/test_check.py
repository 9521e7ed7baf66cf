"""What is not whole is found, counted and left as it is."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from click.testing import Result

from serving.app import create_command_app
from serving.cases.photo_store import decode_and_strip
from serving.clock import now
from serving.monitoring.daily_job import DailyJob, DailyJobs
from serving.persistence.engine import connect, disposing
from serving.persistence.migration import upgrade
from serving.settings import Settings
from serving.teach.repository import TaughtPhotos
from tests.pictures import PictureFactory
from tests.serving.persistence.examined import keep

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
            for _ in range(CASES):
                keep(engine, str(self.photos), photo, clock=lambda: moment)

    def check(self) -> Result:
        return create_command_app(self.settings).test_cli_runner().invoke(args=["store", "check"])

    def teach(self) -> None:
        with disposing(connect(self.url)) as engine:
            given = {"public_id": "p" * 22, "name": "bean/rust", "label": "bean.rust", "visit": "v" * 22}
            TaughtPhotos(engine).add("kitui", 1, **given)

    def is_noted(self) -> bool:
        with disposing(connect(self.url)) as engine:
            return DailyJob.CHECK in DailyJobs(engine).ages()

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


def counts(done: Result) -> list[int]:
    return [int(line.rpartition(": ")[2]) for line in done.stdout.splitlines()]


def test_what_is_whole_is_said_to_be(empty_url: str, tmp_path: Path, pictures: PictureFactory) -> None:
    store = Store(empty_url, tmp_path, decode_and_strip(pictures.red())[1])
    done = store.check()
    assert (done.exit_code, counts(done), store.is_noted()) == (0, [0] * 5, True)


def test_what_is_not_is_counted_and_ends_with_one(tmp_path: Path, pictures: PictureFactory) -> None:
    store = Store(f"sqlite:///{tmp_path / 'majani.sqlite3'}", tmp_path, decode_and_strip(pictures.red())[1])
    missing, half, empty, *others = sorted(store.photos.rglob("*.jpg"))
    harms: list[tuple[Callable[[], object], list[int]]] = [
        (missing.unlink, [1, 0, 0, 0]),
        # A photo of a district's teaching.
        (store.teach, [2, 0, 0, 0]),
        (lambda: half.write_bytes(half.read_bytes()[:-200]), [2, 1, 0, 0]),
        (lambda: empty.write_bytes(b""), [2, 2, 0, 0]),
        (lambda: (empty.parent / _STRAY).write_bytes(b"x"), [2, 2, 1, 0]),
        (lambda: store.execute(_ORPHAN), [2, 2, 1, 1]),
    ]
    for harm, found in harms:
        harm()
        done = store.check()
        assert (done.exit_code, counts(done), store.is_noted()) == (1, [*found, 0], False)
    # Photos that are away are not counted as lost.
    for photo in (half, empty, *others):
        photo.unlink()
        photo.mkdir()
    done = store.check()
    assert (done.exit_code, done.stdout) == (1, "")


def test_a_damaged_page_is_found(tmp_path: Path, pictures: PictureFactory) -> None:
    store = Store(f"sqlite:///{tmp_path / 'majani.sqlite3'}", tmp_path, decode_and_strip(pictures.red())[1])
    store.damage()
    done = store.check()
    assert (done.exit_code, counts(done)[:4], store.is_noted()) == (1, [0] * 4, False)
    assert counts(done)[4] > 0
