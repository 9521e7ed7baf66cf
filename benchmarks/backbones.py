"""Which families of timm work: a training from random weights, both exports, and torch against onnxruntime.

    python -m benchmarks.backbones [NAME ...]

Each network goes through the training proper for two steps of four photos of beans at 96 px, its first stage frozen,
and is exported in fp32 and int8. Photos come from MAJANI_MIRROR; nothing is kept. Fails if a network fails in another
way than by the project's own refusal.
"""

import argparse
import logging
import multiprocessing
import os
import shutil
import sys
import tempfile
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import torch

from majani.image.decode import decode
from majani.model.bundle import sha256_hex
from training.artifacts.files import RAW_DIR, SOURCE_WEIGHTS_FILE, TAXONOMY_FILE
from training.bundle.onnx_export import export_onnx
from training.dataset.pixels import to_square
from training.fit.trainer import TrainingRun, fit
from training.model.network import WeightsError
from training.settings import ExportParams, Phase, TrainParams, read_params

# Small ones of each. CrossViT gives no map.
FAMILIES = """
mobilenetv3_small_050 tf_efficientnet_lite0 efficientnet_b0 mnasnet_small resnet10t resnext26ts regnetx_002
convnext_atto convnextv2_atto repvit_m0_9 mobileone_s0 edgenext_xx_small mobilevit_xxs starnet_s050 tiny_vit_5m_224
vit_tiny_patch16_224 vit_small_patch14_dinov2 deit_tiny_distilled_patch16_224 levit_128s hgnetv2_b0 fastvit_t8
ghostnetv2_100 ghostnetv3_050 efficientvit_b0 inception_next_atto rdnet_tiny efficientformerv2_s0
swin_tiny_patch4_window7_224 mambaout_femto crossvit_tiny_240
"""
_FOLDERS = {"healthy": "bean.healthy", "bean_rust": "bean.rust"}
_SIDE_PX, _PHOTOS, _BATCH = 96, 8, 4
# Of embeddings from torch's, relative; 8 bits round random weights worse than trained ones.
_MAX_FP32_DEVIATION, _MAX_INT8_DEVIATION = 1e-4, 0.3


def outcome(name: str, train: TrainParams, export: ExportParams) -> tuple[str, str]:
    """Whether a backbone works, is refused or fails, and why; in a folder with the photos."""
    photos = _photos()
    run = TrainingRun.of(photos, photos, train.model_copy(update={"backbone": name}))
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            network = fit(run, run_id=name).eval()
        except WeightsError as error:
            return "refused", f"{error.code}: {error}"
        models = export_onnx(network, photos, classes=len(run.classes), params=export)
    batch = np.stack([to_square(decode((RAW_DIR / photo).read_bytes()), _SIDE_PX) for photo in photos["photo"]])
    with torch.inference_mode():
        expected = network.features(network.normalise(torch.from_numpy(batch))).mean(dim=(2, 3)).numpy()
    deviations = []
    for model in models:
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        (found,) = session.run(["embedding"], {"pixels": batch})
        deviations.append(float(np.linalg.norm(found - expected) / np.linalg.norm(expected)))
    works = deviations[0] <= _MAX_FP32_DEVIATION and deviations[1] <= _MAX_INT8_DEVIATION
    return "works" if works else "fails", "fp32 differs by {:.1g}, int8 by {:.1g}".format(*deviations)


def _photos() -> pd.DataFrame:
    """As many of each condition."""
    found = {
        path: class_id
        for folder, class_id in _FOLDERS.items()
        for path in sorted((RAW_DIR / "ibean/train" / folder).iterdir())[: _PHOTOS // len(_FOLDERS)]
    }
    photos = pd.DataFrame({"photo": [str(path.relative_to(RAW_DIR)) for path in found], "class_id": found.values()})
    sha256 = [sha256_hex(path.read_bytes()) for path in found]
    return photos.assign(sha256=sha256, source="ibean", domain="field", doubt="", terms="open", split="train")


def _begin(folder: Path) -> None:
    os.chdir(folder)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backbones", description="Try families of timm.")
    parser.add_argument("names", nargs="*", default=FAMILIES.split())
    names: list[str] = parser.parse_args().names
    phases = (Phase(epochs=1, side_px=_SIDE_PX, frozen_stages=1, min_crop_area=0.5),)
    small = {"photos_per_epoch": _PHOTOS, "batch_size": _BATCH, "workers": 0}
    params = read_params()
    train = params.train.model_copy(update={"weights": "none", "start_from": None, "phases": phases, **small})
    export = params.export.model_copy(update={"side_px": _SIDE_PX, "calibration_photos": _PHOTOS})
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for file in (RAW_DIR, SOURCE_WEIGHTS_FILE, TAXONOMY_FILE):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / RAW_DIR).symlink_to(Path(os.environ["MAJANI_MIRROR"]).resolve())
        (folder / SOURCE_WEIGHTS_FILE).write_text("source,weight,is_reviewed\nibean,1,False\n", encoding="utf-8")
        shutil.copy(TAXONOMY_FILE, folder / TAXONOMY_FILE)
        outcomes: list[tuple[str, str]] = []
        # Spawned, because a process that has used torch cannot be forked.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(2, context, initializer=_begin, initargs=(folder,)) as pool:
            for name, future in [(name, pool.submit(outcome, name, train, export)) for name in names]:
                error = future.exception()
                outcomes.append(("fails", repr(error)) if error else future.result())
                print(f"{name:32} {': '.join(outcomes[-1])}", flush=True)
    print(f"{[found for found, _ in outcomes].count('works')} of {len(names)} work")
    sys.exit(any(found == "fails" for found, _ in outcomes))


if __name__ == "__main__":
    main()
