"""Runs one process's part of a short training, on a core of its own, with or without torchrun.

    torchrun --nproc-per-node=2 -m benchmarks.training_processes.one RESULT [--parts 1]
    python -m benchmarks.training_processes.one RESULT --parts 2 --core 1

The first process writes ``RESULT``: seconds of each epoch, and which validation photos the averaged network gets right.
"""

import argparse
import json
import os
import time
import warnings
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from training.artifacts.files import read_splits
from training.dataset.loaders import WORK_DIR
from training.dataset.photos import PlainPhotos, label_positions
from training.dataset.pixels import open_pixels
from training.fit.checkpoints import checkpoints_url, remove_checkpoints
from training.fit.trainer import TrainingRun, fit, remove_run
from training.model.network import LeafNetwork, to_square
from training.settings import Phase, TrainParams, read_params

_PHASE = Phase(epochs=3, side_px=160, frozen_stages=3, min_crop_area=0.4)
_PHOTOS_PER_EPOCH = 3200


class _Clock(pl.Callback):
    """Seconds of each epoch's training, validation left out."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._begun_s = 0.0

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002
        self._begun_s = time.perf_counter()

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002
        self.seconds.append(time.perf_counter() - self._begun_s)


def short(params: TrainParams, *, parts: int) -> TrainParams:
    """The shipped model's settings, for a few minutes, without a process beside the one that is measured."""
    return params.model_copy(
        update={
            "phases": (_PHASE,),
            "photos_per_epoch": _PHOTOS_PER_EPOCH,
            "batch_size": params.batch_size // parts,
            "workers": 0,
        }
    )


def right_answers(network: LeafNetwork, photos: "DataLoader[tuple[Tensor, int]]") -> list[bool]:
    network.eval()
    found: list[bool] = []
    with torch.inference_mode():
        for pixels, labels in photos:
            small = to_square(network.normalise(pixels), side_px=_PHASE.side_px)
            found += (network(small).argmax(dim=1) == labels).tolist()
    return found


def main() -> None:
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_processes.one", description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("--parts", type=int, default=1, help="of the batch, each a step of its own")
    parser.add_argument("--core", type=int, default=0, help="of the first process; each further one has the next")
    arguments = parser.parse_args()
    rank, processes = (int(os.environ.get(name, default)) for name, default in (("RANK", 0), ("WORLD_SIZE", 1)))
    core = arguments.core + rank
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core]})
    torch.set_num_threads(1)
    params = short(read_params().train, parts=arguments.parts)
    run = TrainingRun.of(read_splits("train"), read_splits("val"), params)
    # Two that are started beside each other must not go on from each other's epochs.
    run_id = f"benchmark-{processes}-{arguments.core}"
    if rank == 0:
        remove_checkpoints(checkpoints_url(run_id))
    clock = _Clock()
    network = fit(run, run_id=run_id, devices=processes, callbacks=[clock])
    if rank == 0:
        val, classes = run.val, run.classes
        loader = DataLoader(PlainPhotos(open_pixels(val, directory=WORK_DIR), label_positions(val, classes)), 64)
        result = {
            "seconds": clock.seconds,
            "photos_per_epoch": params.photos_per_epoch,
            "right": right_answers(network, loader),
            "groups": list(val["group"]),
        }
        arguments.result.write_text(json.dumps(result), encoding="utf-8")
        remove_run(run_id)


if __name__ == "__main__":
    main()
