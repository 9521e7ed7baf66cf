"""A backup and what is restored from it: every case with its photos, between all kinds of databases and stores."""

import os
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command as alembic
from click.testing import Result
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import Engine, select, text, update

from benchmarks.harness.asking import ask_json
from benchmarks.harness.postgresql import PostgreSql
from benchmarks.harness.s3_server import BUCKET, S3Server
from majani.model.bundle import sha256_hex
from serving.access.role import Role
from serving.access.sessions import Sessions
from serving.access.tokens import AccessTokens, TokenError
from serving.app import create_command_app
from serving.cases import backup
from serving.cases.database_copy import copy_database
from serving.cases.photo_store import PhotoStore
from serving.cases.repository import CaseRepository
from serving.clock import now
from serving.monitoring.daily_job import DailyJob, DailyJobs
from serving.persistence import migration
from serving.persistence.case_record import KeyedRequest
from serving.persistence.cases import Cases, DeletedCaseError
from serving.persistence.engine import connect, disposing
from serving.persistence.erasures import Erasures
from serving.persistence.migration import upgrade
from serving.persistence.models import Base, Case, taught_path
from serving.review.photos import remove_photos
from serving.settings import Settings
from serving.teach.repository import TaughtPhotos
from tests.documents import code_blocks
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp, command
from tests.serving.desk.conftest import form_token, sign_in
from tests.serving.live import ROOT, Server, serve
from tests.serving.persistence.examined import keep, store

BEFORE = 5
YEAR = timedelta(days=365)
KINDS = [("sqlite", "folder"), ("postgresql", "s3")]

Token = str
# By id, what its sender got.
Senders = dict[str, Token]


def run(which: int, environment: Mapping[str, str]) -> None:
    """Run the command that makes a backup, 0, or restores it, 1, as the page has it."""
    commands = [block.code for block in code_blocks("operation.md") if block.heading == "Backup and restore"][which]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # Not what the account that runs the tests uses elsewhere.
    others = {name: value for name, value in os.environ.items() if not name.startswith("MAJANI_")}
    own = others | {"PYTHONPATH": str(ROOT), "PATH": path} | environment
    subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=ROOT, env=own, check=True, timeout=120)


def send(server: Server, photo: bytes) -> tuple[str, Token]:
    status, answer = ask_json(server.port, "POST", "/v1/diagnoses?consent=photos", photo)
    assert status == 201
    return answer["id"], answer["token"]


@contextmanager
def kept_sending(server: Server, photo: bytes) -> Iterator[Senders]:
    """Send one case after the other; gives those that were acknowledged."""
    is_over, senders = threading.Event(), Senders()

    def work() -> None:
        # Often enough to be in the middle of everything, and not so often that all would take long to check.
        while True:
            public_id, token = send(server, photo)
            senders[public_id] = token
            if is_over.wait(0.1):
                return

    sender = threading.Thread(target=work)
    sender.start()
    try:
        yield senders
    finally:
        is_over.set()
        sender.join()


def is_whole(client: FlaskClient, public_id: str, token: Token) -> bool:
    """Whether a case is there, and its photo too."""
    address, headers = f"/v1/diagnoses/{public_id}", {"Authorization": f"Bearer {token}"}
    found = [client.get(address + part, headers=headers) for part in ("", "/photos/0")]
    return [answer.status_code for answer in found] == [200, 200] and found[1].data[:2] == b"\xff\xd8"


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_no_case_is_lost_while_cases_come_in(
    kind: tuple[str, str],
    request: pytest.FixtureRequest,
    tiny_bundle_dir: Path,
    tmp_path: Path,
    pictures: PictureFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the commands of the page."""
    database, store = kind
    url, photo = new_database(database, "majani_backup", request, tmp_path), pictures.red()
    photos = new_store(store, request, tmp_path, monkeypatch)
    environment = {"BACKUP": str(tmp_path / "backup"), "MAJANI_DATABASE_URL": url, "MAJANI_PHOTOS_URL": photos}
    with serve(tiny_bundle_dir, database_url=url, photos_url=photos, log_level="ERROR") as server:
        before = dict(send(server, photo) for _ in range(BEFORE))
        with kept_sending(server, photo) as meanwhile:
            run(0, environment)
    assert len(meanwhile) > 0
    new_database(database, "majani_backup", request, tmp_path)
    new_store(store, request, tmp_path, monkeypatch)
    run(1, environment)
    make_app: MakeApp = request.getfixturevalue("make_app")
    app = make_app(tmp_path, database_url=url, photos_url=photos)
    client, engine = app.test_client(), app.extensions["majani"].engine
    assert [public_id for public_id, token in before.items() if not is_whole(client, public_id, token)] == []
    whole = sum(is_whole(client, public_id, token) for public_id, token in meanwhile.items())
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM cases")) == len(before) + whole
    engine.dispose()


@dataclass(frozen=True)
class Place:
    """Where a service stores what it is sent."""

    engine: Engine
    photos: PhotoStore
    photos_url: str
    runner: FlaskCliRunner

    @property
    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that is in the database, but when jobs were done."""
        with self.engine.connect() as connection:
            tables = [table for table in Base.metadata.sorted_tables if table.name != "jobs"]
            return {table.name: [tuple(row) for row in connection.execute(select(table))] for table in tables}

    def store(self, *photos: bytes | None) -> Case:
        return keep(self.engine, self.photos_url, *photos)

    def run(self, *words: str) -> Result:
        return self.runner.invoke(args=["store", *words])


@pytest.fixture
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Place]]:
    """Make an empty one: ``place("postgresql", "s3", "a")``."""
    engines: list[Engine] = []

    def make(database: str, store: str, name: str) -> Place:
        home = tmp_path / name
        home.mkdir()
        url = new_database(database, f"majani_{name}", request, home)
        photos = new_store(store, request, home, monkeypatch)
        engine = connect(url)
        upgrade(engine)
        engines.append(engine)
        settings = Settings(database_url=url, photos_url=photos)
        return Place(engine, PhotoStore(photos), photos, create_command_app(settings).test_cli_runner())

    yield make
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize("kinds", [KINDS, KINDS[::-1]], ids=lambda kinds: "-".join(kinds[0]))
def test_all_of_it_comes_back_also_elsewhere(
    kinds: Sequence[tuple[str, str]], place: Callable[..., Place], tmp_path: Path
) -> None:
    here, there = (place(*kind, name) for kind, name in zip(kinds, ("here", "there"), strict=True))
    kept = here.store(b"first", b"second")
    here.store(None)
    here.store(b"third")
    Cases(here.engine).delete([here.store(None).public_id])
    AccessTokens(here.engine).create("tablet", Role.ADMIN, timedelta(days=9))
    assert here.run("backup", str(tmp_path / "backup")).exit_code == 0
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700
    assert there.run("restore", str(tmp_path / "backup")).exit_code == 0
    assert there.rows == here.rows
    found = Cases(there.engine).find(kept.public_id)
    assert [there.photos.read(photo.path) for photo in found.photos if photo.path] == [b"first", b"second"]
    # The next case gets a number of its own.
    there.store(b"fourth")


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_a_restore_undoes_no_deletion_and_no_revocation(
    kind: tuple[str, str], place: Callable[..., Place], make_app: MakeApp, tmp_path: Path
) -> None:
    """Whoever deleted, through the same routes and commands as people do, and the photos of a case with it."""
    here = place(*kind, "here")
    kept, own, old = (here.store(photo) for photo in (b"kept", b"own", b"old"))
    tokens = AccessTokens(here.engine)
    names = ("lost phone", "last season", "printed", "worker")
    lost, replaced, batch, worker = (tokens.create(name, Role.EXTENSION, timedelta(days=9)) for name in names)
    admin = tokens.create("office", Role.ADMIN, timedelta(days=9))
    app = make_app(tmp_path, database_url=str(here.engine.url.render_as_string(False)), photos_url=here.photos_url)
    client, visit = app.test_client(), f"/v1/visits/{uuid4()}"
    as_admin, as_worker = ({"Authorization": f"Bearer {token}"} for token in (admin, worker))
    moment = now().isoformat()
    sent = {"started_at": moment, "changed_at": moment, "farmer": "Wanjiru"}
    assert client.put(visit, json=sent, headers=as_worker).status_code == 200
    sessions = Sessions(here.engine)
    secret = sessions.start(admin)
    assert here.run("backup", str(tmp_path / "backup")).exit_code == 0

    sessions.end(secret)
    assert client.delete(f"/v1/diagnoses/{own.public_id}", headers=as_admin).status_code == 204
    assert client.delete(visit, headers=as_worker).status_code == 204
    with here.engine.begin() as connection:
        connection.execute(update(Case).where(Case.public_id == old.public_id).values(created_at=now() - 2 * YEAR))
    CaseRepository(Cases(here.engine), here.photos).forget({False: YEAR, True: YEAR})
    numbers = [tokens.find(token).id for token in (lost, replaced, batch)]
    for words in (("revoke", str(numbers[0])), ("replace", str(numbers[1]))):
        assert here.runner.invoke(args=["access", *words]).exit_code == 0
    assert sign_in(client, admin).status_code == 303
    assert client.post(f"/desk/tokens/{numbers[2]}/revoke", data={"form_token": form_token(client)}).status_code == 303

    assert here.run("restore", "--replace", str(tmp_path / "backup")).exit_code == 0
    assert Cases(here.engine).known([kept.public_id, own.public_id, old.public_id]) == {kept.public_id}
    gone = [photo.path for case in (own, old) for photo in case.photos if photo.path]
    for path in gone:
        with pytest.raises(FileNotFoundError):
            here.photos.read(path)
    with pytest.raises(TokenError):
        sessions.find(secret)
    good = [access.name for access in tokens.list() if access.is_good(now())]
    assert sorted(good) == ["office", "worker"]
    assert "Wanjiru" not in str(here.rows["visits"])
    app.extensions["majani"].engine.dispose()


def test_what_is_deleted_meanwhile_or_later_is_not_restored_and_photos_that_are_lost_are_named(
    place: Callable[..., Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = place("sqlite", "folder", "here"), place("sqlite", "folder", "there")
    names = ("meanwhile", "later", "kept", "lost", "damaged")
    cases = {name: here.store(name.encode()) for name in names}
    ids = {name: case.public_id for name, case in cases.items()}
    paths = {name: case.photos[0].path or "" for name, case in cases.items()}
    here.photos.delete([paths["lost"]])
    damaged = Path(here.photos_url) / paths["damaged"]
    damaged.unlink()
    damaged.mkdir()
    taught = TaughtPhotos(here.engine)
    taught.add("Kitui", 1, public_id="taught", name="", label=None, visit="")
    here.photos.write(taught_path("taught"), b"photo")

    def copy_and_delete(source: Engine, target: Engine) -> None:
        copy_database(source, target)
        remove_photos(taught.of("Kitui"), of=taught, store=here.photos)
        CaseRepository(Cases(here.engine), here.photos).delete(cases["meanwhile"].public_id)

    with monkeypatch.context() as patch:
        patch.setattr(backup, "copy_database", copy_and_delete)
        done = here.run("backup", str(tmp_path / "backup"))
    assert (done.exit_code, done.stderr.count(": 2.")) == (0, 1)
    assert [name for name, path in paths.items() if path in caplog.text] == ["lost", "damaged"]
    assert (tmp_path / "backup" / "photos" / paths["kept"]).read_bytes() == b"kept"
    with disposing(connect(f"sqlite:///{tmp_path / 'backup' / 'majani.sqlite3'}")) as copy:
        assert TaughtPhotos(copy).of("Kitui") == []
    CaseRepository(Cases(here.engine), here.photos).delete(cases["later"].public_id)
    # Database and photos are lost; what a later backup says is not.
    assert here.run("backup", str(tmp_path / "tomorrow")).exit_code == 0
    assert there.run("restore", str(tmp_path / "backup")).exit_code == 0
    assert Cases(there.engine).known(ids.values()) == {ids[name] for name in ("kept", "lost", "damaged")}


def test_restore_replaces_only_when_it_is_told_to_also_from_an_older_release(
    place: Callable[..., Place], tmp_path: Path
) -> None:
    here, there = place("sqlite", "folder", "here"), place("postgresql", "folder", "there")
    kept, before = here.store(b"photo"), there.store(b"other")
    assert here.run("backup", str(tmp_path / "backup")).exit_code == 0
    assert there.run("restore", str(tmp_path / "backup")).exit_code == 1
    assert Cases(there.engine).known([before.public_id])
    assert there.run("restore", "--replace", str(tmp_path / "backup")).exit_code == 0
    assert there.rows == here.rows
    later = there.store(b"later")
    downgrade(tmp_path / "backup", "0005")
    # One that lies beside it may be older still, and is only read.
    shutil.copytree(tmp_path / "backup", tmp_path / "older")
    for release in ("0005", "0016"):
        downgrade(tmp_path / "backup", release)
        assert there.run("restore", "--replace", str(tmp_path / "backup")).exit_code == 0
        assert Cases(there.engine).known([kept.public_id, later.public_id]) == {kept.public_id}


def downgrade(backup: Path, release: str) -> None:
    """Give a backup the tables of an older release."""
    with disposing(connect(f"sqlite:///{backup / 'majani.sqlite3'}")) as old, old.begin() as connection:
        config = migration._config()
        config.attributes["connection"] = connection
        alembic.downgrade(config, release)


def test_what_0_3_0_wrote_into_files_counts_and_is_noted_once(place: Callable[..., Place], tmp_path: Path) -> None:
    """Beside the photos, and copies of it beside its backups."""
    here = place("sqlite", "folder", "here")
    cases = [here.store(photo) for photo in (b"kept", b"by a file", b"by a copy")]
    kept, by_file, by_copy = (case.public_id for case in cases)
    tokens = AccessTokens(here.engine)
    lost = tokens.create("lost phone", Role.EXTENSION, timedelta(days=9))
    assert here.run("backup", str(tmp_path / "backup")).exit_code == 0
    downgrade(tmp_path / "backup", "0016")
    moment = f"{now():%Y%m%dT%H%M%S}-0123456789abcdef"
    written = {tmp_path / "here" / "photos": f"case {by_file}\ntok", tmp_path: f"case {by_copy}\n"}
    written[tmp_path] += f"token {sha256_hex(lost.encode())}\nvisit {uuid4()}\nsomething new\n"
    for folder, lines in written.items():
        (folder / "deleted").mkdir()
        (folder / "deleted" / moment).write_text(lines)
        (folder / "deleted" / ".nfs0001").write_text("not ours")
    # Both releases run for a while, so the file of a deletion comes after it.
    CaseRepository(Cases(here.engine), here.photos).delete(cases[1].public_id)
    for _ in range(2):
        assert here.run("restore", "--replace", str(tmp_path / "backup")).exit_code == 0
        assert Cases(here.engine).known([kept, by_file, by_copy]) == {kept}
        assert [access.is_good(now()) for access in tokens.list()] == [False]
        # Its rows are in the database, so the night deletes the files beside the photos.
        assert here.run("forget").exit_code == 0
        assert [file.name for file in (tmp_path / "here" / "photos" / "deleted").iterdir()] == [".nfs0001"]
    assert set(Erasures(here.engine).find([kept, by_file, by_copy])) == {by_file, by_copy}


def test_a_phone_hears_after_a_restore_too_that_its_case_was_deleted(
    place: Callable[..., Place], tmp_path: Path
) -> None:
    """The case and its deletion are newer than the backup, or only the deletion is."""
    here = place("sqlite", "folder", "here")
    repository, later = CaseRepository(Cases(here.engine), here.photos), tmp_path / "later"
    requests = [KeyedRequest(letter * 32, "1" * 64) for letter in "abc"]
    before, after, withdrawn = requests

    def send(request: KeyedRequest) -> str:
        return store(repository, b"photo", request=request)[0].public_id

    first, last = now() - YEAR, now()
    repository.cases.note_deletion("sender", first)
    deleted = [send(before)]
    assert here.run("backup", str(tmp_path / "backup")).exit_code == 0
    deleted.append(send(after))
    for public_id in deleted:
        repository.delete(public_id)
    repository.withdraw(withdrawn.key)
    repository.cases.note_deletion("sender", last)
    assert here.run("restore", "--replace", str(tmp_path / "backup")).exit_code == 0
    for request in requests:
        with pytest.raises(DeletedCaseError):
            send(request)
    assert repository.cases.deleted_at("sender") == last
    # A damaged backup may know of more, so it is named, and nothing is done.
    later.mkdir()
    (later / "majani.sqlite3").write_bytes(b"SQLite format 3\0" + bytes(4096))
    rows = here.rows
    refused = here.run("restore", "--replace", str(tmp_path / "backup"))
    assert (refused.exit_code, str(later) in refused.stderr, here.rows) == (1, True, rows)


def test_a_backup_that_cannot_be_made_leaves_nothing_behind(
    place: Callable[..., Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "precious").mkdir()
    here = place("sqlite", "folder", "here")
    photo = tmp_path / "here" / "photos" / (here.store(b"photo" * 100_000).photos[0].path or "")

    def fails(*words: str) -> None:
        done = here.run(*words)
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "precious"]
        assert DailyJob.BACKUP not in DailyJobs(here.engine).ages()

    for words in (("backup", "precious"), ("backup", "copy.sqlite3"), ("restore", "precious")):
        fails(*words)
    _, unlimited = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, unlimited))
    try:
        fails("backup", "full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    # Nor one whose photos are away: none can be read, or none is there.
    photo.unlink()
    photo.mkdir()
    fails("backup", "unread")
    photo.rmdir()
    fails("backup", "unmounted")


def new_store(kind: str, request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty place for photos, whatever was there before."""
    if kind == "folder":
        shutil.rmtree(home / "photos", ignore_errors=True)
        return str(home / "photos")
    server: S3Server = request.getfixturevalue("s3")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    store = PhotoStore(url := f"s3://{BUCKET}/{home.name}")
    store.delete(path for day in store.days() for path in store.below(day.isoformat()))
    return url


def new_database(kind: str, name: str, request: pytest.FixtureRequest, home: Path) -> str:
    """An empty database, whatever was there before."""
    if kind == "sqlite":
        for file in home.glob("majani.sqlite3*"):
            file.unlink()
        return f"sqlite:///{home / 'majani.sqlite3'}"
    server: PostgreSql = request.getfixturevalue("postgresql")
    command(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    command(server, f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('migrated_database')}")
    return server.url.rpartition("/")[0] + f"/{name}"
