"""Train the same for a few minutes in one process and in two, each on a core of its own, and compare.

    python -m benchmarks.training_processes

Needs the photos of the pipeline: ``dvc repro split``.
"""

import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel

from training.figures import Figure, library_versions, listing, record, this_machine
from training.intervals import difference_interval
from training.params import read_params

COMMAND = "python -m benchmarks.training_processes"
_MODULE = "benchmarks.training_processes.one"
_PROCESSES = 2


class Result(BaseModel):
    """What one training reports.

    Attributes:
        seconds: Of each epoch's training.
        right: Of each validation photo, after the last epoch.
        groups: Likewise, its group.
    """

    seconds: list[float]
    photos_per_epoch: int
    right: list[bool]
    groups: list[str]

    @property
    def per_s(self) -> float:
        """Photos per second of all processes together; the first epoch, which warms up, left out."""
        return self.photos_per_epoch / statistics.median(self.seconds[1:])

    @property
    def top1(self) -> float:
        """Share of validation photos that are right."""
        return statistics.mean(self.right)


def train(processes: int, work: Path, *options: str) -> Result:
    """Train once, in so many processes."""
    target = work / "result.json"
    torchrun = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [sys.executable, *(torchrun if processes > 1 else []), "-m", _MODULE, str(target), *options]
    with (work / "log").open("wb") as log:
        done = subprocess.run(command, check=False, stdout=log, stderr=log)  # noqa: S603 - our own module
    if done.returncode:
        raise RuntimeError((work / "log").read_text(encoding="utf-8", errors="replace")[-3000:])
    return Result.model_validate_json(target.read_text(encoding="utf-8"))


def figures(one: Result, two: Result, half: Result) -> dict[str, Figure]:
    """What a document may state."""
    params = read_params().evaluate
    low, high = difference_interval(
        np.array(two.right),
        np.array(one.right),
        pd.Series(one.groups),
        resamples=params.resamples,
        seed=params.seed,
    )

    def figure(title: str, value: float, unit: str, n: int, interval: tuple[float, float] | None = None) -> Figure:
        return Figure(
            title=title,
            value=value,
            unit=unit,
            n=n,
            low=None if interval is None else interval[0],
            high=None if interval is None else interval[1],
            command=COMMAND,
            date=datetime.now(UTC).date(),
            versions=library_versions(),
            machine=this_machine(),
        )

    epochs, photos = len(one.seconds), len(one.right)
    ratios = sorted(
        alone / together / _PROCESSES for alone, together in zip(one.seconds[1:], two.seconds[1:], strict=True)
    )
    return {
        "training.processes.half_batch": figure(
            f"one process whose batches are those of one of {_PROCESSES}: photos per second against whole batches",
            round(half.per_s / one.per_s, 3),
            "x",
            len(half.seconds) - 1,
        ),
        "training.processes.speed": figure(
            f"training in {_PROCESSES} processes on a core each: photos per second and process against one alone",
            round(two.per_s / one.per_s / _PROCESSES, 3),
            "x",
            epochs - 1,
            (round(ratios[0], 3), round(ratios[-1], 3)),
        ),
        "training.processes.top1_one": figure(
            f"top-1 on validation photos after {epochs} epochs in one process", round(100 * one.top1, 2), "%", photos
        ),
        "training.processes.top1_difference": figure(
            f"the same in {_PROCESSES} processes, less that",
            round(100 * (two.top1 - one.top1), 2),
            "points",
            photos,
            (round(100 * low, 2), round(100 * high, 2)),
        ),
    }


def main() -> int:
    """Train, compare and record."""
    with tempfile.TemporaryDirectory(prefix="majani-processes-") as name:
        one = train(1, Path(name))
        print(f"one process: {one.per_s:.1f} photos/s, top-1 {100 * one.top1:.1f} %", flush=True)
        two = train(_PROCESSES, Path(name))
        print(f"{_PROCESSES} processes: {two.per_s:.1f} photos/s, top-1 {100 * two.top1:.1f} %", flush=True)
        half = train(1, Path(name), "--parts", str(_PROCESSES), "--epochs", "2")
        print(f"one process with its share of a batch: {half.per_s:.1f} photos/s", flush=True)
    found = figures(one, two, half)
    record(found)
    print(listing(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
