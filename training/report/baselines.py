"""What others publish of themselves, to stand beside our own figures: ``reports/peers.yaml``."""

from pathlib import Path

import yaml
from pydantic import HttpUrl, TypeAdapter

from majani.frozen import FrozenModel

PEERS_FILE = Path("reports/peers.yaml")


class Peer(FrozenModel):
    """A published figure of another system, ``beside`` our nearest; ``differs`` says why it is not quite comparable."""

    beside: str
    who: str
    value: float
    unit: str
    n: int | None = None
    source: HttpUrl
    differs: str | None = None


_FILE = TypeAdapter(tuple[Peer, ...])


def read_peers(path: Path = PEERS_FILE) -> tuple[Peer, ...]:
    """All figures of others; an absent file holds none, and pydantic refuses an entry without a source."""
    return _FILE.validate_python(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.exists() else ()
