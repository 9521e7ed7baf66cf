"""Does memory grow with the archive? The same photos several times over, so that new kinds of photo are no excuse."""

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bulk.archive import rows, start, write_list
from benchmarks.harness.measured import measured_all
from benchmarks.harness.process import GONE, family, resident_mb
from benchmarks.serving_speed.summary import slope
from training.figures import Figure

COMMAND = "python -m benchmarks.bulk memory"
_PROCESSES = 2
_REPEATS = 4
_SAMPLE_S = 1.0


@dataclass(frozen=True)
class Sample:
    """One moment of a run."""

    at_s: float  # Since its start
    by_process: Mapping[int, float]  # MB of each process by its id


@dataclass(frozen=True)
class Course:
    """What a run's memory did."""

    photos: int  # How many it diagnosed
    growth_mb: float  # Per 1,000 photos over the second half, of the process that grew most
    peak_mb: float  # Of all processes together


def watch(photos: list[Path], work: Path) -> Course:
    """Run over the archive several times in one, and look at every process each second."""
    everything = photos * _REPEATS
    process = start(write_list(everything, work / "all.txt"), work / "rows", processes=_PROCESSES, log=work / "log")
    samples = _samples(process)
    if process.wait() != 0 or len(rows(work / "rows")) != len(everything):
        raise RuntimeError((work / "log").read_text(encoding="utf-8")[-2000:])
    return course(samples, photos=len(everything))


def _samples(process: "subprocess.Popen[bytes]") -> list[Sample]:
    begun, samples = time.monotonic(), []
    while process.poll() is None:
        sample = {}
        for pid in family(process.pid):
            try:
                sample[pid] = resident_mb(pid)
            except GONE:
                continue
        samples.append(Sample(time.monotonic() - begun, sample))
        time.sleep(_SAMPLE_S)
    return samples


def course(samples: list[Sample], *, photos: int) -> Course:
    """What samples come to; the last ones, in which processes end, say nothing about growth."""
    late = samples[len(samples) // 2 : -2]
    lasting = set.intersection(*(set(sample.by_process) for sample in late))
    moments = [sample.at_s for sample in late]
    per_s = max(slope(moments, [sample.by_process[pid] for sample in late]) for pid in lasting)
    photos_per_s = photos / samples[-1].at_s
    peak_mb = max(sum(sample.by_process.values()) for sample in samples)
    return Course(photos, 1000 * per_s / photos_per_s, peak_mb)


def figures(found: Course) -> Mapping[str, Figure]:
    growth = "bulk: growth of a process's memory per 1,000 photos over the second half"
    return measured_all(
        "bulk.memory",
        COMMAND,
        ("growth", growth, found.growth_mb, "MB", found.photos),
        ("peak", "bulk: memory of all processes together at most", found.peak_mb, "MB", found.photos),
        digits=3,
    )
