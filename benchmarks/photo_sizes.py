"""The photo size, which no training fits, compared on validation photos of the field.

    python -m benchmarks.photo_sizes

prints and writes ``reports/choices.csv``. The choice itself is made by hand, in ``params.yaml``, because a difference
of half a point between two sizes is noise and the smaller one answers sooner. Test photos are not read.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from tqdm import tqdm

from majani.image.decode import Pixels
from majani.model.head import Calibration, ModelOutput, calibrated_probabilities
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import is_sound_field, read_splits
from training.bundle.inference import read_photo
from training.bundle.onnx_export import load_network
from training.calibration.probabilities import fit_temperature
from training.dataset.pixels import to_square
from training.evaluation.intervals import share_interval
from training.model.network import ExportNetwork

CHOICES_FILE = Path("reports/choices.csv")
_SIDES_PX = (192, 224, 256, 288, 320)
_RESAMPLES, _SEED = 1000, 1


def see_at(network: ExportNetwork, photos: Sequence[Pixels], side_px: int) -> ModelOutput:
    """The output of the trained fp32 network for photos of one size, resized as the exported graph does it."""
    rows = []
    for pixels in tqdm(photos, desc=f"{side_px} px", unit="photo"):
        normalised = network.network.normalise(torch.from_numpy(to_square(pixels, side_px).copy())[None])
        with torch.inference_mode():
            logits, _, embedding = network(normalised)
        rows.append(ModelOutput(logits.numpy(), embedding.numpy()))
    return ModelOutput.concatenate(rows)


def compare(photos: pd.DataFrame, sides_px: Sequence[int]) -> Iterator[dict[str, Any]]:
    """One row per size: top-1 over all field photos and of PlantDoc, and the negative log-likelihood."""
    network, classes = load_network()
    export = ExportNetwork(network).eval()
    truth = np.array([classes.index(class_id) for class_id in photos["class_id"]], dtype=np.int64)
    pixels = [read_photo(photo) for photo in photos["photo"]]
    for side_px in sides_px:
        seen = see_at(export, pixels, side_px)
        calibration = Calibration(fit_temperature(seen, truth, Calibration()))
        yield {"side_px": side_px, **_measures(photos, calibrated_probabilities(seen, calibration), truth)}


def _measures(
    photos: pd.DataFrame, probabilities: npt.NDArray[np.float32], truth: npt.NDArray[np.int64]
) -> dict[str, float]:
    right = probabilities.argmax(axis=1) == truth
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    top1 = pd.Series(right).groupby(photos["source"]).mean()
    loss = -np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-9))
    low, high = share_interval(right[is_crop], photos["group"][is_crop], resamples=_RESAMPLES, seed=_SEED)
    return {
        "field_top1": right[is_crop].mean(),
        "low": low,
        "high": high,
        "plantdoc_top1": top1.get("plantdoc", np.nan),
        "rejects_top1": right[~is_crop].mean(),
        "field_loss": loss[is_crop].mean(),
    }


def main() -> None:
    """Run the comparison."""
    val = read_splits("val")
    _, classes = load_network()
    field = val[val["class_id"].isin(classes) & is_sound_field(val)].reset_index(drop=True)
    rows = pd.DataFrame(compare(field, _SIDES_PX)).round(4)
    CHOICES_FILE.parent.mkdir(exist_ok=True)
    rows.to_csv(CHOICES_FILE, index=False)
    print(rows.to_string(index=False))


if __name__ == "__main__":
    main()
