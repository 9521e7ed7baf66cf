"""Training and validation photos in batches, to one process or shared out among several."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Subset, WeightedRandomSampler

from training.artifacts.files import read_source_weights
from training.dataset.photos import Backgrounds, PlainPhotos, TrainingPhotos, background_rows, label_positions
from training.dataset.pixels import open_masks, open_pixels
from training.dataset.weights import sample_weights
from training.settings import Phase, TrainParams

WORK_DIR = Path("build/train")


class PhotoDataModule(pl.LightningDataModule):
    """Loaders for training and validation; the training one is made anew each epoch, for size and seed."""

    def __init__(self, *, train: pd.DataFrame, val: pd.DataFrame, classes: list[str], params: TrainParams) -> None:
        super().__init__()
        self._params = params
        self._train, self._val = train, val
        self._train_labels = label_positions(train, classes)
        self._val_labels = label_positions(val, classes)
        self._weights = sample_weights(train, sources=read_source_weights(), params=params).tolist()

    def prepare_data(self) -> None:
        """Decode what is not decoded yet; called by one process of each machine, which the others wait for."""
        open_masks(self._train, open_pixels(self._train, directory=WORK_DIR), directory=WORK_DIR)
        open_pixels(self._val, directory=WORK_DIR)

    def setup(self, stage: str) -> None:  # noqa: ARG002 - Lightning's name for it
        """Open the decoded photos."""
        self._train_pixels = open_pixels(self._train, directory=WORK_DIR)
        self._val_pixels = open_pixels(self._val, directory=WORK_DIR)
        self._backgrounds = Backgrounds(
            masks=open_masks(self._train, self._train_pixels, directory=WORK_DIR),
            rows=background_rows(self._train),
            probability=self._params.background_probability,
        )

    def train_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """One epoch's draws, or this process's share of them: all processes together draw what one alone would.

        Raises:
            ValueError: If the processes cannot share a batch equally.
        """
        params = self._params
        rank, processes, epoch = self._trainer.global_rank, self._trainer.world_size, self._trainer.current_epoch
        if params.batch_size % processes:
            raise ValueError(f"a batch of {params.batch_size} cannot be shared equally by {processes} processes")
        chance = torch.Generator().manual_seed(_seed(params.seed, epoch))
        phase = phase_of(epoch, params.phases)
        draws = list(WeightedRandomSampler(self._weights, params.photos_per_epoch, generator=chance))
        photos = TrainingPhotos(
            self._train_pixels,
            self._train_labels,
            backgrounds=self._backgrounds,
            phase=phase,
            # Processes that share a seed would change their photos in step.
            seed=_seed(params.seed, epoch, rank),
        )
        return DataLoader(
            photos,
            params.batch_size // processes,
            # Equal shares: a process with one draw more would wait for the others for ever.
            sampler=draws[rank : len(draws) - len(draws) % processes : processes],
            num_workers=params.workers,
            drop_last=True,
            prefetch_factor=4 if params.workers else None,
            pin_memory=params.accelerator == "gpu",
            # Else it draws from the generator of mixup and dropout, at other moments in a resumed training.
            generator=chance,
        )

    def val_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """All validation photos, in order, or every so many-th of them."""
        rows = range(self._trainer.global_rank, len(self._val_labels), self._trainer.world_size)
        return DataLoader(Subset(PlainPhotos(self._val_pixels, self._val_labels), rows), batch_size=64)

    @property
    def _trainer(self) -> pl.Trainer:
        if self.trainer is None:
            raise RuntimeError("photos are loaded by a trainer")
        return self.trainer


def _seed(*parts: int) -> int:
    """A seed for these numbers alone: sums of them would meet, such as of the tenth process and of the next epoch."""
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


def phase_of(epoch: int, phases: tuple[Phase, ...]) -> Phase:
    """The phase of an epoch; the last phase for anything beyond."""
    for phase in phases:
        if epoch < phase.epochs:
            return phase
        epoch -= phase.epochs
    return phases[-1]
