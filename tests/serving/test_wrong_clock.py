"""A machine whose clock is years ahead or behind loses no case: the service and the daily job as they really run."""

import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from benchmarks.harness.asking import ask_json
from tests.absence import absent
from tests.pictures import PictureFactory
from tests.serving.live import serve

ADMIN = Path(sys.executable).with_name("majani-admin")
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
KEPT, REFUSED = (201, True), (503, False)

pytestmark = pytest.mark.nightly


class Office:
    """A service and its commands, beside one database, at any time."""

    def __init__(self, folder: Path, bundle: Path, photo: bytes) -> None:
        self.settings = {
            "MAJANI_DATABASE_URL": f"sqlite:///{folder / 'majani.sqlite3'}",
            "MAJANI_PHOTOS_URL": str(folder / "photos"),
        }
        self.folder, self.bundle, self.photo = folder, bundle, photo

    @contextmanager
    def at(self, shift: str | None) -> Iterator[None]:
        """Everything that is started meanwhile has a clock that is so far from the right one."""
        fake = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (self.settings | (fake if shift else {})).items():
                patch.setenv(name, str(value))
            yield

    def send(self, shift: str | None = None, *, keyed: tuple[bool, ...] = (True,)) -> list[tuple[int, bool]]:
        """Start a service and send cases, to be kept or only answered; the status of each, and whether it is kept."""
        answers = []
        with self.at(shift), serve(self.bundle) as server:
            for is_keyed in keyed:
                headers = {"Idempotency-Key": secrets.token_urlsafe(16)} if is_keyed else {}
                path = "/v1/diagnoses?consent=photos" if is_keyed else "/v1/diagnoses"
                status, answer = ask_json(server.port, "POST", path, self.photo, headers)
                answers.append((status, answer.get("id") is not None))
        return answers

    def admin(self, *words: str, shift: str | None = None) -> int:
        with self.at(shift):
            return subprocess.run([ADMIN, *words], env=os.environ, capture_output=True, check=False).returncode

    def kept(self) -> int:
        """Cases whose photos are there too."""
        with closing(sqlite3.connect(self.folder / "majani.sqlite3")) as database:
            paths = [path for (path,) in database.execute("SELECT path FROM photos WHERE path IS NOT NULL")]
        return sum((self.folder / "photos" / path).is_file() for path in paths)


@pytest.fixture
def office(tmp_path: Path, tiny_bundle_dir: Path, pictures: PictureFactory) -> Office:
    if not LIBRARIES:
        absent("the package faketime is not installed")
    return Office(tmp_path, tiny_bundle_dir, pictures.leaf())


def test_a_clock_that_is_wrong_for_a_while_deletes_nothing_and_stores_nothing_to_be_deleted(office: Office) -> None:
    assert office.send() == [KEPT]
    assert office.admin("store", "forget") == 0
    # It starts years behind.
    assert office.send("-1200d", keyed=(False, True)) == [(201, False), REFUSED]
    assert office.admin("store", "forget", shift="-1200d") == 1
    # Ahead, for a minute: the daily job begins at once, and somebody asks.
    assert office.admin("store", "forget", shift="+1096d") == 1
    assert office.send("+1096d") == [KEPT]
    assert office.admin("store", "forget", shift="+1096d") == 1
    assert office.kept() == 2
    # Right again: nothing is in the way of the next case, and what has a date of the future goes in its time.
    assert office.send() == [KEPT]
    assert office.admin("store", "forget") == 0
    assert office.kept() == 3
    assert office.admin("store", "forget", "--yes", shift="+1096d") == 0
    assert office.kept() == 0
    # That was a mistake: an operator ends the refusal.
    assert office.send() == [REFUSED]
    assert office.admin("clock", "accept") == 0
    assert office.send() == [KEPT]
    # Not so far that the daily job would doubt it.
    assert office.admin("store", "forget", shift="+6d") == 0
    assert office.admin("store", "forget") != 0
    assert office.admin("clock", "accept") == 0
    assert office.admin("store", "forget") == 0


def test_a_service_set_up_years_behind_loses_nothing_once_the_clock_is_right(office: Office) -> None:
    assert office.send("-1200d") == [KEPT]
    assert office.admin("store", "forget") == 1
    assert office.admin("clock", "accept", "--date-anew") == 0
    assert office.admin("store", "forget") == 0
    assert office.kept() == 1
