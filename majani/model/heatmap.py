"""Heatmap of the named condition: a coarse grid, small enough to keep and to send.

It comes from the class-activation map, so it shows where the evidence is, not how much of the leaf is affected.
"""

from io import BytesIO
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from majani.model.predictor import Prediction

Heatmap: TypeAlias = npt.NDArray[np.uint8]

# Enough for a phone's screen; the grid has far fewer places.
RENDERED_SIDE_PX = 512
# No leaf, spot or soil is blue, and people with the usual kinds of colour-blindness tell it from all of them. One hue
# only, so that its strength is the scale.
COLOUR = (20, 40, 255)
# The photo stays visible where the evidence is strongest.
MAX_OPACITY = 200


def heatmap(prediction: Prediction, class_index: int) -> Heatmap:
    """The evidence for one class at each place, as far as it is above the photo's average.

    Returns:
        ``(h, w)`` uint8, 255 at the strongest place; all 0 if no place stands out.
    """
    evidence = prediction.activation[class_index].astype(np.float64)
    above = np.clip(evidence - evidence.mean(), 0, None)
    strongest = float(above.max())
    if strongest <= 1e-6:
        return np.zeros(evidence.shape, dtype=np.uint8)
    return np.asarray(np.round(above * (255 / strongest)), dtype=np.uint8)


def render(grid: Heatmap, width_px: int, height_px: int) -> bytes:
    """Draw a heatmap, ``(h, w)`` uint8, to lay over its upright photo.

    Returns:
        An RGBA PNG of the photo's shape, its long side at most ``RENDERED_SIDE_PX``: the stronger the evidence, the
        less transparent, and wholly transparent where there is none.
    """
    scale = min(1.0, RENDERED_SIDE_PX / max(width_px, height_px))
    size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    opacity = Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC)
    overlay = Image.new("RGBA", size, COLOUR)
    overlay.putalpha(opacity.point([value * MAX_OPACITY // 255 for value in range(256)]))
    buffer = BytesIO()
    overlay.save(buffer, "PNG")
    return buffer.getvalue()
