"""Everything that a fault happens to: the service, its storage, its bundle."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from benchmarks.faults.clients import Load
from benchmarks.harness import disk, s3_server, wire
from benchmarks.harness.databases import run_postgresql
from benchmarks.harness.disk import SmallDisk
from benchmarks.harness.postgresql import PostgreSql
from benchmarks.harness.service import Service
from benchmarks.harness.wire import Wire
from majani.model.bundle import read_bundle, write_bundle


@dataclass(frozen=True)
class Storage:
    """Where cases and photos go, and what can be done to it."""

    database_url: str
    photos_url: str
    environment: Mapping[str, str]  # Further variables for the processes that use it
    # None unless the fault is about it; the wire leads to the database or the object store.
    postgresql: PostgreSql | None = None
    disk: SmallDisk | None = None
    wire: Wire | None = None

    @property
    def settings(self) -> dict[str, str]:
        own = {"MAJANI_DATABASE_URL": self.database_url, "MAJANI_PHOTOS_URL": self.photos_url}
        return own | dict(self.environment)


class Stored(Protocol):
    """Something under load, with storage to which things can be done."""

    @property
    def storage(self) -> Storage:
        """Where cases and photos go."""

    @property
    def load(self) -> Load:
        """Its clients."""


@dataclass(frozen=True)
class Scene:
    """What a fault is given."""

    service: Service
    storage: Storage
    load: Load
    bundle: Path  # A link to the folder that the service answers from
    work: Path  # Folder for what it makes
    port: int  # Where clients come in, which is nginx


@contextmanager
def sqlite_and_folder(work: Path) -> Iterator[Storage]:
    yield _in_folder(work)


@contextmanager
def sqlite_and_folder_on_small_disk(work: Path) -> Iterator[Storage]:
    """The same, on a disk that can be filled."""
    with disk.mount(work / "disk") as small_disk:
        yield _in_folder(small_disk.folder, disk=small_disk)


@contextmanager
def sqlite_on_small_disk(work: Path) -> Iterator[Storage]:
    with sqlite_and_folder_on_small_disk(work) as storage:
        yield replace(storage, photos_url=str(work / "photos"))


@contextmanager
def postgresql_and_folder(work: Path) -> Iterator[Storage]:
    with run_postgresql() as server:
        yield Storage(server.url, str(work / "photos"), {}, postgresql=server)


@contextmanager
def postgresql_on_a_wire(work: Path) -> Iterator[Storage]:
    """The same, but the service reaches PostgreSQL over a wire."""
    with postgresql_and_folder(work) as storage:
        assert storage.postgresql is not None  # noqa: S101 - of our own making
        with wire.lay(storage.postgresql.port) as to_server:
            url = replace(storage.postgresql, port=to_server.port).url
            yield replace(storage, database_url=url, wire=to_server)


@contextmanager
def sqlite_and_s3(work: Path) -> Iterator[Storage]:
    """SQLite, and photos in an object store at the end of a wire; this process may use it too."""
    with _photos_in_s3(_in_folder(work)) as storage:
        yield storage


@contextmanager
def postgresql_and_s3(work: Path) -> Iterator[Storage]:
    """What several machines share: a PostgreSQL, and an object store at the end of a wire."""
    with postgresql_and_folder(work) as storage, _photos_in_s3(storage) as with_s3:
        yield with_s3


@contextmanager
def _photos_in_s3(storage: Storage) -> Iterator[Storage]:
    with s3_server.run_server() as server, wire.lay(server.port) as to_store:
        environment = s3_server.client_environment(to_store.url)
        before = dict(os.environ)
        os.environ.update(environment)
        try:
            yield replace(storage, photos_url=f"s3://{s3_server.BUCKET}", environment=environment, wire=to_store)
        finally:
            os.environ.clear()
            os.environ.update(before)


def place_bundle(source: Path, work: Path) -> Path:
    link = work / "bundle"
    link.symlink_to(source.resolve())
    return link


def swap_bundle(link: Path, target: Path) -> None:
    """Have the link lead to another bundle from one moment to the next."""
    new = link.with_name("bundle.new")
    new.symlink_to(target.resolve())
    new.replace(link)


def other_version(source: Path, work: Path) -> tuple[Path, str]:
    """The folder and the version of the same bundle under another version."""
    bundle = read_bundle(source)
    version = f"2000-01-01-{bundle.manifest.model.sha256[:8]}"
    manifest = bundle.manifest.model_copy(update={"version": version})
    folder = work / "other_version"
    write_bundle(replace(bundle, manifest=manifest), folder)
    return folder, version


def cut_short(source: Path, work: Path) -> Path:
    """The same bundle with half a model, as an upload that broke off leaves it."""
    folder = work / "cut_short"
    shutil.copytree(source, folder)
    model = folder / "model.onnx"
    os.truncate(model, model.stat().st_size // 2)
    return folder


def _in_folder(folder: Path, *, disk: SmallDisk | None = None) -> Storage:
    return Storage(f"sqlite:///{folder / 'majani.sqlite3'}", str(folder / "photos"), {}, disk=disk)
