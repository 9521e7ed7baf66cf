"""Heads that a few photos of a place have changed: for a district, and for places that play one."""

from collections.abc import Iterator

import numpy as np

from majani.model.head import Floats, Head
from training.artifacts.embeddings import EmbeddingTable
from training.calibration.head import calibrated, fit_calibrated_head, positions, refit_classes, within_class_scaling
from training.calibration.situations import Place, order_by_chance
from training.places.answers import LEFT_OUT, classes_of
from training.places.districts import simulated_districts
from training.settings import AdaptParams, CalibrateParams


def fit_with(
    running: Head,
    seen: EmbeddingTable,
    local: EmbeddingTable,
    params: AdaptParams,
    calibrate: CalibrateParams,
) -> Head:
    """Fit the local photos' classes of the running head anew, to kept photos and to local ones.

    A photo that was seen in several ways has its weight once.
    """
    class_ids = running.class_ids
    usual = float(seen.rows["weight"][seen.rows["weight"] > 0].mean())
    ways = local.rows.groupby("photo")["photo"].transform("size")
    rows = local.rows.assign(split="train", weight=params.weight * usual / ways)
    everything = seen.and_also(EmbeddingTable(rows, local.embeddings))
    everything = everything.where(everything.rows["class_id"].isin(class_ids))
    train = everything.where(everything.rows["split"] == "train")
    weights = train.rows["weight"].to_numpy(dtype=np.float64)
    is_local = np.arange(len(weights)) >= len(weights) - len(rows)
    head = refit_classes(
        running.layer,
        train.embeddings,
        positions(train.rows, class_ids),
        weights,
        params.among_own * weights * is_local,
        classes=np.unique(positions(local.rows, class_ids)),
        strength=calibrate.head_strength,
        scaling=within_class_scaling(train, smoothing=params.smoothing),
    )
    return calibrated(head, everything, class_ids, calibrate, outliers=running.calibration.outliers)


def cross_validated(
    running: Head,
    seen: EmbeddingTable,
    local: EmbeddingTable,
    params: AdaptParams,
    calibrate: CalibrateParams,
) -> Floats:
    """Probabilities ``(N, C)`` of each local photo, as taken, by a head that has seen no photo of its group."""
    order = order_by_chance(local.rows["group"], seed=params.seed)
    fold_of = {group: position % params.folds for position, group in enumerate(order)}
    taken = local.as_taken()
    fold, asked = (photos.rows["group"].map(fold_of).to_numpy() for photos in (local, taken))
    probabilities = np.zeros((len(asked), len(running.class_ids)), dtype=np.float32)
    for number in np.unique(asked):
        held = asked == number
        head = fit_with(running, seen, local.where(fold != number), params, calibrate)
        probabilities[held] = head.answers(taken.embeddings[held]).probabilities
    return probabilities


def simulated(runs: Iterator[EmbeddingTable], params: AdaptParams, calibrate: CalibrateParams) -> Iterator[Place]:
    """Districts of places left out that are adapted to with a few photos a condition; answers about their others."""
    for seen in runs:
        running = None
        for district in simulated_districts(seen, params):
            running = running or fit_calibrated_head(seen, classes_of(seen), calibrate)
            local = seen.where(seen.rows["photo"].isin(district.reviewed))
            head = fit_with(running, seen, local, params, calibrate)
            rest = seen.where(seen.rows["photo"].isin(district.others) & (seen.rows["split"] == LEFT_OUT))
            yield Place(district.name, head.answers(rest.embeddings), rest.rows)
