"""How much of what is right on laboratory photos is owed to the laboratory.

Each folder of such photos was taken on a table of its own, so a background can give the class away: eight pixels of it
tell 49 % of PlantVillage's photos right (Noyan 2022, https://arxiv.org/abs/2206.04374). Measured here: whether the
bundle names the condition of a leaf that is not there, and how far the same classes fall from the laboratory to the
field.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import pandas as pd

from majani.image.decode import Pixels
from majani.model.bundle import Bundle
from training.bundle.inference import answer, read_photo
from training.dataset.background import leaf_mask
from training.evaluation.figure_maker import FigureMaker
from training.figures import Figure
from training.settings import StressTestParams

# So far around the leaf is painted over too, as a share of the short side: masks are coarse, and edges have colour.
_MARGIN = 0.04


def without_leaf(pixels: Pixels) -> Pixels:
    """The photo with its leaf, if one is found, painted over in the median colour of the rest; its shadow stays."""
    height, width = pixels.shape[:2]
    leaf = cv2.resize(leaf_mask(pixels), (width, height), interpolation=cv2.INTER_LINEAR) > 0
    margin = 2 * round(_MARGIN * min(height, width)) + 1
    wider = cv2.dilate(leaf.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (margin, margin))) > 0
    painted = pixels.copy()
    painted[wider] = np.median(pixels[~leaf], axis=0).astype(np.uint8)
    return painted


def leaf_removed_figures(
    bundle: Bundle, test: pd.DataFrame, make: FigureMaker, params: StressTestParams
) -> Iterator[tuple[str, Figure]]:
    """How often the condition of a painted-over leaf is still likeliest; photos without a found leaf are left out."""
    found = test[[bool(leaf_mask(read_photo(photo)).any()) for photo in test["photo"]]]
    if found.empty:
        return
    answers = answer(bundle, list(found["photo"]), title="stress test: leaf removed", change=without_leaf)
    still = np.array(answers.best()) == found["class_id"].to_numpy()
    title = f"{params.lab_source}: top-1 still right with the leaf painted over"
    yield f"background.{params.lab_source}.leaf_removed", make.share(title, still, found["group"])


def gap_figures(rows: pd.DataFrame, make: FigureMaker, params: StressTestParams) -> Iterator[tuple[str, Figure]]:
    """Top-1 on the classes that the laboratory and the field source share."""
    lab, field = (rows[rows["source"] == source] for source in (params.lab_source, params.field_source))
    shared = sorted(set(lab["class_id"]) & set(field["class_id"]))
    for name, source, rows_of_source in (("lab", params.lab_source, lab), ("field", params.field_source, field)):
        photos = rows_of_source[rows_of_source["class_id"].isin(shared)]
        if not photos.empty:
            yield f"gap.{name}.top1", make.accuracy(f"{source}: top-1, the {len(shared)} shared classes", photos)
