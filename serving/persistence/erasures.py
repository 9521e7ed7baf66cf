"""What was deleted, and who was shut out, as hashes in the database, so that no restored backup brings it back.

A row is written in the transaction that deletes, and is in every later backup. It is needed until the thing itself
would be too old to be kept: from then on ``store forget`` deletes it anyway if a backup brings it back.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, delete, inspect, select

from majani.model.bundle import sha256_hex
from serving.persistence.engine import database_failures, insert_latest, read_only
from serving.persistence.models import Erasure, IdempotencyKey
from serving.persistence.repository import Repository

# Both databases bound the values of one statement.
BATCH = 500


class Erased(StrEnum):
    """What a row is about: a case without or with photos, a visit, a revoked token, or a photo to teach."""

    CASE = "case"
    PHOTOS = "photos"
    VISIT = "visit"
    TOKEN = "token"  # noqa: S105 - not one
    TAUGHT = "taught"


def id_hash(public_id: str) -> str:
    """What is left of an id, or of a token's hash; ids of different kinds are never the same."""
    return sha256_hex(f"deleted {public_id}".encode())


def note_erased(connection: Connection, kind: Erased, ids: Iterable[str], moment: datetime) -> None:
    """Write down what this transaction deletes; a second time does no harm."""
    # In one order, or two transactions could wait for each other.
    hashes = sorted(map(id_hash, ids))
    note_hashes(connection, [{"kind": kind.value, "id_hash": one, "erased_at": moment} for one in hashes])


def note_hashes(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows; of two moments the later counts."""
    if rows:
        connection.execute(insert_latest(connection.engine, Erasure, "id_hash", "erased_at"), rows)


def carry(source: Engine, target: Engine) -> None:
    """Have a database know what another, which may be of an older release, knows to be gone.

    Keys of deleted cases are part of it: a phone that sends such a case again still hears that it was deleted.
    """
    noted = select(Erasure.id_hash, Erasure.kind, Erasure.erased_at)
    of_none = IdempotencyKey.case_id.is_(None)
    barred = select(IdempotencyKey.key_hash, IdempotencyKey.request_hash, IdempotencyKey.created_at).where(of_none)
    barring = insert_latest(target, IdempotencyKey, "key_hash", "created_at", where=of_none)
    with database_failures(), read_only(source).connect() as reader, target.begin() as writer:
        tables = inspect(reader).get_table_names()
        if Erasure.__tablename__ in tables:
            for rows in reader.execute(noted).mappings().partitions(BATCH):
                note_hashes(writer, [dict(row) for row in rows])
        if IdempotencyKey.__tablename__ in tables:
            for rows in reader.execute(barred).mappings().partitions(BATCH):
                writer.execute(barring, [dict(row) for row in rows])


class Erasures(Repository):
    """The table of what is gone."""

    def find(self, ids: Iterable[str]) -> Mapping[str, datetime]:
        """Which of these ids are of something that is gone, and since when."""
        by_hash = {id_hash(one): one for one in ids}
        asking = select(Erasure.id_hash, Erasure.erased_at).where(Erasure.id_hash.in_(by_hash))
        return {by_hash[hashed]: erased_at for hashed, erased_at in self._rows(asking)}

    def forget(self, ages: Mapping[Erased, timedelta]) -> None:
        """Delete the rows of what would be older by now than anything of its kind is kept."""
        for kind, age in ages.items():
            self._run(delete(Erasure).where(Erasure.kind == kind.value, Erasure.erased_at < self._clock() - age))
