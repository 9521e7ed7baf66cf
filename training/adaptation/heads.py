"""Heads that a few photos of a place have changed: for a district, and for places that play one."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.taxonomy import REJECT_CLASSES
from training.calibration.head import CalibratedHead, fit_calibrated_head
from training.calibration.probabilities import Floats
from training.calibration.seen_photos import SeenPhotos
from training.calibration.situations import Place, order_by_chance
from training.places.answers import LEFT_OUT, classes_of, kinds_of
from training.places.rows import KNOWN
from training.settings import AdaptParams, CalibrateParams


def fit_with(
    seen: SeenPhotos, local: SeenPhotos, class_ids: Sequence[str], *, weight: float, params: CalibrateParams
) -> CalibratedHead:
    """Fit head and calibration to kept photos and to local ones, each of which counts as ``weight`` usual ones."""
    weights = seen.rows["weight"]
    usual = float(weights[weights > 0].mean())
    rows = local.rows.assign(split="train", weight=weight * usual)
    return fit_calibrated_head(seen.and_also(SeenPhotos(rows, local.embeddings)), tuple(class_ids), params)


def cross_validated(
    seen: SeenPhotos, local: SeenPhotos, class_ids: Sequence[str], params: AdaptParams, calibrate: CalibrateParams
) -> Floats:
    """Probabilities ``(N, C)`` of each local photo by a head that has seen no photo of its group."""
    order = order_by_chance(local.rows["group"], seed=params.seed)
    fold = local.rows["group"].map({group: position % params.folds for position, group in enumerate(order)})
    probabilities = np.zeros((len(local.rows), len(class_ids)), dtype=np.float32)
    for number in sorted(fold.unique()):
        held = (fold == number).to_numpy()
        head = fit_with(seen, local.where(~held), class_ids, weight=params.weight, params=calibrate)
        probabilities[held] = head.answers(local.embeddings[held]).probabilities
    return probabilities


def simulated(runs: Iterator[SeenPhotos], params: AdaptParams, calibrate: CalibrateParams) -> Iterator[Place]:
    """Crops of places left out that are adapted to with a few photos a condition; answers about their other photos.

    A district mostly has one crop, so each is judged apart, and the hardest decides. Photos from the web come from many
    places at once, so no district is like theirs.
    """
    for seen in runs:
        class_ids = classes_of(seen)
        base, out = seen.where(seen.rows["split"] != LEFT_OUT), seen.where(seen.rows["split"] == LEFT_OUT)
        known = out.where(kinds_of(out.rows, class_ids, seen.lab_only()).isin(KNOWN) & (out.rows["domain"] != "web"))
        crops = known.rows["class_id"].str.split(".").str[0]
        for (source, crop), rows in known.rows.groupby(["source", crops]):
            counts = rows["class_id"].value_counts()
            enough = counts.index[counts >= 2 * params.photos]
            if len(enough) < params.conditions:
                continue
            here = known.where(known.rows["class_id"].isin(enough) & (known.rows["source"] == source))
            chosen = draw(here.rows, params.photos, seed=params.seed)
            head = fit_with(base, here.where(chosen), class_ids, weight=params.weight, params=calibrate)
            rest = here.where(~chosen)
            yield Place(f"{crop} of {source}", head.answers(rest.embeddings), rest.rows)


def draw(rows: pd.DataFrame, photos: int, *, seed: int) -> npt.NDArray[np.bool_]:
    """``(N,)`` which photos a district reviews: so many of each condition, of different groups as far as they go."""
    chosen = np.zeros(len(rows), dtype=bool)
    random = np.random.default_rng(seed)
    for _, of_class in rows[~rows["class_id"].isin(REJECT_CLASSES)].groupby("class_id"):
        shuffled = of_class.loc[random.permutation(of_class.index)]
        first = shuffled[~shuffled["group"].duplicated()]
        chosen[pd.concat([first, shuffled.drop(first.index)]).index[:photos]] = True
    return chosen
