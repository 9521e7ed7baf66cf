"""Settings that no training fits, compared on validation photos of the field: photo size, second look.

    python -m training.calibration.choose

prints and writes ``reports/choices.csv``. The choice itself is made by hand, in ``params.yaml``, because a difference
of half a point between two sizes is noise and the smaller one answers sooner. Test photos are not read.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from tqdm import tqdm

from majani.image.decode import Pixels
from majani.model.bundle import SecondLook
from majani.model.look import cut_out, region
from majani.model.predictor import Prediction
from majani.taxonomy import REJECT_CLASSES
from training.bundle.graph import Calibration
from training.bundle.inference import read_photo, seen
from training.calibration.probabilities import Seen, after_second_look, fit_temperature
from training.dataset.photos import squashed
from training.evaluation.intervals import share_interval
from training.model.network import ExportNetwork, normalise
from training.stages.calibrate import sound_field_photos
from training.stages.export import load_network
from training.stages.split import read_splits

CHOICES_FILE = Path("reports/choices.csv")
_SIDES_PX = (192, 224, 256, 288, 320)
_SHARES = (0.6, 0.75, 0.9, 1.0)
_BELOWS = (0.8, 0.9, 1.0)
_RESAMPLES, _SEED = 1000, 1


class _Looker:
    """The trained fp32 network at one size, as the exported graph would see a photo."""

    def __init__(self, network: ExportNetwork, side_px: int) -> None:
        self._network = network
        self._side_px = side_px

    def predict(self, pixels: Pixels) -> Prediction:
        normalised = normalise(torch.from_numpy(squashed(pixels, self._side_px).copy())[None])
        with torch.inference_mode():
            logits, activation, embedding = self._network(normalised)
        probabilities = torch.softmax(logits, dim=1)
        return Prediction(*(np.asarray(one[0].numpy()) for one in (probabilities, activation, embedding)))


def looks(
    looker: _Looker, photos: Sequence[Pixels], *, kinds: Sequence[tuple[float, bool]], title: str
) -> tuple[Seen, dict[tuple[float, bool], Seen]]:
    """First look at every photo, and the second for each share and mirroring."""
    first: list[Seen] = []
    second: dict[tuple[float, bool], list[Seen]] = {kind: [] for kind in kinds}
    for pixels in tqdm(photos, desc=title, unit="photo"):
        prediction = looker.predict(pixels)
        first.append(seen(prediction))
        for share, mirrored in kinds:
            part = cut_out(pixels, region(prediction, share=share), mirrored=mirrored)
            second[share, mirrored].append(seen(looker.predict(part)))
    return Seen.together(first), {kind: Seen.together(rows) for kind, rows in second.items()}


def compare(photos: pd.DataFrame, sides_px: Sequence[int], shares: Sequence[float]) -> Iterator[dict[str, Any]]:
    """One row per setting: top-1 over all field photos and of PlantDoc, and the negative log-likelihood."""
    network, classes = load_network()
    export = ExportNetwork(network).eval()
    position = {class_id: index for index, class_id in enumerate(classes)}
    truth = np.array([position[class_id] for class_id in photos["class_id"]], dtype=np.int64)
    pixels = [read_photo(photo) for photo in photos["photo"]]
    # The whole photo again, unmirrored, would say what it said before.
    kinds = [(share, mirrored) for share in shares for mirrored in (False, True) if mirrored or share < 1]
    for side_px in sides_px:
        first, second = looks(_Looker(export, side_px), pixels, kinds=kinds, title=f"{side_px} px")
        beliefs = _calibrated(first, first, rule=None, truth=truth)
        yield _row(photos, beliefs, truth, side_px=side_px, below=0, share=0, mirrored=False)
        for share, mirrored in kinds:
            for below in _BELOWS:
                rule = SecondLook(below=below, share=share, mirrored=mirrored)
                beliefs = _calibrated(first, second[share, mirrored], rule=rule, truth=truth)
                yield _row(photos, beliefs, truth, side_px=side_px, below=below, share=share, mirrored=mirrored)


def _calibrated(
    first: Seen,
    second: Seen,
    *,
    rule: SecondLook | None,
    truth: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    def beliefs_at(temperature: float) -> npt.NDArray[np.float32]:
        return after_second_look(first, second, calibration=Calibration(temperature), rule=rule)

    return beliefs_at(fit_temperature(beliefs_at, truth))


def _row(
    photos: pd.DataFrame, beliefs: npt.NDArray[np.float32], truth: npt.NDArray[np.int64], **setting: float
) -> dict[str, Any]:
    right = beliefs.argmax(axis=1) == truth
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    top1 = pd.Series(right).groupby(photos["source"]).mean()
    loss = -np.log(np.maximum(beliefs[np.arange(len(truth)), truth], 1e-9))
    low, high = share_interval(right[is_crop], photos["group"][is_crop], resamples=_RESAMPLES, seed=_SEED)
    return {
        **setting,
        "field_top1": right[is_crop].mean(),
        "low": low,
        "high": high,
        "plantdoc_top1": top1.get("plantdoc", np.nan),
        "rejects_top1": right[~is_crop].mean(),
        "field_loss": loss[is_crop].mean(),
    }


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(
        prog="python -m training.calibration.choose", description="Compare settings on validation photos."
    )
    parser.add_argument("--sides", type=int, nargs="+", default=_SIDES_PX, help="photo sizes in px")
    parser.add_argument(
        "--shares", type=float, nargs="*", default=_SHARES, help="second looks; none for first looks only"
    )
    arguments = parser.parse_args()
    val = read_splits("val")
    _, classes = load_network()
    field = sound_field_photos(val[val["class_id"].isin(classes)])
    rows = pd.DataFrame(compare(field, arguments.sides, arguments.shares)).round(4)
    CHOICES_FILE.parent.mkdir(exist_ok=True)
    rows.to_csv(CHOICES_FILE, index=False)
    print(rows.to_string(index=False))


if __name__ == "__main__":
    main()
