"""A restore of an older backup: what was deleted or revoked since must not come back.

The service and the operator's commands run as they are shipped. The database is lost; the photos are where they were,
and a later backup lies beside the restored one.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from benchmarks.faults import scene as scenes
from benchmarks.faults.clients import PATH
from benchmarks.faults.scene import Storage, place_bundle
from benchmarks.harness.asking import ask, ask_json
from benchmarks.harness.service import ROOT, Service
from serving.persistence.engine import connect, disposing, is_sqlite

NAME = "restored"
_CASES = 40
_STORES: Sequence[Callable[[Path], AbstractContextManager[Storage]]] = (
    scenes.sqlite_and_folder,
    scenes.postgresql_and_s3,
)


@dataclass(frozen=True)
class Restored:
    """What a restore did to deletions and revocations, and to the cases that were kept."""

    undone: int  # Cases and access tokens that came back
    deleted: int  # That were deleted or revoked between backup and restore
    lost: int  # Cases of the backup that are not there

    @property
    def is_good(self) -> bool:
        return not (self.undone or self.lost)


def restore_after_deletions(work: Path, bundle: Path, photos: Sequence[bytes]) -> Restored:
    """Over all kinds of storage."""
    done = []
    for number, storage in enumerate(_STORES):
        folder = work / str(number)
        folder.mkdir()
        with storage(folder) as place:
            done.append(_restore(place, folder, bundle, photos))
    return Restored(*(sum(counts) for counts in zip(*(vars(one).values() for one in done), strict=True)))


def _restore(storage: Storage, work: Path, bundle: Path, photos: Sequence[bytes]) -> Restored:
    def admin(*words: str) -> str:
        own = {"PYTHONPATH": str(ROOT), **storage.settings}
        command = (sys.executable, "-c", "from serving.app import admin; admin()", *words)
        done = subprocess.run(command, env=os.environ | own, cwd=work, check=True, capture_output=True, text=True)  # noqa: S603
        return done.stdout.strip()

    admin("store", "upgrade")
    token, admin_token = (admin("access", "create", "--name", role, "--role", role) for role in ("extension", "admin"))
    service = Service(work / "service", place_bundle(bundle, work), storage.settings)
    keys = [f"key-of-case-{number:010}" for number in range(_CASES)]

    def send(number: int) -> tuple[str, str]:
        headers = {"Idempotency-Key": keys[number]}
        status, answer = ask_json(service.port, "POST", PATH, photos[number % len(photos)], headers)
        assert status == 201, answer  # noqa: S101 - nothing is broken yet
        return f"/v1/diagnoses/{answer['id']}", answer["token"]

    def status_of(method: str, path: str, token: str | None = None, key: str = "") -> int:
        headers = {"Idempotency-Key": key} if token is None else {"Authorization": f"Bearer {token}"}
        return ask(service.port, method, path, headers=headers)[0]

    kept = set(range(0, _CASES, 4))
    with service:
        sent = [send(number) for number in range(_CASES)]
        admin("store", "backup", str(work / "backup"))
        for number in set(range(_CASES)) - kept:
            path, own = sent[number]
            ways = ((path, own), (path, admin_token), ("/v1/diagnoses", None))
            where, whose = ways[number % 4 - 1]
            assert status_of("DELETE", where, whose, keys[number]) == 204  # noqa: S101
        admin("access", "revoke", "1")
        admin("store", "backup", str(work / "later"))
    _lose(storage.database_url)
    admin("store", "restore", str(work / "backup"))
    with service:
        there = {number for number, case in enumerate(sent) if status_of("GET", *case) == 200}
        is_good = status_of("GET", "/v1/access", token) == 200
    return Restored(len(there - kept) + is_good, _CASES - len(kept) + 1, len(kept - there))


def _lose(database_url: str) -> None:
    with disposing(connect(database_url, is_patient=True)) as engine:
        if is_sqlite(engine):
            Path(engine.url.database or "").unlink()
            return
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
