"""Stage ``opinions``: what networks that have not seen a photo believe it shows, where labels are known to be unsound.

The source's training photos are dealt out to folds, whole groups together, and each fold is asked about by a network
that was trained on all the others for a short while. Their beliefs soften the labels in the training proper, see
:mod:`training.dataset.targets`. What is found is kept in ``build/opinions`` by settings and photos, so that an
export of reviewed cases, which changes nothing here, costs no second training.
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
from training.fit.trainer import Lesson, fit, forget
from training.model.network import LeafNetwork, normalise, squashed
from training.settings import OpinionsParams, TrainParams

_KEPT_DIR = Path("build/opinions")
_BATCH = 64
# Beliefs below it are noise of the softmax, and would fill most of the table.
_LEAST_BELIEF = 0.01


def folds(photos: pd.DataFrame, params: OpinionsParams) -> npt.NDArray[np.int64]:
    """``(N,)`` fold of each photo; -1 for those that nobody is asked about. A group is never divided."""
    order = sorted(set(photos["group"]), key=lambda group: sha256_hex(f"{params.seed}/{group}".encode()))
    fold = {group: position % params.folds for position, group in enumerate(order)}
    asked = photos["source"].isin(params.sources).to_numpy()
    return np.where(asked, photos["group"].map(fold).to_numpy(dtype=np.int64), -1)


def believe(network: LeafNetwork, photos: pd.DataFrame, *, side_px: int) -> npt.NDArray[np.float64]:
    """``(N, C)`` beliefs of photos, each seen as it is and mirrored."""
    pixels = open_pixels(photos, directory=WORK_DIR)
    network.eval()
    beliefs = []
    for start in range(0, len(pixels), _BATCH):
        batch = normalise(torch.from_numpy(np.array(pixels[start : start + _BATCH])))
        seen = squashed(batch, side_px=side_px)
        with torch.inference_mode():
            both = (network(one).double().softmax(dim=1) for one in (seen, seen.flip(-1)))
            beliefs.append((sum(both, start=torch.zeros(())) / 2).numpy())
    return np.concatenate(beliefs)


def opinions(photos: pd.DataFrame, *, params: OpinionsParams, train: TrainParams) -> pd.DataFrame:
    """Ask networks about photos that they have not seen.

    Args:
        photos: What they learn from, and are asked about.
        params: What they are asked about.
        train: How they are trained.

    Returns:
        Columns ``COLUMNS``: the beliefs of each photo that are worth a row. Their sum is below 1 by those that are not.
    """
    fold_of = folds(photos, params)
    found, runs = [], []
    for fold in sorted(set(fold_of) - {-1}):
        held = photos[fold_of == fold].reset_index(drop=True)
        # By group, not by fold: what looks like one of them may be of a source that is only learned from.
        others = photos[~photos["group"].isin(held["group"])].reset_index(drop=True)
        lesson = Lesson.of(others, held, train)
        runs.append(lesson.run)
        beliefs = believe(fit(lesson), held, side_px=train.phases[-1].side_px)
        rows, columns = np.nonzero(beliefs >= _LEAST_BELIEF)
        found.append(
            pd.DataFrame(
                {
                    "photo": held["photo"].to_numpy()[rows],
                    "class_id": np.array(lesson.classes)[columns],
                    "belief": beliefs[rows, columns].round(4),
                }
            )
        )
    # Not before: a stage that is killed goes on with the fold it was at.
    for run in runs:
        forget(run)
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))


def kept_opinions(photos: pd.DataFrame, *, params: OpinionsParams, train: TrainParams) -> Path:
    """The file that holds the soft labels; networks are trained only if there is none yet.

    Args:
        photos: All training photos.
        params: Whose labels are unsound, and how long the networks are trained.
        train: The other settings of the training.
    """
    short = train.model_copy(
        # A network to start from has seen all of the photos.
        update={"start_from": None, "phases": params.phases, "photos_per_epoch": params.photos_per_epoch}
    )
    photos = photos[photos["source"].isin([*params.sources, *params.beside])].reset_index(drop=True)
    # Settings of a quick round, and the share in which soft labels are used later, change nothing here.
    learned = short.model_dump_json(exclude={"start_from", "quick", "opinion_share"})
    described = "\n".join([params.model_dump_json(), learned, photos.to_csv()])
    kept = _KEPT_DIR / f"{sha256_hex(described.encode())[:16]}.csv"
    if not kept.exists():
        found = opinions(photos, params=params, train=short)
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(".unfinished")
        found.to_csv(unfinished, index=False)
        unfinished.replace(kept)
    return kept
