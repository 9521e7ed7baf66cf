"""Photos per second of ``majani bulk``, start included, against the bare loop on one core; all take turns."""

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.bulk.archive import rows, start, write_list
from benchmarks.measured import measured
from benchmarks.serving_speed.process import family, memory
from benchmarks.serving_speed.summary import slope
from training.figures import Figure

COMMAND = "python -m benchmarks.bulk speed"
_PROCESSES = 2
_SAMPLE_S = 1.0
# The bare loop is as quick on a third of the photos, and its turn must not take longest.
_BARE_SHARE = 3


@dataclass
class Measured:
    """One value per round.

    Attributes:
        bare_per_s: Photos per second of the bare loop.
        per_s: Likewise of each engine, all processes together.
        growth_mb: Memory that the process that grew most gained per 1,000 photos, with the local engine.
        peak_mb: Memory of all processes together at their largest, with the local engine.
    """

    bare_per_s: list[float] = field(default_factory=list)
    per_s: dict[str, list[float]] = field(default_factory=dict)
    growth_mb: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)

    def ratios(self, engine: str) -> list[float]:
        """Against as many bare loops as there are processes, one value per round."""
        pairs = zip(self.per_s[engine], self.bare_per_s, strict=True)
        return sorted(per_s / (_PROCESSES * bare_per_s) for per_s, bare_per_s in pairs)


def measure(photos: list[Path], work: Path, *, engines: tuple[str, ...], rounds: int) -> Measured:
    """Let all take turns.

    Raises:
        RuntimeError: If a run fails or leaves a photo out.
    """
    everything, some = write_list(photos, work / "all.txt"), write_list(photos[::_BARE_SHARE], work / "some.txt")
    result = Measured(per_s={engine: [] for engine in engines})
    for number in range(rounds):
        bare = [sys.executable, "-m", "benchmarks.bulk.bare_loop", str(some)]
        done = subprocess.run(bare, check=True, capture_output=True, text=True)  # noqa: S603 - our own module
        result.bare_per_s.append(1 / float(done.stdout))
        for engine in engines:
            output = work / f"{engine}-{number}"
            begun = time.perf_counter()
            process = start(everything, output, engine=engine, processes=_PROCESSES, log=work / "log")
            samples = _watch(process) if engine == "local" else []
            if process.wait() != 0 or sorted(rows(output)) != sorted(map(str, photos)):
                raise RuntimeError(f"{engine} failed: {(work / 'log').read_text(encoding='utf-8')[-2000:]}")
            result.per_s[engine].append(len(photos) / (time.perf_counter() - begun))
            if samples:
                _remember(result, samples, photos=len(photos))
        print(_line(result), flush=True)
    return result


def _watch(process: "subprocess.Popen[bytes]") -> list[dict[int, float]]:
    """Memory of each process in MB, second by second until the run ends."""
    samples = []
    while process.poll() is None:
        sample = {}
        for pid in family(process.pid):
            try:
                sample[pid] = memory(pid).rss_mb
            # Ended meanwhile.
            except (OSError, KeyError):
                continue
        samples.append(sample)
        time.sleep(_SAMPLE_S)
    return samples


def _remember(result: Measured, samples: list[dict[int, float]], *, photos: int) -> None:
    late = samples[len(samples) // 3 :]
    lasting = set.intersection(*(set(sample) for sample in late[:-1]))
    growth = [slope(list(range(len(late) - 1)), [sample[pid] for sample in late[:-1]]) for pid in lasting]
    result.growth_mb.append(max(growth) * len(samples) / photos * 1000)
    result.peak_mb.append(max(sum(sample.values()) for sample in samples))


def _line(result: Measured) -> str:
    engines = ", ".join(f"{engine} {per_s[-1]:.1f}" for engine, per_s in result.per_s.items())
    return f"photos/s: bare loop {result.bare_per_s[-1]:.1f}, {engines}; memory {result.peak_mb[-1]:.0f} MB in all"


def figures(result: Measured, *, photos: int) -> Mapping[str, Figure]:
    """What a document may state; an interval is the range of the rounds."""
    found = {}
    for engine in result.per_s:
        ratios = result.ratios(engine)
        found[f"bulk.{engine}.of_cores"] = measured(
            f"bulk, engine {engine}: photos per second on {_PROCESSES} cores against {_PROCESSES} x the bare loop's",
            round(statistics.median(ratios), 3),
            "x",
            n=photos,
            command=COMMAND,
            interval=(round(ratios[0], 3), round(ratios[-1], 3)),
        )
        found[f"bulk.{engine}.per_s"] = measured(
            f"bulk, engine {engine}: photos per second on {_PROCESSES} cores, start included",
            round(statistics.median(result.per_s[engine]), 1),
            "photos/s",
            n=photos,
            command=COMMAND,
        )
    for key, title, values, unit in (
        ("bare_per_s", "the bare loop on one core: photos per second", result.bare_per_s, "photos/s"),
        ("growth", "bulk: growth of a process's memory per 1,000 photos", result.growth_mb, "MB"),
        ("memory", "bulk: memory of all processes together at most", result.peak_mb, "MB"),
    ):
        value = round(statistics.median(values), 2)
        found[f"bulk.{key}"] = measured(title, value, unit, n=photos, command=COMMAND)
    return found
