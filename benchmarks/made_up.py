"""Requests made up from ``/openapi.json``, by strangers, programs and every role: server errors, and dead connections.

    python -m benchmarks.made_up [--examples 110] [--record]

Schemathesis makes them up and follows links from answer to answer; the service runs under gunicorn, as it is shipped.
A connection is dead if it ends without an answer.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import schemathesis
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

from benchmarks.harness.measured import measured_all
from benchmarks.harness.service import Service
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect, disposing
from training.artifacts.files import CURRENT_DIR
from training.figures import record

# Of each kind for each operation: all together are 24,000 requests.
_FULL = 110
_SEED = 1
_SERVER_ERROR = 500


def asked(url: str, token: str | None, examples: int) -> Iterator[int]:
    """The status of each answer; 0 for a dead connection."""
    auth = {} if token is None else {"auth": {"openapi": {"AccessToken": {"bearer": token}}}}
    generation = {"max-examples": examples, "deterministic": True, "database": "none"}
    config = SchemathesisConfig.from_dict({"seed": _SEED, "generation": generation, **auth})
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            for sent in event.recorder.interactions.values():
                yield 0 if sent.response is None else sent.response.status_code
        elif isinstance(event, events.NonFatalError):
            print(f"{event.label}: {event.value!r}")


def main() -> int:
    """Ask as everybody in turn, print what came of it, and publish a full run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.made_up", description=__doc__)
    parser.add_argument("--examples", type=int, default=_FULL, help="of each kind for each operation")
    parser.add_argument("--record", action="store_true", help=f"publish a run of {_FULL} or more")
    wanted = parser.parse_args()
    statuses = Counter[int]()
    with tempfile.TemporaryDirectory(prefix="majani-made-up-") as folder:
        kept = {"MAJANI_DATABASE_URL": f"sqlite:///{folder}/majani.sqlite3", "MAJANI_PHOTOS_URL": f"{folder}/photos"}
        with Service(Path(folder) / "home", CURRENT_DIR.resolve(), kept) as service:
            with disposing(connect(kept["MAJANI_DATABASE_URL"])) as database:
                tokens = {role: AccessTokens(database).create(role, role, timedelta(days=1)) for role in Role}
            for name, token in [("nobody", None), *tokens.items()]:
                found = Counter(asked(f"http://127.0.0.1:{service.port}", token, wanted.examples))
                statuses += found
                print(
                    f"{name:10}", ", ".join(f"{count} x {status or 'dead'}" for status, count in sorted(found.items()))
                )
    requests, dead = statuses.total(), statuses[0]
    errors = sum(count for status, count in statuses.items() if status >= _SERVER_ERROR)
    print(f"{requests} requests: {errors} server errors, {dead} dead connections")
    if wanted.record and wanted.examples >= _FULL:
        what, command = "requests made up from the description", "python -m benchmarks.made_up --record"
        rows = (("errors", f"{what}: server errors", errors), ("dead", f"{what}: connections without an answer", dead))
        record(measured_all("made_up", command, *((key, title, bad, "requests", requests) for key, title, bad in rows)))
    return 1 if errors or dead else 0


if __name__ == "__main__":
    sys.exit(main())
