"""Photos as the network trains on them: drawn at random, changed, and put before other backgrounds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import Dataset, get_worker_info

from majani.image.decode import Pixels
from majani.taxonomy import REJECT_CLASSES
from training.dataset.augmentation import training_augmentation
from training.dataset.background import replace_background
from training.settings import Phase


def label_positions(photos: pd.DataFrame, classes: list[str]) -> npt.NDArray[np.int64]:
    """``(N,)`` position of each photo's class in the network's output."""
    position = {class_id: index for index, class_id in enumerate(classes)}
    return np.array([position[class_id] for class_id in photos["class_id"]], dtype=np.int64)


def background_rows(photos: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Rows whose photos can stand behind a leaf: what is no crop and was not photographed in a laboratory."""
    return np.flatnonzero(photos["class_id"].isin(REJECT_CLASSES) & (photos["domain"] != "lab"))


@dataclass(frozen=True)
class Backgrounds:
    """What leaves of laboratory photos are put before.

    ``masks`` are those of :func:`open_masks`, ``rows`` the photos that can stand behind a leaf; ``probability`` is the
    share of draws of a photo with a mask that get another background.
    """

    masks: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.intp]
    probability: float


class TrainingPhotos(Dataset[tuple[Tensor, int]]):
    """Augmented photos of one epoch.

    Augmentation is built in the worker that uses it, seeded by run, epoch and worker: workers that share a seed would
    change their photos in step.
    """

    def __init__(
        self,
        pixels: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.int64],
        *,
        backgrounds: Backgrounds,
        phase: Phase,
        seed: int,
    ) -> None:
        self._pixels = pixels
        self._labels = labels
        self._backgrounds = backgrounds
        self._phase = phase
        self._seed = seed
        self._augment: Callable[[Pixels], Pixels] | None = None
        self._random = np.random.default_rng(seed)

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        if self._augment is None:
            worker = get_worker_info()
            seed = self._seed + (0 if worker is None else worker.id + 1)
            self._random = np.random.default_rng(seed)
            self._augment = training_augmentation(self._phase, seed=seed)
        # A copy: the memory-mapped array is read-only, and some changes work in place.
        changed = self._augment(self._with_background(index))
        return torch.from_numpy(changed), int(self._labels[index])

    def _with_background(self, index: int) -> Pixels:
        pixels, behind = np.array(self._pixels[index]), self._backgrounds
        if not len(behind.rows) or self._random.random() >= behind.probability or not behind.masks[index].any():
            return pixels
        other = self._pixels[self._random.choice(behind.rows)]
        if self._random.random() < 0.5:
            other = other[:, ::-1]
        return replace_background(pixels, behind.masks[index], other)


class PlainPhotos(Dataset[tuple[Tensor, int]]):
    """Unchanged photos, for validation."""

    def __init__(self, pixels: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> None:
        self._pixels = pixels
        self._labels = labels

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return torch.from_numpy(np.array(self._pixels[index])), int(self._labels[index])
