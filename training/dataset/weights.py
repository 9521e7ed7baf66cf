"""How often each training photo is drawn."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.settings import TrainParams


def sample_weights(photos: pd.DataFrame, *, sources: pd.DataFrame, params: TrainParams) -> npt.NDArray[np.float64]:
    """``(N,)``: how often each training photo is drawn, relative to the others.

    A source's total is its number of photos times its weight; within a source, a class's total is its number of photos
    to the power ``1 - class_balance``; doubtful photos count less. Over all sources a class keeps that total, of which
    each source gets its weight times its number of photos to the power ``1 - place_balance``: no place may stand for
    the class. Each condition that only reviewed cases show gets at least its share of all draws, whatever its source
    weighs; where there are very many, all of them get half.
    """
    counts, weights = np.zeros(len(photos)), np.zeros(len(photos))
    for source_id, of_source in photos.groupby("source"):
        of_class = of_source.groupby("class_id")["photo"].transform("size").to_numpy(dtype=float)
        share = of_class**-params.class_balance
        share = share / share.sum() * len(of_source)
        share[(of_source["doubt"] != "").to_numpy()] *= params.doubtful_weight
        counts[of_source.index] = share
        weights[of_source.index] = params.source_weights.get(str(source_id), float(sources["weight"][str(source_id)]))
    weights *= counts
    classes = photos["class_id"]
    wanted = pd.Series(weights).groupby(classes).transform("sum")
    places = pd.Series(counts).groupby([classes, photos["source"]]).transform("sum")
    weights *= places.clip(lower=np.finfo(float).tiny).to_numpy() ** -params.place_balance
    weights *= (wanted / pd.Series(weights).groupby(classes).transform("sum")).fillna(0).to_numpy()
    is_reviewed = photos["source"].map(sources["is_reviewed"]).to_numpy(dtype=bool)
    # In a fixed order: processes that train together have to draw the same.
    rare = sorted(set(photos["class_id"][is_reviewed]) - set(photos["class_id"][~is_reviewed]))
    rows = {class_id: (photos["class_id"] == class_id).to_numpy() for class_id in rare}
    have = {class_id: weights[rows[class_id]].sum() for class_id in rare}
    while rare:
        of_all = min(params.new_condition_share, 0.5 / len(rare))
        rest = weights.sum() - sum(have[class_id] for class_id in rare)
        wanted = of_all / (1 - len(rare) * of_all) * rest
        # Those that have enough belong to the rest.
        short = [class_id for class_id in rare if have[class_id] <= wanted]
        if short == rare:
            for class_id in rare:
                weights[rows[class_id]] *= wanted / have[class_id]
            break
        rare = short
    return weights
