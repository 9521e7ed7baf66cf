"""Photos per second in training: this pipeline against a plain loop over timm and a DataLoader, in turns in one run.

    python -m benchmarks.training_speed

Both train the same backbone at the same size on the same photos with one loading process on this machine's cores. The
plain loop does what tutorials do: decode each JPEG when it is needed, train all layers in float32. The pipeline's way
differs as ``training.stages.train`` does: photos decoded once, three stages frozen and folded, quick depthwise
gradients, bfloat16 where the processor has it, channels last. Memory that training keeps is kept for both, which
favours the plain loop.
"""

import time
from collections.abc import Callable
from typing import Any

import albumentations as A  # noqa: N812 - the library's customary name
import numpy as np
import numpy.typing as npt
import pandas as pd
import timm
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.harness.measured import measured_rounds
from majani.image.decode import decode
from training.artifacts.files import RAW_DIR, read_splits
from training.dataset.loaders import WORK_DIR
from training.dataset.photos import Backgrounds, TrainingPhotos, background_rows, label_positions
from training.dataset.pixels import open_masks, open_pixels
from training.figures import record
from training.fit.trainer import model_classes, precision_here
from training.model.network import LeafNetwork, lay_out_channels_last, load_pretrained
from training.settings import Phase, TrainParams, read_params

_ROUNDS, _BATCHES, _WARM_UP = 3, 12, 3
_SIDE_PX = 224


class _PlainPhotos(Dataset[tuple[Tensor, int]]):
    """Decodes and augments a photo whenever it is drawn."""

    def __init__(self, photos: pd.DataFrame, labels: npt.NDArray[np.int64]) -> None:
        self._photos = list(photos["photo"])
        self._labels = labels
        self._change = A.Compose([A.RandomResizedCrop(size=(_SIDE_PX, _SIDE_PX)), A.HorizontalFlip(), A.Normalize()])

    def __len__(self) -> int:
        return len(self._photos)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        pixels = decode((RAW_DIR / str(self._photos[index])).read_bytes())
        return torch.from_numpy(self._change(image=pixels)["image"]).permute(2, 0, 1), int(self._labels[index])


def plain_loop(photos: pd.DataFrame, labels: npt.NDArray[np.int64], params: TrainParams) -> float:
    # Any: timm declares its models as plain modules.
    network: Any = timm.create_model(params.backbone, pretrained=False, num_classes=int(labels.max()) + 1)
    loader = _loader(_PlainPhotos(photos, labels), params)
    optimizer = torch.optim.AdamW(network.parameters(), lr=params.learning_rate)

    def step(batch: tuple[Tensor, Tensor]) -> None:
        loss: Tensor = nn.functional.cross_entropy(network(batch[0]), batch[1])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()

    return _timed(loader, step, params.batch_size)


def our_loop(photos: pd.DataFrame, labels: npt.NDArray[np.int64], params: TrainParams) -> float:
    pixels = open_pixels(photos, directory=WORK_DIR)
    backgrounds = Backgrounds(
        masks=open_masks(photos, pixels, directory=WORK_DIR),
        rows=background_rows(photos),
        probability=params.background_probability,
    )
    phase = Phase(epochs=1, side_px=_SIDE_PX, frozen_stages=params.phases[0].frozen_stages, min_crop_area=0.5)
    loader = _loader(TrainingPhotos(pixels, labels, backgrounds=backgrounds, phase=phase, seed=params.seed), params)
    network = LeafNetwork(backbone=params.backbone, classes=int(labels.max()) + 1, dropout=params.dropout)
    load_pretrained(network, "package")
    lay_out_channels_last(network)
    network.train()
    network.freeze(phase.frozen_stages)
    optimizer = torch.optim.AdamW(network.parameters(), lr=params.learning_rate)
    is_bf16 = precision_here(params) == "bf16-mixed"

    def step(batch: tuple[Tensor, Tensor]) -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_bf16):
            loss = nn.functional.cross_entropy(network(network.normalise(batch[0])), batch[1])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()

    return _timed(loader, step, params.batch_size)


def _loader(photos: Dataset[tuple[Tensor, int]], params: TrainParams) -> DataLoader[tuple[Tensor, int]]:
    generator = torch.Generator().manual_seed(params.seed)
    return DataLoader(
        photos, params.batch_size, shuffle=True, drop_last=True, num_workers=params.workers, generator=generator
    )


def _timed(loader: DataLoader[Any], step: Callable[[tuple[Tensor, Tensor]], None], batch_size: int) -> float:
    batches = iter(loader)
    for _ in range(_WARM_UP):
        step(next(batches))
    begun = time.perf_counter()
    for _ in range(_BATCHES):
        step(next(batches))
    return _BATCHES * batch_size / (time.perf_counter() - begun)


def main() -> None:
    params = read_params().train
    photos = read_splits("train")
    labels = label_positions(photos, model_classes(photos))
    rates = [(plain_loop(photos, labels, params), our_loop(photos, labels, params)) for _ in range(_ROUNDS)]
    for plain, ours in rates:
        print(f"plain {plain:5.1f} photos/s, pipeline {ours:5.1f} photos/s, ratio {ours / plain:.2f}")
    title = f"training at {_SIDE_PX} px: photos per second against a plain timm loop"
    ratios = [ours / plain for plain, ours in rates]
    figure = measured_rounds(title, ratios, "x", command="python -m benchmarks.training_speed")
    # Nothing that was trained is kept.
    record({"training.speed_ratio": figure.of_no_bundle()})


if __name__ == "__main__":
    main()
