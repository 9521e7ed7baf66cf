"""Processes that a measurement has started: their CPU time and memory, and those of all that they started."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

# Raised for a process that ends during a measurement, and for a dead one whose parent has not read its status yet.
GONE = psutil.NoSuchProcess


@dataclass(frozen=True)
class Memory:
    """Of one process, in MB of 10^6 bytes."""

    rss_mb: float  # All pages it has in memory, shared ones in full
    pss_mb: float  # The same with each shared page divided among those who share it


def family(pid: int) -> list[int]:
    """A process and all its living descendants, itself first."""
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except GONE:
        return [pid]


def kill_family(pid: int) -> None:
    """Kill a process and all its descendants, whatever groups they are in; some may end by themselves meanwhile."""
    for member in family(pid):
        with suppress(GONE):
            psutil.Process(member).kill()


def cpu_s(pids: Sequence[int]) -> float:
    """CPU seconds, of user and kernel, that living processes have used so far; what has ended meanwhile counts none."""
    used_s = 0.0
    for pid in pids:
        with suppress(GONE):
            times = psutil.Process(pid).cpu_times()
            used_s += times.user + times.system
    return used_s


def memory(pid: int) -> Memory:
    found = psutil.Process(pid).memory_full_info()
    return Memory(rss_mb=_of_the_living(pid, found.rss), pss_mb=found.pss / 1e6)


def resident_mb(pid: int) -> float:
    """Memory of one process, shared pages in full: what :func:`memory` says too, without going through every page."""
    return _of_the_living(pid, psutil.Process(pid).memory_info().rss)


def _of_the_living(pid: int, resident_bytes: int) -> float:
    # The system still lists a dead process until its parent reads its status. Such a process has no memory.
    if resident_bytes == 0:
        raise psutil.ZombieProcess(pid)
    return resident_bytes / 1e6
