"""Photos per second of ``majani bulk``, start included, against the bare loop on one core; all take turns."""

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.bulk.archive import rows, start, write_list
from benchmarks.harness.measured import measured, measured_rounds
from training.figures import Figure

COMMAND = "python -m benchmarks.bulk speed"
_PROCESSES = 2
# The bare loop is as quick on a third of the photos, and its turn must not take longest.
_BARE_SHARE = 3


@dataclass
class Measured:
    """One value per round."""

    bare_per_s: list[float] = field(default_factory=list)  # Photos per second of the bare loop
    per_s: dict[str, list[float]] = field(default_factory=dict)  # Likewise of each engine, all processes together

    def ratios(self, engine: str) -> list[float]:
        """Against as many bare loops as there are processes, one value per round."""
        pairs = zip(self.per_s[engine], self.bare_per_s, strict=True)
        return [per_s / (_PROCESSES * bare_per_s) for per_s, bare_per_s in pairs]


def measure(photos: list[Path], work: Path, *, engines: tuple[str, ...], rounds: int) -> Measured:
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
            if process.wait() != 0 or sorted(rows(output)) != sorted(map(str, photos)):
                raise RuntimeError(f"{engine} failed: {(work / 'log').read_text(encoding='utf-8')[-2000:]}")
            result.per_s[engine].append(len(photos) / (time.perf_counter() - begun))
        print(_line(result), flush=True)
    return result


def _line(result: Measured) -> str:
    engines = ", ".join(f"{engine} {per_s[-1]:.1f}" for engine, per_s in result.per_s.items())
    return f"photos/s: bare loop {result.bare_per_s[-1]:.1f}, {engines}"


def figures(result: Measured, *, photos: int) -> Mapping[str, Figure]:
    found = {}
    for engine in result.per_s:
        title = f"bulk, engine {engine}: photos per second on {_PROCESSES} cores"
        found[f"bulk.{engine}.of_cores"] = measured_rounds(
            f"{title} against {_PROCESSES} x the bare loop's",
            result.ratios(engine),
            "x",
            n=photos,
            command=COMMAND,
            digits=3,
        )
        found[f"bulk.{engine}.per_s"] = measured(
            f"{title}, start included",
            round(statistics.median(result.per_s[engine]), 1),
            "photos/s",
            n=photos,
            command=COMMAND,
        )
    found["bulk.bare_per_s"] = measured(
        "the bare loop on one core: photos per second",
        round(statistics.median(result.bare_per_s), 1),
        "photos/s",
        n=-(-photos // _BARE_SHARE),
        command=COMMAND,
    )
    return found
