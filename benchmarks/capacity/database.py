"""What keeping a case costs a real PostgreSQL, and how large a case and its answer are."""

import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import text

from benchmarks.harness.databases import run_postgresql
from benchmarks.harness.measured import measured_all
from benchmarks.harness.postgresql import PostgreSql
from benchmarks.harness.process import cpu_s, family
from benchmarks.serving_speed.photo import SMALL, enlarge, pick
from serving.app import create_app
from serving.persistence.engine import connect
from serving.settings import Settings
from training.figures import Figure

COMMAND = "python -m benchmarks.capacity"
_CASES = 1500
_WARM_UP = 100
_PHOTOS = 12


def measure(mirror: Path) -> Mapping[str, Figure]:
    """Send cases with an idempotency key to the service, one after the other, and look at the database."""
    photos = [enlarge(source, SMALL) for source in pick(mirror, _PHOTOS)]
    with run_postgresql() as server, tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=server.url, photos_url=folder, rate_limit="1000000 per minute")
        client = create_app(settings).test_client()
        _send(client, photos, _WARM_UP)
        before_bytes, before_s = _size(server), cpu_s(_processes(server))
        answer_bytes = _send(client, photos, _CASES)
        # Connections are kept, so the process that did the work is still there.
        used_s, grown_bytes = cpu_s(_processes(server)) - before_s, _size(server) - before_bytes
    return measured_all(
        "capacity",
        COMMAND,
        ("database_cpu", "PostgreSQL: CPU time per case", 1000 * used_s / _CASES, "ms", _CASES),
        ("database_bytes", "PostgreSQL: size of a case with its indexes", grown_bytes / _CASES / 1000, "kB", _CASES),
        ("answer", "size of an answer", answer_bytes / 1000, "kB", _CASES),
        ("photo", "size of a 1024 px photo", sum(map(len, photos)) / len(photos) / 1000, "kB", len(photos)),
    )


def _send(client: FlaskClient, photos: list[bytes], cases: int) -> float:
    """Mean size of the answers in bytes."""
    sizes = []
    for number in range(cases):
        answer = client.post(
            "/v1/diagnoses",
            data=photos[number % len(photos)],
            content_type="image/jpeg",
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        if answer.status_code != 201:
            raise RuntimeError(f"the service answers {answer.status_code}: {answer.text[:200]}")
        sizes.append(len(answer.data))
    return sum(sizes) / len(sizes)


def _size(server: PostgreSql) -> int:
    with connect(server.url).connect() as connection:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def _processes(server: PostgreSql) -> list[int]:
    first = int((server.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    return family(first)
