"""Does memory grow with the archive? The same photos several times over, so that new kinds of photo are no excuse."""

import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from statistics import linear_regression

from benchmarks.bulk.archive import rows, start, write_list
from benchmarks.harness.measured import measured_all
from benchmarks.harness.process import GONE, family, resident_mb
from training.figures import Figure

COMMAND = "python -m benchmarks.bulk memory"
_PROCESSES = 2
_REPEATS = 4
_SAMPLE_S = 1.0


def measure(photos: list[Path], work: Path) -> Mapping[str, Figure]:
    """Run over the archive several times in one, and look at every process each second."""
    everything = photos * _REPEATS
    process = start(write_list(everything, work / "all.txt"), work / "rows", processes=_PROCESSES, log=work / "log")
    samples = _samples(process)
    if process.wait() != 0 or len(rows(work / "rows")) != len(everything):
        raise RuntimeError((work / "log").read_text(encoding="utf-8")[-2000:])
    # The last samples, in which processes end, say nothing about growth.
    late = samples[len(samples) // 2 : -2]
    moments = [at_s for at_s, _ in late]
    lasting = set.intersection(*(set(by_process) for _, by_process in late))
    growth_mb_per_s = max(
        linear_regression(moments, [by_process[pid] for _, by_process in late]).slope for pid in lasting
    )
    photos_per_s = len(everything) / samples[-1][0]
    title = "bulk: growth of a process's memory per 1,000 photos over the second half"
    peak_mb = max(sum(by_process.values()) for _, by_process in samples)
    return measured_all(
        "bulk.memory",
        COMMAND,
        ("growth", title, 1000 * growth_mb_per_s / photos_per_s, "MB", len(everything)),
        ("peak", "bulk: memory of all processes together at most", peak_mb, "MB", len(everything)),
        digits=3,
    )


def _samples(process: "subprocess.Popen[bytes]") -> list[tuple[float, dict[int, float]]]:
    """Seconds since the start, and MB of each process by its id."""
    begun, samples = time.monotonic(), []
    while process.poll() is None:
        sample = {}
        for pid in family(process.pid):
            with suppress(GONE):
                sample[pid] = resident_mb(pid)
        samples.append((time.monotonic() - begun, sample))
        time.sleep(_SAMPLE_S)
    return samples
