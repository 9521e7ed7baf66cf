"""The first model: of the shipped kind, trained for a short time, and ignorant of one condition; and what it sees.

The features stay as the exported int8 graph gives them. An answer is that of a head on these features, at its
temperature, so a changed head is examined on thousands of photos in a moment. It says what a graph of its own would
that measures no novelty (:class:`training.calibration.probabilities.Calibration`): that is left out here, for the first
model as for all that are compared with it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.reviews.stream import Parts
from majani.model.bundle import Bundle, read_bundle, sha256_hex, write_bundle
from majani.model.head import Floats, LinearLayer
from training.bundle import inference
from training.bundle.build import calibrate, plain_bundle
from training.bundle.embedding import see
from training.bundle.onnx_export import export_onnx
from training.fit.trainer import TrainingRun, fit, remove_run
from training.settings import Params, Phase, TrainParams

WORK_DIR = Path("build/reviews")
BASE_DIR = WORK_DIR / "base"
NETWORK_FILE = WORK_DIR / "base.pt"
# What the first model was made from: after another deal of the photos it would have learned what it is examined on.
MADE_FROM_FILE = WORK_DIR / "base.made_from"
# A fifth of what the shipped model is trained for.
_PHASES = (
    Phase(epochs=4, side_px=160, frozen_stages=3, min_crop_area=0.4),
    Phase(epochs=1, side_px=192, frozen_stages=3, min_crop_area=0.5),
)
SIDE_PX = 224


def short(params: TrainParams) -> TrainParams:
    """The shipped model's settings, for a few epochs."""
    # A network to go on from would know the condition that this one must not.
    return params.model_copy(update={"start_from": None, "phases": _PHASES})


def made_from(run: str, params: Params) -> str:
    """Names a first model by its training and by all that is fitted afterwards."""
    return sha256_hex("\n".join((run, params.export.model_dump_json(), params.calibrate.model_dump_json())).encode())


def base_bundle(parts: Parts, params: Params) -> Bundle:
    """Train, export and calibrate, or read what an earlier run has left of the same; a killed training goes on."""
    run = TrainingRun.of(parts.train, parts.val, short(params.train))
    wanted = made_from(run.id, params)
    if MADE_FROM_FILE.exists() and MADE_FROM_FILE.read_text(encoding="utf-8") == wanted:
        return read_bundle(BASE_DIR)
    network = fit(run)
    export = params.export.model_copy(update={"side_px": SIDE_PX})
    photos = pd.concat([run.train, run.val], ignore_index=True)
    # As the stages do it, but for places.
    _, int8 = export_onnx(network, run.train, classes=len(run.classes), params=export)
    seen = see(plain_bundle(int8, run.classes), photos, run.params, title="embed")
    bundle = calibrate(int8, run.classes, run.classes, seen, (), params.calibrate)
    WORK_DIR.mkdir(parents=True, exist_ok=True)
    # A run that is killed from here on leaves no first model, rather than halves of two.
    MADE_FROM_FILE.unlink(missing_ok=True)
    torch.save(network.state_dict(), NETWORK_FILE)
    write_bundle(bundle, BASE_DIR)
    MADE_FROM_FILE.write_text(wanted, encoding="utf-8")
    remove_run(run.id)
    return bundle


def base_head() -> LinearLayer:
    """The last layer as it was trained."""
    weights = torch.load(NETWORK_FILE, map_location="cpu", weights_only=True)
    return LinearLayer(weights["head.weight"].float().numpy(), weights["head.bias"].float().numpy())


def embeddings(bundle: Bundle, photos: pd.DataFrame, *, title: str) -> Floats:
    """Features of each photo, kept on disk."""
    key = sha256_hex("".join([bundle.manifest.model.sha256, *photos["sha256"]]).encode())[:16]
    path = WORK_DIR / f"seen-{key}.npy"
    if not path.exists():
        unfinished = path.with_suffix(".part.npy")
        np.save(unfinished, inference.embed(bundle, list(photos["photo"]), title=title))
        unfinished.rename(path)
    found: Floats = np.load(path)
    return found
