"""How one photo is looked at: whole and, where that leaves doubt, once more at the place that the doubt is about.

The photo is squashed to a small square before the network sees it, so a spot on one leaf of a whole plant is a few
pixels wide. A second look at the part that the leading class points to shows it larger.
"""

from dataclasses import dataclass, replace

import numpy as np

from majani.decision.rules import pool
from majani.image.decode import Pixels
from majani.model.bundle import SecondLook
from majani.model.predictor import Floats, Prediction, Predictor


@dataclass(frozen=True)
class Region:
    """Part of a photo, as shares 0..1 of its height and width."""

    top: float
    left: float
    bottom: float
    right: float


def look(predictor: Predictor, pixels: Pixels, second_look: SecondLook | None) -> Prediction:
    """Predict one photo, with a second look if the rules want one.

    Args:
        predictor: Of the bundle.
        pixels: ``(H, W, 3)`` uint8.
        second_look: Of the bundle's rules.

    Returns:
        The first prediction; its probabilities pooled with those of the second look if there was one.
    """
    first = predictor.predict(pixels)
    if second_look is None or not wants_second_look(first.probabilities, second_look):
        return first
    part = cut_out(pixels, region(first, share=second_look.share), mirrored=second_look.mirrored)
    second = predictor.predict(part)
    return replace(first, probabilities=pool([first.probabilities, second.probabilities]))


def wants_second_look(probabilities: Floats, second_look: SecondLook) -> bool:
    """Whether no class is sure enough at first sight; a photo that is surely no crop leaf is not looked at again."""
    return float(probabilities.max()) < second_look.below


def region(prediction: Prediction, *, share: float) -> Region:
    """Where the leading class has most of its evidence.

    Args:
        prediction: Of the whole photo.
        share: Of height and width that the region covers.

    Returns:
        The window with the largest mean activation; the topmost and leftmost of equals.
    """
    evidence = prediction.activation[int(prediction.probabilities.argmax())].astype(np.float64)
    height, width = evidence.shape
    rows, columns = max(1, round(share * height)), max(1, round(share * width))
    windows = np.lib.stride_tricks.sliding_window_view(evidence, (rows, columns)).mean(axis=(2, 3))
    top, left = np.unravel_index(int(windows.argmax()), windows.shape)
    return Region(top / height, left / width, (top + rows) / height, (left + columns) / width)


def cut_out(pixels: Pixels, part: Region, *, mirrored: bool) -> Pixels:
    """The part of a photo, ``(h, w, 3)`` uint8, at least one pixel each way."""
    height, width = pixels.shape[:2]
    top, left = int(part.top * height), int(part.left * width)
    bottom, right = max(top + 1, round(part.bottom * height)), max(left + 1, round(part.right * width))
    cut = pixels[top:bottom, left:right]
    return np.ascontiguousarray(cut[:, ::-1] if mirrored else cut)
