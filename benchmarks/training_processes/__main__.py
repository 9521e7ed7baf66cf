"""Train the same for a few minutes in one process and in two, each on a core of its own, and compare.

Two take longer than half of one's time for three reasons, of which two are measured apart: a process has the share of a
batch only, and cores that work at the same time share memory and caches. The rest is what they tell each other.

    python -m benchmarks.training_processes

Needs the photos of the pipeline: ``dvc repro split``.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel

from benchmarks.harness.measured import measured, measured_all
from training.evaluation.intervals import difference_interval
from training.figures import Figure, listing, record
from training.settings import read_params

COMMAND = "python -m benchmarks.training_processes"
_MODULE = "benchmarks.training_processes.one"
_PROCESSES = 2


class Result(BaseModel):
    """What one training reports."""

    seconds: list[float]  # Of each epoch's training
    photos_per_epoch: int
    right: list[bool]  # Of each validation photo, after the last epoch
    groups: list[str]  # Likewise, its group

    @property
    def per_s(self) -> float:
        """Photos per second of all processes together; the first epoch, which warms up, left out."""
        return self.photos_per_epoch / statistics.median(self.seconds[1:])

    @property
    def top1(self) -> float:
        return statistics.mean(self.right)


def train(processes: int, work: Path, *options: str) -> Result:
    torchrun = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    with _started(work, *(torchrun if processes > 1 else []), options=options) as training:
        return training()


def train_beside_each_other(work: Path, *options: str) -> list[Result]:
    """As many trainings at the same time as there are processes elsewhere, which know nothing of each other."""
    with ExitStack() as running:
        folders = [work / str(core) for core in range(_PROCESSES)]
        trainings = []
        for core, folder in enumerate(folders):
            folder.mkdir()
            trainings.append(running.enter_context(_started(folder, options=(*options, "--core", str(core)))))
        return [training() for training in trainings]


@contextmanager
def _started(work: Path, *how: str, options: Sequence[str]) -> Iterator[Callable[[], Result]]:
    target = work / "result.json"
    command = [sys.executable, *how, "-m", _MODULE, str(target), *options]

    def result() -> Result:
        if process.wait():
            raise RuntimeError((work / "log").read_text(encoding="utf-8", errors="replace")[-3000:])
        return Result.model_validate_json(target.read_text(encoding="utf-8"))

    with (work / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:  # noqa: S603
        try:
            yield result
        finally:
            process.terminate()


def figures(one: Result, two: Result, half: Result, beside: Sequence[Result]) -> dict[str, Figure]:
    params, count = read_params().evaluate, _PROCESSES
    right, groups = (np.array(two.right), np.array(one.right)), pd.Series(one.groups)
    low, high = difference_interval(*right, groups, resamples=params.resamples, seed=params.seed)
    epochs, photos = len(one.seconds), len(one.right)
    half_batch = f"one process whose batches are those of one of {count}: photos per second against whole batches"
    apart = f"{count} trainings at the same time that know nothing of each other: photos per second of each against one"
    speed = f"training in {count} processes on a core each: photos per second and process against one alone"
    beside_per_s = statistics.mean(each.per_s for each in beside)
    prefix = "training.processes"
    ratios = measured_all(
        prefix,
        COMMAND,
        ("half_batch", half_batch, half.per_s / one.per_s, "x", len(half.seconds) - 1),
        ("beside", apart, beside_per_s / half.per_s, "x", len(half.seconds) - 1),
        ("speed", speed, two.per_s / one.per_s / count, "x", epochs - 1),
        digits=3,
    )
    title = f"top-1 on validation photos after {epochs} epochs in one process"
    top1 = measured_all(prefix, COMMAND, ("top1_one", title, 100 * one.top1, "%", photos))
    difference = measured(
        f"top-1 after {epochs} epochs in {count} processes, less that in one",
        round(100 * (two.top1 - one.top1), 2),
        "points",
        n=photos,
        command=COMMAND,
        interval=(round(100 * low, 2), round(100 * high, 2)),
    )
    found = ratios | top1 | {f"{prefix}.top1_difference": difference}
    # The networks are thrown away.
    return {key: figure.of_no_bundle() for key, figure in found.items()}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="majani-processes-") as name:
        one = train(1, Path(name))
        print(f"one process: {one.per_s:.1f} photos/s, top-1 {100 * one.top1:.1f} %", flush=True)
        two = train(_PROCESSES, Path(name))
        print(f"{_PROCESSES} processes: {two.per_s:.1f} photos/s, top-1 {100 * two.top1:.1f} %", flush=True)
        half = train(1, Path(name), "--parts", str(_PROCESSES))
        print(f"one process with its share of a batch: {half.per_s:.1f} photos/s", flush=True)
        beside = train_beside_each_other(Path(name), "--parts", str(_PROCESSES))
        print("such beside each other:", *(f"{each.per_s:.1f} photos/s" for each in beside), flush=True)
    found = figures(one, two, half, beside)
    record(found)
    print(listing(found))


if __name__ == "__main__":
    main()
