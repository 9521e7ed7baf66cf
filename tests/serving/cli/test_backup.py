"""Backup and restore as ``docs/operation.md`` describes them, command by command, while cases keep coming in."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from benchmarks.harness.postgresql import PostgreSql
from benchmarks.harness.s3_server import BUCKET, S3Server
from serving.persistence.engine import connect
from serving.persistence.migration import upgrade
from tests.absence import absent
from tests.documents import code_blocks
from tests.pictures import PictureFactory
from tests.serving.live import ROOT, Server, serve

BEFORE = 5

Token = str
# By id, what its sender got.
Senders = dict[str, Token]


def run(heading: str, which: int, cwd: Path, environment: Mapping[str, str]) -> None:
    """Run the commands of one block, of those under ``heading`` counted from 0, as a shell that stops at failures."""
    commands = [block.code for block in code_blocks("operation.md") if block.heading == heading][which]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # Not what the account that runs the tests uses elsewhere.
    others = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_"))}
    own = others | {"PYTHONPATH": str(ROOT), "PATH": path} | environment
    subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=cwd, env=own, check=True, timeout=120)


def send(server: Server, photo: bytes) -> tuple[str, Token]:
    answer = requests.post(
        f"{server.url}/v1/diagnoses?consent=photos", photo, headers={"Content-Type": "image/jpeg"}, timeout=30
    )
    assert answer.status_code == 201
    return answer.json()["id"], answer.json()["token"]


@contextmanager
def kept_sending(server: Server, photo: bytes) -> Iterator[Senders]:
    """Send one case after the other; gives those that were acknowledged."""
    is_over, senders = threading.Event(), Senders()

    def work() -> None:
        # Often enough to be in the middle of everything, and not so often that all would take long to check.
        while not is_over.wait(0.1):
            public_id, token = send(server, photo)
            senders[public_id] = token

    sender = threading.Thread(target=work)
    sender.start()
    try:
        yield senders
    finally:
        is_over.set()
        sender.join()


def is_whole(server: Server, public_id: str, token: Token) -> bool:
    """Whether a case is there, and its photo too."""
    address, headers = f"{server.url}/v1/diagnoses/{public_id}", {"Authorization": f"Bearer {token}"}
    found = [requests.get(address + part, headers=headers, timeout=30) for part in ("", "/photos/0")]
    return [answer.status_code for answer in found] == [200, 200] and found[1].content[:2] == b"\xff\xd8"


def check_restored(server: Server, before: Senders, meanwhile: Senders, count: int) -> None:
    """All cases of before are there, and all of the others that are there are whole."""
    assert [public_id for public_id, token in before.items() if not is_whole(server, public_id, token)] == []
    whole = sum(is_whole(server, public_id, token) for public_id, token in meanwhile.items())
    assert len(before) + whole == count


def count_cases(url: str) -> int:
    engine = connect(url)
    with engine.connect() as connection:
        count = int(connection.scalar(text("SELECT count(*) FROM cases")) or 0)
    engine.dispose()
    return count


def test_sqlite_and_a_folder(tiny_bundle_dir: Path, tmp_path: Path, pictures: PictureFactory) -> None:
    """The defaults: everything in the working directory."""
    home, photo = tmp_path / "home", pictures.red()
    home.mkdir()
    url = f"sqlite:///{home / 'majani.sqlite3'}"
    stored = {"database_url": url, "photos_url": home / "photos", "log_level": "ERROR"}
    environment = {
        "BACKUP": str(tmp_path / "backup"),
        "MAJANI_BUNDLE": str(tiny_bundle_dir),
        "MAJANI_TEXTS_DIR": str(ROOT / "data"),
    }
    with serve(tiny_bundle_dir, **stored) as server:
        before = dict(send(server, photo) for _ in range(BEFORE))
        with kept_sending(server, photo) as meanwhile:
            run("SQLite and a folder", 0, home, environment)
    assert len(meanwhile) > 0
    shutil.rmtree(home)
    home.mkdir()
    run("SQLite and a folder", 1, home, environment)
    count = count_cases(url)
    with serve(tiny_bundle_dir, **stored) as server:
        check_restored(server, before, meanwhile, count)


def test_postgresql_and_s3(
    tiny_bundle_dir: Path,
    tmp_path: Path,
    pictures: PictureFactory,
    postgresql: PostgreSql,
    s3: S3Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if shutil.which("rclone") is None:
        absent("rclone is not installed")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    url, photo = new_database(postgresql, "majani_backup"), pictures.red()
    stored = {"database_url": url, "photos_url": f"s3://{BUCKET}/backup", "log_level": "ERROR"}
    environment = {
        "BACKUP": str(tmp_path / "backup"),
        "PHOTOS": f"{BUCKET}/backup",
        "MAJANI_DATABASE_URL": url,
        "MAJANI_BUNDLE": str(tiny_bundle_dir),
        "MAJANI_TEXTS_DIR": str(ROOT / "data"),
        "RCLONE_CONFIG": os.devnull,
        **s3.environment,
    }
    with serve(tiny_bundle_dir, **stored) as server:
        before = dict(send(server, photo) for _ in range(BEFORE))
        with kept_sending(server, photo) as meanwhile:
            run("PostgreSQL and S3", 0, tmp_path, environment)
    assert len(meanwhile) > 0
    new_database(postgresql, "majani_backup")
    s3.stop()
    s3.start()
    run("PostgreSQL and S3", 1, tmp_path, environment)
    count = count_cases(url)
    with serve(tiny_bundle_dir, **stored) as server:
        check_restored(server, before, meanwhile, count)


def new_database(server: PostgreSql, name: str) -> str:
    """An empty database with all tables, whatever was there before."""
    engine = connect(server.url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    url = server.url.rpartition("/")[0] + f"/{name}"
    engine = connect(url, is_patient=True)
    upgrade(engine)
    engine.dispose()
    return url
