"""The folder in which the processes of one server share their metrics.

``prometheus_client`` reads its name when it is imported, so this module must not import it at the top.
"""

import os
import tempfile
from functools import cache
from pathlib import Path

from serving.telemetry import private_folder

_PREFIX = "majani-metrics-"
DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# In memory: a full disk must not stop counting, and the numbers end with the server anyway.
_MEMORY = Path("/dev/shm")  # noqa: S108 - the name below it is made up anew


@cache
def set_up() -> Path:
    """Make the folder of this server, tell all its processes, and delete the folders of servers that were killed.

    A server has one folder, however often gunicorn reads its configuration. A folder that the environment names
    already belongs to another server, which this one replaces.
    """
    parent = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    private_folder.remove_abandoned(_PREFIX, parent)
    directory, _lock = private_folder.make(f"{_PREFIX}{os.getpid()}-", parent)
    os.environ[DIRECTORY_VARIABLE] = str(directory)
    private_folder.remove_at_exit(directory)
    return directory


def restore() -> None:
    """Make the folder again if it is gone: systemd clears that memory when a user logs out (``RemoveIPC``)."""
    Path(os.environ[DIRECTORY_VARIABLE]).mkdir(mode=0o700, exist_ok=True)


def forget_process(process_id: int) -> None:
    """Remove the gauges of a process that has ended; its counters stay."""
    # Its import needs the folder.
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

    mark_process_dead(process_id)  # type: ignore[no-untyped-call]
