"""Whether database and photos can be used now: asked when metrics are, so that nobody has to send a case first."""

import threading
from collections.abc import Callable, Mapping

from sqlalchemy import Engine, select

from serving.persistence.engine import StorageError, is_damaged
from serving.persistence.repository import read_session
from serving.telemetry.metrics import STORAGE_UP, Storage

# Storage that is there answers in milliseconds, and who asks for metrics waits for ten seconds.
_WAIT_S = 1.0

Probe = Callable[[], None]


def probe_database(engine: Engine) -> None:
    """Raise StorageError if the database does not answer, or its file is damaged."""
    if is_damaged(engine):
        raise StorageError("the file of the database is damaged")
    with read_session(engine) as session:
        session.execute(select(1))


def look_at_storage(probes: Mapping[Storage, Probe]) -> None:
    """Set the metric of each storage; one that does not answer soon is away, until its thread says otherwise."""
    threads = {one[0]: threading.Thread(target=_look, args=one, daemon=True) for one in probes.items()}
    for thread in threads.values():
        thread.start()
    for storage, thread in threads.items():
        thread.join(_WAIT_S)
        if thread.is_alive():
            STORAGE_UP.labels(storage).set(0)


def _look(storage: Storage, probe: Probe) -> None:
    try:
        probe()
    except StorageError:
        STORAGE_UP.labels(storage).set(0)
    else:
        STORAGE_UP.labels(storage).set(1)
