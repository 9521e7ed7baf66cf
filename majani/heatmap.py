"""Where on the photo the network saw what it names: a coarse grid, small enough to keep and to send.

It comes from the class-activation map, so it says where evidence lay, not how much of the leaf is affected.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from majani.predictor import Prediction

Heatmap: TypeAlias = npt.NDArray[np.uint8]


def heatmap(prediction: Prediction, class_index: int) -> Heatmap:
    """The evidence for one class at each place, as far as it is above the photo's average.

    Args:
        prediction: Of one photo.
        class_index: Position of the class in the manifest.

    Returns:
        ``(h, w)`` uint8, 255 at the strongest place; all 0 if no place stands out.
    """
    evidence = prediction.activation[class_index].astype(np.float64)
    above = np.clip(evidence - evidence.mean(), 0, None)
    strongest = float(above.max())
    if strongest <= 1e-6:
        return np.zeros(evidence.shape, dtype=np.uint8)
    return np.asarray(np.round(above * (255 / strongest)), dtype=np.uint8)
