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
_ENGINES = ("local", "ray")
# The bare loop is as quick on a third of the photos, and its turn must not take longest.
_BARE_SHARE = 3


def measure(photos: list[Path], work: Path, *, rounds: int) -> Mapping[str, Figure]:
    everything, some = write_list(photos, work / "all.txt"), write_list(photos[::_BARE_SHARE], work / "some.txt")
    bare_per_s: list[float] = []
    per_s: dict[str, list[float]] = {engine: [] for engine in _ENGINES}
    for number in range(rounds):
        bare = [sys.executable, "-m", "benchmarks.bulk.bare_loop", str(some)]
        done = subprocess.run(bare, check=True, capture_output=True, text=True)  # noqa: S603 - our own module
        bare_per_s.append(1 / float(done.stdout))
        for engine in _ENGINES:
            output = work / f"{engine}-{number}"
            begun = time.perf_counter()
            process = start(everything, output, engine=engine, processes=_PROCESSES, log=work / "log")
            if process.wait() != 0 or sorted(rows(output)) != sorted(map(str, photos)):
                raise RuntimeError(f"{engine} failed: {(work / 'log').read_text(encoding='utf-8')[-2000:]}")
            per_s[engine].append(len(photos) / (time.perf_counter() - begun))
    title = "the bare loop on one core: photos per second"
    found = measured_all(
        "bulk", COMMAND, ("bare_per_s", title, median(bare_per_s), "photos/s", len(photos[::_BARE_SHARE])), digits=1
    )
    for engine in _ENGINES:
        title = f"bulk, engine {engine}: photos per second on {_PROCESSES} cores"
        # Against as many bare loops as there are processes.
        against = ratios(per_s[engine], [_PROCESSES * bare for bare in bare_per_s])
        found[f"bulk.{engine}.of_cores"] = measured_rounds(
            f"{title} against {_PROCESSES} x the bare loop's", against, "x", n=len(photos), command=COMMAND, digits=3
        )
        row = ("per_s", f"{title}, start included", median(per_s[engine]), "photos/s", len(photos))
        found |= measured_all(f"bulk.{engine}", COMMAND, row, digits=1)
    return found
