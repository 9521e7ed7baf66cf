"""The first model: of the shipped kind, trained for a short time, and ignorant of one condition."""

from pathlib import Path

import onnx
import pytorch_lightning as pl
import torch

from benchmarks.reviews.stream import Parts
from majani.bundle import Bundle, read_bundle, write_bundle
from training.allocator import keep_freed_memory
from training.calibrate import FIELD_SETTINGS, calibrate
from training.export import calibration_photos, export_network, quantise
from training.graph import with_pixels_in
from training.loaders import Photos
from training.params import Params
from training.train import FineTuning, fingerprint, fit, model_classes
from training.train_params import Phase, TrainParams

WORK_DIR = Path("build/reviews")
BASE_DIR = WORK_DIR / "base"
INT8_FILE = WORK_DIR / "base.onnx"
NETWORK_FILE = WORK_DIR / "base.pt"
# A fifth of what the shipped model is trained for.
_PHASES = (
    Phase(epochs=4, side_px=160, frozen_stages=3, min_crop_area=0.4),
    Phase(epochs=1, side_px=192, frozen_stages=3, min_crop_area=0.5),
)
SIDE_PX = 224


def short(params: TrainParams) -> TrainParams:
    """The shipped model's settings, for a few epochs."""
    return params.model_copy(update={"phases": _PHASES})


def base_bundle(parts: Parts, params: Params) -> Bundle:
    """Train, export and calibrate, or read what an earlier run has left; a killed training goes on."""
    if (BASE_DIR / "manifest.json").exists() and INT8_FILE.exists():
        return read_bundle(BASE_DIR)
    keep_freed_memory()
    settings = short(params.train)
    classes = model_classes(parts.train)
    val = parts.val[parts.val["class_id"].isin(classes)].reset_index(drop=True)
    pl.seed_everything(settings.seed, workers=True)
    module = FineTuning(classes=classes, params=settings, watched=list(val["source"]))
    loaders = Photos(
        train=parts.train,
        val=val,
        classes=classes,
        params=settings,
    )
    fit(module, loaders, params=settings, run=fingerprint(settings, parts.train, val))
    export = params.export.model_copy(update={"side_px": SIDE_PX})
    fp32 = export_network(module.network.eval(), side_px=SIDE_PX, opset=export.opset)
    int8 = quantise(fp32, calibration_photos(parts.train, export))
    model = with_pixels_in(int8, side_px=SIDE_PX, classes=len(classes), opset=export.opset)
    WORK_DIR.mkdir(parents=True, exist_ok=True)
    torch.save(module.network.state_dict(), NETWORK_FILE)
    onnx.save(model, INT8_FILE)
    field = val[val["setting"].isin(FIELD_SETTINGS)].reset_index(drop=True)
    bundle = calibrate(model, classes, field, parts.train, params.calibrate)
    write_bundle(bundle, BASE_DIR)
    return bundle
