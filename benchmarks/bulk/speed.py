"""Photos per second of ``majani bulk``, start included, against the bare loop on one core; all take turns."""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from benchmarks.bulk.archive import rows, start, write_list
from benchmarks.harness.measured import measured_all, measured_rounds
from benchmarks.serving_speed.summary import ratios
from training.figures import Figure

COMMAND = "python -m benchmarks.bulk speed"
_PROCESSES = 2
# The bare loop is as quick on a third of the photos, and its turn must not take longest.
_BARE_SHARE = 3


def measure(photos: list[Path], work: Path, *, rounds: int) -> Mapping[str, Figure]:
    everything, some = write_list(photos, work / "all.txt"), write_list(photos[::_BARE_SHARE], work / "some.txt")
    bare_per_s: list[float] = []
    per_s: list[float] = []
    for number in range(rounds):
        bare = [sys.executable, "-m", "benchmarks.bulk.bare_loop", str(some)]
        done = subprocess.run(bare, check=True, capture_output=True, text=True)  # noqa: S603 - our own module
        bare_per_s.append(1 / float(done.stdout))
        output = work / f"rows-{number}"
        begun = time.perf_counter()
        process = start(everything, output, processes=_PROCESSES, log=work / "log")
        if process.wait() != 0 or sorted(rows(output)) != sorted(map(str, photos)):
            raise RuntimeError((work / "log").read_text(encoding="utf-8")[-2000:])
        per_s.append(len(photos) / (time.perf_counter() - begun))
    bare_title = "the bare loop on one core: photos per second"
    title = f"bulk: photos per second on {_PROCESSES} cores"
    found = measured_all(
        "bulk",
        COMMAND,
        ("bare_per_s", bare_title, median(bare_per_s), "photos/s", len(photos[::_BARE_SHARE])),
        ("local.per_s", f"{title}, start included", median(per_s), "photos/s", len(photos)),
        digits=1,
    )
    # Against as many bare loops as there are processes.
    against = ratios(per_s, [_PROCESSES * bare for bare in bare_per_s])
    found["bulk.local.of_cores"] = measured_rounds(
        f"{title} against {_PROCESSES} x the bare loop's", against, "x", n=len(photos), command=COMMAND, digits=3
    )
    return found
