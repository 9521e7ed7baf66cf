"""The same round once more as the pipeline does it: the stages' own quick round instead of a head alone.

The last stage and the head are trained on from the first model's network, exported, quantised and calibrated, and the
finished bundle answers the test photos.
"""

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch

from benchmarks.reviews.base import NETWORK_FILE, SIDE_PX, WORK_DIR
from benchmarks.reviews.curve import Scene, Shares
from benchmarks.reviews.learning import Photos as SeenPhotos
from majani.bundle import Bundle, read_bundle, sha256_hex, write_bundle
from majani.decision import decide
from training.answers import answer
from training.calibrate import FIELD_SETTINGS, calibrate
from training.export import calibration_photos, export_network, quantise
from training.graph import with_pixels_in
from training.loaders import Photos
from training.sources import SOURCES_DIR, read_sources, read_taxonomy
from training.start import take_over
from training.train import FineTuning, fingerprint, fit, model_classes


def quick_round(scene: Scene, base: Bundle, reviewed: SeenPhotos) -> Bundle:
    """The bundle that a quick round makes of the first one and these reviewed photos; kept on disk."""
    params = scene.params.train.model_copy(update={"start_from": base.manifest.version}).of_this_round()
    train = pd.concat([scene.train.rows, reviewed.rows[reviewed.rows["split"] == "train"]], ignore_index=True)
    classes = model_classes(train)
    val = pd.concat([scene.val.rows, reviewed.rows[reviewed.rows["split"] == "val"]], ignore_index=True)
    val = val[val["class_id"].isin(classes)].reset_index(drop=True)
    run = fingerprint(params, train, val)
    directory = WORK_DIR / f"quick-{sha256_hex(run.encode())[:8]}"
    if (directory / "manifest.json").exists():
        return read_bundle(directory)
    pl.seed_everything(params.seed, workers=True)
    module = FineTuning(classes=classes, params=params, watched=list(val["source"]))
    weights = torch.load(NETWORK_FILE, map_location="cpu", weights_only=True)
    take_over(module.network, classes, weights, former=[entry.id for entry in base.manifest.classes])
    sources = read_sources(SOURCES_DIR, read_taxonomy())
    fit(module, Photos(train=train, val=val, classes=classes, sources=sources, params=params), params=params, run=run)
    export = scene.params.export.model_copy(update={"side_px": SIDE_PX})
    fp32 = export_network(module.network.eval(), side_px=SIDE_PX, opset=export.opset)
    int8 = quantise(fp32, calibration_photos(train, export))
    model = with_pixels_in(int8, side_px=SIDE_PX, classes=len(classes), opset=export.opset)
    field = val[val["setting"].isin(FIELD_SETTINGS)].reset_index(drop=True)
    bundle = calibrate(model, classes, field, scene.params.calibrate)
    write_bundle(bundle, directory)
    return bundle


def answers_of(bundle: Bundle, scene: Scene) -> tuple[Shares, Shares]:
    """Right and rightly named, of each test photo, by a finished bundle."""
    truth = scene.test.rows["class_id"].to_numpy()
    answers = answer(bundle, list(scene.test.rows["photo"]), title="quick round")
    named = np.array([decide(one, manifest=bundle.manifest).condition or "" for one in answers.probabilities])
    return (np.array(answers.best()) == truth).astype(float), (named == truth).astype(float)
