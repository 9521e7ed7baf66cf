"""The service that the phone talks to: as it is run, with a database and photos of its own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.harness import service
from benchmarks.harness.service import ROOT
from benchmarks.serving_speed.server import database_url, prepare_database
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect
from training.artifacts.files import CURRENT_DIR


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    database_url: str

    def make_token(self, role: Role = Role.EXTENSION) -> str:
        """Make an access token."""
        with self._access() as tokens:
            return tokens.create("Field phone", role, timedelta(days=180))

    def replace_token(self, token: str) -> str:
        """Revoke an access token, and make one for the same worker for three days."""
        with self._access() as tokens:
            return tokens.replace(tokens.find(token).id, timedelta(days=3))

    def worker_id(self, token: str) -> int:
        with self._access() as tokens:
            return tokens.find(token).worker_id

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """What is in its database."""
        with closing(sqlite3.connect(self.database_url.removeprefix("sqlite:///"))) as database:
            return database.execute(query, values).fetchall()

    @contextmanager
    def _access(self) -> Iterator[AccessTokens]:
        engine = connect(self.database_url)
        yield AccessTokens(engine)
        engine.dispose()


@contextmanager
def run_service(
    work: Path,
    *,
    bundle: Path = ROOT / CURRENT_DIR,
    app: Path = ROOT / "web/dist",
    examples: Path | str = "",
    **settings: str,
) -> Iterator[Service]:
    """Run it on a folder; ``settings`` by their names without prefix, such as ``OFFICE_NAME``."""
    prepare_database(work)
    own = {"DATABASE_URL": database_url(work), "PHOTOS_URL": work / "photos", "APP_DIR": app, "EXAMPLES_DIR": examples}
    own |= settings
    given = {f"MAJANI_{name}": str(value) for name, value in own.items()}
    with service.Service(work / "home", bundle, given) as running:
        # Browsers trust this name like an encrypted connection.
        yield Service(f"http://localhost:{running.port}", database_url(work))
