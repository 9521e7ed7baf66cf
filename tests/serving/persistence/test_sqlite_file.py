"""SQLite's file: another process holds its lock, many write to it at once, or it is damaged; all of it real."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from serving.circuit_breaker import RETRY_S
from serving.monitoring.storage_probe import probe_database
from serving.persistence import sqlite_file
from serving.persistence.cases import Cases
from serving.persistence.engine import NotBegunError, StorageError, connect, disposing
from serving.persistence.senders import ClaimStatus, Deliveries
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp
from tests.serving.persistence.examined import keep
from tests.waiting import wait_until

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print(flush=True)
sys.stdin.read()
"""
WRITER = """
import sys
from serving.persistence.engine import connect
from serving.persistence.senders import Deliveries
engine = connect(sys.argv[1])
for number in range(int(sys.argv[2])):
    Deliveries(engine).claim(channel="sms", message_hash=f"other {number}")
"""
# A request waits for a second, and then tells all others.
KNOWN_S, FIRST_S = 0.5, 2.5


@contextmanager
def held_by_another(file: Path) -> Iterator[None]:
    """The write lock, by a process of its own."""
    command = [sys.executable, "-c", HOLDER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            yield
        finally:
            holder.communicate()


@pytest.fixture
def database() -> str:
    return "sqlite"


@pytest.fixture
def file(engine: Engine) -> Path:
    return Path(str(engine.url.database))


def claim(engine: Engine, name: str) -> float:
    """Write, and say how long that took; negative if it was refused."""
    began = time.monotonic()
    try:
        Deliveries(engine).claim(channel="sms", message_hash=name)
    except NotBegunError:
        return began - time.monotonic()
    return time.monotonic() - began


def is_open(engine: Engine) -> bool:
    return claim(engine, "again") > 0


def test_only_the_first_requests_wait_for_a_lock_that_another_holds(engine: Engine, file: Path) -> None:
    with held_by_another(file), ThreadPoolExecutor(12) as senders:
        first = [-took_s for took_s in senders.map(lambda number: claim(engine, f"{number}"), range(12))]
        assert min(first) > 0, "it was written"
        assert max(first) < FIRST_S
        until = time.monotonic() + 3 * RETRY_S
        while time.monotonic() < until:
            assert 0 < -claim(engine, "later") < KNOWN_S
        # The journal lets them read.
        assert Cases(engine).of_sender("nobody") == []
    wait_until(lambda: is_open(engine), most_s=5 * RETRY_S)


def test_a_command_outwaits_a_lock_that_stops_requests(file: Path) -> None:
    with disposing(connect(f"sqlite:///{file}", is_patient=True)) as patient, ThreadPoolExecutor(1) as commands:
        with held_by_another(file):
            waiting = commands.submit(Deliveries(patient).claim, channel="sms", message_hash="1")
            time.sleep(1.5)
            assert not waiting.done()
        assert waiting.result(timeout=5) is ClaimStatus.GRANTED


def test_a_busy_service_is_no_locked_one(engine: Engine, file: Path) -> None:
    command = [sys.executable, "-c", WRITER, f"sqlite:///{file}", "400"]
    with subprocess.Popen(command) as other, ThreadPoolExecutor(15) as senders:
        took = list(senders.map(lambda number: claim(engine, f"{number}"), range(1500)))
    assert other.returncode == 0
    assert min(took) > 0, "one was refused"


def test_farmers_get_answers_while_the_lock_is_held_and_what_cannot_be_kept_leaves_no_photo(
    make_app: MakeApp, tmp_path: Path, pictures: PictureFactory
) -> None:
    app = make_app(tmp_path)
    client, photo = app.test_client(), pictures.leaf()
    with held_by_another(tmp_path / "majani.sqlite3"):
        answered = client.post("/v1/diagnoses", data=photo, content_type="image/jpeg")
        assert (answered.status_code, answered.get_json()["id"]) == (201, None)
        refused = client.post("/v1/diagnoses?consent=photos", data=photo, content_type="image/jpeg")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert client.get("/readyz").status_code == 200
    assert not any((tmp_path / "photos").rglob("*.jpg"))
    app.extensions["majani"].engine.dispose()


def garble(file: Path, at: int, size: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(b"\xa5" * size)


def root_page(file: Path, name: str) -> int:
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    return int((page - 1) * page_bytes)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "no header": lambda file: garble(file, 0, 100),
    "no table of cases": lambda file: garble(file, root_page(file, "cases"), 4096),
    "no index of the queue": lambda file: garble(file, root_page(file, "ix_cases_worth"), 4096),
    "cut in the middle": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "empty pages": lambda file: file.write_bytes(
        file.read_bytes()[: file.stat().st_size // 2].ljust(file.stat().st_size, b"\0")
    ),
}


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path)
    for _ in range(20):
        keep(app.extensions["majani"].engine, str(tmp_path / "photos"), None)
    # Into the file, all of it.
    app.extensions["majani"].engine.dispose()
    yield app
    app.extensions["majani"].engine.dispose()


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_not_ready_also_after_a_start(
    app: Flask, make_app: MakeApp, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    assert app.test_client().get("/readyz").status_code == 200
    damage(tmp_path / "majani.sqlite3")
    sqlite_file._whole_until.clear()
    for one in (app, make_app(tmp_path)):
        answer = one.test_client().get("/readyz")
        assert (answer.status_code, answer.get_json()["code"]) == (503, "not_ready")
        with pytest.raises(StorageError):
            probe_database(one.extensions["majani"].engine)
        one.extensions["majani"].engine.dispose()


def test_damage_that_a_look_does_not_find_counts_once_a_request_has_met_it(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, client = tmp_path / "majani.sqlite3", app.test_client()
    whole = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_file, "_READ_WHOLE_BYTES", 0)
        garble(file, root_page(file, "sqlite_autoindex_cases_1"), 4096)
        assert client.get("/readyz").status_code == 200
        with pytest.raises(StorageError):
            Cases(app.extensions["majani"].engine).find("nobody")
        assert [client.get("/readyz").status_code for _ in range(2)] == [503, 503]
    app.extensions["majani"].engine.dispose()
    file.write_bytes(whole)
    assert client.get("/readyz").status_code == 200
