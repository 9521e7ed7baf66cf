"""What is really kept, read from the database and the photo store without the service, beside what was acknowledged."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

from PIL import Image
from sqlalchemy import Engine, text

from benchmarks.faults.clients import SentCase
from majani.model.bundle import sha256_hex
from serving.cases.photo_store import PhotoStore, decode_and_strip
from serving.cases.repository import CaseRepository
from serving.persistence.cases import Cases
from serving.persistence.engine import connect

_ROWS = """
SELECT cases.public_id, cases.token_hash, photos.path, keys.key_hash
FROM cases
LEFT JOIN photos ON photos.case_id = cases.id
LEFT JOIN idempotency_keys AS keys ON keys.case_id = cases.id
-- Who sent neither a key nor photos to keep counts on nothing.
WHERE photos.path IS NOT NULL OR keys.key_hash IS NOT NULL
"""
_LONG_S = timedelta(days=36500)
# An object store takes its time.
_READERS = 4


@dataclass(frozen=True)
class Row:
    """A case in the database, with its photo and its key; more than one of either makes more rows."""

    public_id: str
    token_hash: str
    path: str | None
    key_hash: str | None


@dataclass(frozen=True)
class Truth:
    """What was found."""

    lost: Sequence[str]  # What is wrong with acknowledged cases that are not there, or not whole
    duplicated: Sequence[str]  # What is there more often than it was sent
    stray_photos: int  # Files that belong to no case
    swept: int  # How many of them the retention job found


def read_truth(database_url: str, photos_url: str, cases: Iterable[SentCase], photos: Sequence[bytes]) -> Truth:
    engine, store = connect(database_url, is_patient=True), PhotoStore(photos_url)
    try:
        rows = _rows(engine)
        sent = {sha256_hex(case.key.encode()): case for case in cases}
        lost = _lost(rows, sent) + _broken_photos(rows, sent, store, [decode_and_strip(photo)[1] for photo in photos])
        files = _files(store)
        repository = CaseRepository(Cases(engine), store, clock=lambda: datetime.now(UTC) + timedelta(days=2))
        forgotten = repository.forget({False: _LONG_S, True: _LONG_S})
        left = _files(store)
    finally:
        engine.dispose()
    named = {row.path for row in rows}
    lost += [f"{path}: swept though a case names it" for path in named & (files - left)]
    lost += [f"{path}: stray and not swept" for path in left - named]
    return Truth(lost, _duplicated(rows, sent), len(files - named), forgotten.stray_photos)


def _rows(engine: Engine) -> list[Row]:
    with engine.connect() as connection:
        return [Row(*row) for row in connection.execute(text(_ROWS))]


def _files(store: PhotoStore) -> set[str]:
    # The load may have run over midnight.
    days = {datetime.now(UTC).date() - timedelta(days=days) for days in (0, 1)}
    return {path for day in days for path in store.below(day.isoformat())}


def _lost(rows: Sequence[Row], sent: Mapping[str, SentCase]) -> list[str]:
    found = {row.key_hash: row for row in rows}
    lost = []
    for key_hash, case in sent.items():
        row = found.get(key_hash)
        if case.id is None:
            continue
        if row is None or row.public_id != case.id:
            lost.append(f"{case.id}: acknowledged, but its key leads to {row and row.public_id}")
        elif case.token is None or row.token_hash != sha256_hex(case.token.encode()):
            lost.append(f"{case.id}: its token does not fit")
    return lost


def _broken_photos(
    rows: Sequence[Row], sent: Mapping[str, SentCase], store: PhotoStore, expected: Sequence[bytes]
) -> list[str]:
    def wrong(row: Row) -> str | None:
        case = sent.get(row.key_hash or "")
        if row.path is None or case is None:
            return f"{row.public_id}: a case without {'photo' if case else 'key'}"
        try:
            kept = store.read(row.path)
            Image.open(BytesIO(kept), formats=("JPEG",)).load()
        except OSError as error:
            return f"{row.public_id}: its photo cannot be read ({type(error).__name__})"
        return None if kept == expected[case.photo] else f"{row.public_id}: has another case's photo"

    with ThreadPoolExecutor(_READERS) as pool:
        return [one for one in pool.map(wrong, rows) if one]


def _duplicated(rows: Sequence[Row], sent: Mapping[str, SentCase]) -> list[str]:
    ids, keys = Counter(row.public_id for row in rows), Counter(row.key_hash for row in rows)
    unknown = [f"{row.public_id}: under a key that nobody sent" for row in rows if row.key_hash not in sent]
    return unknown + [f"{one}: {count} times" for one, count in [*ids.items(), *keys.items()] if count > 1]
