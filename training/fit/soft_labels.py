"""Out-of-fold soft labels for photos whose labels are known to be unsound.

The photos are dealt into folds, whole groups together. For each fold a network is trained on all the other photos for
a short while, and predicts the fold. :mod:`training.dataset.targets` uses the probabilities in the training proper.
Results are cached in ``build/soft_labels`` by the training's fingerprint: an export of reviewed cases does not change
it, and costs no second training.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from majani.model.bundle import sha256_hex
from training.artifacts import COLUMNS
from training.dataset.loaders import WORK_DIR
from training.dataset.photos import open_pixels
from training.fit.trainer import TrainingRun, fingerprint, fit, remove_run
from training.model.network import LeafNetwork, to_square
from training.settings import SoftLabelParams, TrainParams

_CACHE_DIR = Path("build/soft_labels")
_BATCH = 64
# Lower probabilities are noise of the softmax, and would fill most of the table.
_MIN_PROBABILITY = 0.01


def folds(photos: pd.DataFrame, params: SoftLabelParams) -> npt.NDArray[np.int64]:
    """``(N,)`` fold of each photo, -1 for photos of sound sources; a group is never divided."""
    order = sorted(set(photos["group"]), key=lambda group: sha256_hex(f"{params.seed}/{group}".encode()))
    fold = {group: position % params.folds for position, group in enumerate(order)}
    is_unsound = photos["source"].isin(params.sources).to_numpy()
    return np.where(is_unsound, photos["group"].map(fold).to_numpy(dtype=np.int64), -1)


def predict(network: LeafNetwork, photos: pd.DataFrame, *, side_px: int) -> npt.NDArray[np.float64]:
    """``(N, C)`` probabilities, the mean of each photo and its mirror image."""
    pixels = open_pixels(photos, directory=WORK_DIR)
    network.eval()
    batches = []
    for start in range(0, len(pixels), _BATCH):
        batch = network.normalise(torch.from_numpy(np.array(pixels[start : start + _BATCH])))
        resized = to_square(batch, side_px=side_px)
        with torch.inference_mode():
            both = (network(view).double().softmax(dim=1) for view in (resized, resized.flip(-1)))
            batches.append((sum(both, start=torch.zeros(())) / 2).numpy())
    return np.concatenate(batches)


def out_of_fold_labels(photos: pd.DataFrame, *, params: SoftLabelParams, train: TrainParams) -> pd.DataFrame:
    """Predict the photos of unsound sources with networks that were trained without them.

    Returns:
        Columns ``COLUMNS``. Tiny probabilities are left out, so those of a photo sum to a little less than 1.
    """
    fold_of = folds(photos, params)
    tables, run_ids = [], []
    for fold in sorted(set(fold_of) - {-1}):
        held = photos[fold_of == fold].reset_index(drop=True)
        # By group, not by fold: a look-alike may be in a sound source.
        others = photos[~photos["group"].isin(held["group"])].reset_index(drop=True)
        run = TrainingRun.of(others, held, train)
        run_ids.append(run.id)
        predicted = predict(fit(run), held, side_px=train.phases[-1].side_px)
        rows, columns = np.nonzero(predicted >= _MIN_PROBABILITY)
        tables.append(
            pd.DataFrame(
                {
                    "photo": held["photo"].to_numpy()[rows],
                    "class_id": np.array(run.classes)[columns],
                    "belief": predicted[rows, columns].round(4),
                }
            )
        )
    # Only now: a killed stage resumes with the fold it was at.
    for run_id in run_ids:
        remove_run(run_id)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


def cached_soft_labels(photos: pd.DataFrame, *, params: SoftLabelParams, train: TrainParams) -> Path:
    """The file of the soft labels for all training photos; networks are trained only if there is none yet."""
    own = {name: getattr(params, name) for name in ("phases", "photos_per_epoch", "ema_decay")}
    # A network to start from has seen all of the photos.
    short = train.model_copy(update={"start_from": None, **own})
    photos = photos[photos["source"].isin([*params.sources, *params.beside])].reset_index(drop=True)
    # Settings of a quick round, and the share in which soft labels are used later, change nothing here.
    learned = short.model_dump_json(exclude={"start_from", "quick", "soft_label_share"})
    cached = _CACHE_DIR / f"{fingerprint(params.model_dump_json() + learned, photos)}.csv"
    if not cached.exists():
        labels = out_of_fold_labels(photos, params=params, train=short)
        cached.parent.mkdir(parents=True, exist_ok=True)
        unfinished = cached.with_suffix(".unfinished")
        labels.to_csv(unfinished, index=False)
        unfinished.replace(cached)
    return cached
