"""The first model: of the shipped kind, trained for a short time, and ignorant of one condition."""

from pathlib import Path

import pytorch_lightning as pl
import torch

from benchmarks.reviews.stream import Parts, sound_in_field
from majani.bundle import Bundle, read_bundle, sha256_hex, write_bundle
from training.allocator import keep_freed_memory
from training.calibrate import calibrate
from training.export import calibration_photos, export_network, quantise
from training.graph import with_pixels_in
from training.loaders import Photos
from training.params import Params
from training.train import FineTuning, fingerprint, fit, forget, model_classes
from training.train_params import Phase, TrainParams

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
    return params.model_copy(update={"phases": _PHASES})


def made_from(run: str, params: Params) -> str:
    """Names a first model by its training and by all that is fitted afterwards."""
    return sha256_hex("\n".join((run, params.export.model_dump_json(), params.calibrate.model_dump_json())).encode())


def base_bundle(parts: Parts, params: Params) -> Bundle:
    """Train, export and calibrate, or read what an earlier run has left of the same; a killed training goes on."""
    settings = short(params.train)
    classes = model_classes(parts.train)
    val = parts.val[parts.val["class_id"].isin(classes)].reset_index(drop=True)
    run = fingerprint(settings, parts.train, val)
    wanted = made_from(run, params)
    if MADE_FROM_FILE.exists() and MADE_FROM_FILE.read_text(encoding="utf-8") == wanted:
        return read_bundle(BASE_DIR)
    keep_freed_memory()
    pl.seed_everything(settings.seed, workers=True)
    module = FineTuning(classes=classes, params=settings, watched=list(val["source"]))
    loaders = Photos(
        train=parts.train,
        val=val,
        classes=classes,
        params=settings,
    )
    fit(module, loaders, params=settings, run=run)
    export = params.export.model_copy(update={"side_px": SIDE_PX})
    fp32 = export_network(module.network.eval(), side_px=SIDE_PX, opset=export.opset)
    int8 = quantise(fp32, calibration_photos(parts.train, export))
    model = with_pixels_in(int8, side_px=SIDE_PX, classes=len(classes), opset=export.opset)
    bundle = calibrate(model, classes, val[sound_in_field(val)].reset_index(drop=True), parts.train, params.calibrate)
    WORK_DIR.mkdir(parents=True, exist_ok=True)
    # Whoever is killed from here on has no first model, rather than one half of each.
    MADE_FROM_FILE.unlink(missing_ok=True)
    torch.save(module.network.state_dict(), NETWORK_FILE)
    write_bundle(bundle, BASE_DIR)
    MADE_FROM_FILE.write_text(wanted, encoding="utf-8")
    forget(run)
    return bundle
