"""A run that is killed again and again: is every photo in the output exactly once when it is whole at last?"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchmarks.bulk.archive import rows, start, write_list
from benchmarks.harness.measured import measured_all
from benchmarks.harness.process import family
from training.figures import Figure

COMMAND = "python -m benchmarks.bulk killed"
_PROCESSES, _SEED, _KILLS = 2, 1, 5


def measure(photos: list[Path], work: Path) -> Mapping[str, Figure]:
    """Kill a run at random moments, start it again each time, and let the last one end.

    By turns the first process dies alone, then everything at once, then one of the pool, which the run has to survive.
    """
    # Long enough for a start, short enough that all kills come before the end.
    seconds = (2.5, 2.5 + len(photos) / 1000)
    chance = random.Random(_SEED)  # noqa: S311 - no secret
    source, output, log = write_list(photos, work / "all.txt"), work / "rows", work / "log"
    process = start(source, output, processes=_PROCESSES, log=log)
    for number in range(_KILLS):
        time.sleep(chance.uniform(*seconds))
        if process.poll() is not None:
            raise RuntimeError(f"kill {number + 1} of {_KILLS} came too late; take more photos or less time")
        kind = ("first process", "all processes", "one of the pool")[number % 3]
        before = len(rows(output))
        _kill(process.pid, kind, chance)
        print(f"kill {number + 1}, {kind}, with {before} of {len(photos)} rows written", flush=True)
        if kind != "one of the pool":
            process.wait()
            process = start(source, output, processes=_PROCESSES, log=log)
    if process.wait() != 0:
        raise RuntimeError(log.read_text(encoding="utf-8")[-2000:])
    counts = Counter(rows(output))
    expected = set(map(str, photos))
    missing, repeated = len(expected - set(counts)), counts.total() - len(counts) + len(set(counts) - expected)
    title = f"bulk killed {_KILLS} times"
    return measured_all(
        "bulk.killed",
        COMMAND,
        ("missing", f"{title}: photos without a row at the end", missing, "photos", len(photos)),
        ("repeated", f"{title}: rows too many", repeated, "photos", len(photos)),
    )


def _kill(pid: int, kind: str, chance: random.Random) -> None:
    if kind == "first process":
        os.kill(pid, signal.SIGKILL)
    elif kind == "all processes":
        os.killpg(pid, signal.SIGKILL)
    else:
        os.kill(chance.choice(family(pid)[1:]), signal.SIGKILL)
