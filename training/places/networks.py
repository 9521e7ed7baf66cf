"""Short trainings without some places, crops, conditions and negatives; what each network sees is kept.

Several are left out at once: that saves trainings, and makes refusing harder, because fewer kinds of negatives remain.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from training.artifacts.embeddings import write_embeddings
from training.artifacts.files import OUTLIER, PLACES_DIR, read_splits
from training.bundle.build import plain_bundle
from training.bundle.embedding import see
from training.bundle.onnx_export import export_onnx
from training.fit.trainer import TrainingRun, fingerprint, fit, remove_run
from training.places.answers import LEFT_OUT, left_out
from training.settings import Params, TrainParams

# What exports a network and shows photos to it.
_CODE = (
    "training.bundle.embedding",
    "training.bundle.graph",
    "training.bundle.inference",
    "training.bundle.onnx_export",
    "training.places.answers",
    "training.places.networks",
)


def run_without(names: Sequence[str], params: Params) -> TrainingRun:
    """A training like the shipped model's, but shorter, that sees nothing of these names."""
    own = params.leave_out.model_dump(include={"phases", "photos_per_epoch", "ema_decay"})
    # A network to start from has seen them.
    short = TrainParams.model_validate({**params.train.model_dump(), **own, "start_from": None})
    marked = (mark_left_out(read_splits(split), names) for split in ("train", "val"))
    train, val = (photos[photos["split"] != LEFT_OUT].reset_index(drop=True) for photos in marked)
    return TrainingRun.of(train, val, short)


def seen_without(names: Sequence[str], params: Params, *, number: int) -> Path:
    """The file of what a network sees that was trained without these names; trained only if there is none yet.

    Its name tells all that it depends on: the training, the photos that are left out, the settings, and the code that
    shows them to the network.

    A training that was killed goes on after its last epoch.
    """
    run = run_without(names, params)
    export = params.export.model_copy(update={"side_px": params.leave_out.side_px})
    photos = mark_left_out(read_splits("train", "val", OUTLIER), names)
    seen_id = fingerprint(f"{run.id}{export.model_dump_json()}", photos, code=_CODE)
    path = PLACES_DIR / f"{number:02}-{seen_id}.npz"
    if not path.exists():
        _, int8 = export_onnx(fit(run), run.train, classes=len(run.classes), params=export)
        write_embeddings(see(plain_bundle(int8, run.classes), photos, params.train, title=path.stem), path)
        remove_run(run.id)
    return path


def mark_left_out(photos: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Photos whose split says :data:`LEFT_OUT` where they are of these names, without what looks like one of them."""
    is_out = left_out(photos, names)
    kept = is_out | ~photos["group"].isin(photos.loc[is_out, "group"])
    return photos.assign(split=photos["split"].where(~is_out, LEFT_OUT))[kept].reset_index(drop=True)


def train_all(params: Params) -> list[Path]:
    """Every run of the settings, in order; files of earlier settings are removed."""
    files = [seen_without(names, params, number=number) for number, names in enumerate(params.leave_out.runs)]
    PLACES_DIR.mkdir(parents=True, exist_ok=True)
    for stale in set(PLACES_DIR.iterdir()) - set(files):
        stale.unlink()
    return files
