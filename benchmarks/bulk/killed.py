"""A run that is killed again and again: is every photo in the output exactly once when it is whole at last?"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bulk.archive import rows, start, write_list
from benchmarks.harness.measured import measured_all
from benchmarks.harness.process import family
from training.figures import Figure

COMMAND = "python -m benchmarks.bulk killed"
_PROCESSES = 2


@dataclass(frozen=True)
class Verdict:
    """What came out."""

    photos: int  # In the archive
    kills: int  # Of which each is one that hit a run under way
    missing: int  # Photos without a row
    repeated: int  # Rows too many

    @property
    def is_bad(self) -> bool:
        return bool(self.missing or self.repeated)


def kill_and_go_on(photos: list[Path], work: Path, *, kills: int, seconds: tuple[float, float], seed: int) -> Verdict:
    """Kill a run at random moments, start it again each time, and let the last one end.

    By turns the first process dies alone, then everything at once, then one of the pool, which the run has to survive.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    source, output, log = write_list(photos, work / "all.txt"), work / "rows", work / "log"
    process = start(source, output, processes=_PROCESSES, log=log)
    for number in range(kills):
        time.sleep(chance.uniform(*seconds))
        if process.poll() is not None:
            raise RuntimeError(f"kill {number + 1} of {kills} came too late; take more photos or less time")
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
    return Verdict(
        photos=len(photos),
        kills=kills,
        missing=len(expected - set(counts)),
        repeated=counts.total() - len(counts) + len(set(counts) - expected),
    )


def _kill(pid: int, kind: str, chance: random.Random) -> None:
    if kind == "first process":
        os.kill(pid, signal.SIGKILL)
    elif kind == "all processes":
        os.killpg(pid, signal.SIGKILL)
    else:
        os.kill(chance.choice(family(pid)[1:]), signal.SIGKILL)


def figures(verdict: Verdict) -> Mapping[str, Figure]:
    title, photos = f"bulk killed {verdict.kills} times", verdict.photos
    return measured_all(
        "bulk.killed",
        COMMAND,
        ("missing", f"{title}: photos without a row at the end", verdict.missing, "photos", photos),
        ("repeated", f"{title}: rows too many", verdict.repeated, "photos", photos),
    )
