"""What the kernel says about processes: their CPU time and memory, and those of all that they started."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_KB = re.compile(r"^(Rss|Pss):\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Memory:
    """Of one process, in MB of 10^6 bytes.

    Attributes:
        rss_mb: All pages it has in memory, shared ones in full.
        pss_mb: The same with each shared page divided among those who share it.
    """

    rss_mb: float
    pss_mb: float


def family(pid: int) -> list[int]:
    """A process and all its living descendants, itself first."""
    found = [pid]
    for parent in found:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        # Ended meanwhile.
        except OSError:
            continue
    return found


def cpu_s(pids: list[int]) -> float:
    """CPU seconds, of user and kernel, that living processes have used so far; what has ended meanwhile counts none."""
    return sum(_cpu_s(pid) for pid in pids)


def _cpu_s(pid: int) -> float:
    try:
        return parse_cpu_s(Path(f"/proc/{pid}/stat").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def parse_cpu_s(stat: str) -> float:
    """CPU seconds from the text of ``/proc/<pid>/stat``; the name in it may hold blanks and brackets."""
    after_name = stat.rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / _TICKS_PER_S


def memory(pid: int) -> Memory:
    """Memory of one process."""
    return parse_memory(Path(f"/proc/{pid}/smaps_rollup").read_text())


def resident_mb(pid: int) -> float:
    """Memory of one process, shared pages in full: what :func:`memory` says too, without going through every page."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * _PAGE_BYTES / 1e6


def parse_memory(rollup: str) -> Memory:
    """Memory from the text of ``/proc/<pid>/smaps_rollup``."""
    kb = {name: int(value) for name, value in _KB.findall(rollup)}
    return Memory(rss_mb=kb["Rss"] * 1024 / 1e6, pss_mb=kb["Pss"] * 1024 / 1e6)
