"""Districts that places left out stand for: a crop of one source, of which a few photos are reviewed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.artifacts.embeddings import EmbeddingTable
from training.calibration.situations import DRAW
from training.places.answers import LEFT_OUT, classes_of, kinds_of
from training.places.rows import KNOWN
from training.settings import AdaptParams


@dataclass(frozen=True)
class SimulatedDistrict:
    """Names of the photos that are reviewed there, and of others of the same conditions, none of a reviewed leaf."""

    name: str
    reviewed: frozenset[str]
    others: frozenset[str]


def simulated_districts(seen: EmbeddingTable, params: AdaptParams) -> Iterator[SimulatedDistrict]:
    """All districts of one run.

    A district mostly has one crop, so each is judged apart, and the hardest decides. Which photos are reviewed there is
    chance, so each is simulated several times. Photos from the web are of many places, so no district is like theirs.
    """
    out = seen.rows[seen.rows["split"] == LEFT_OUT]
    is_known = kinds_of(out, classes_of(seen), seen.lab_only()).isin(KNOWN)
    known = out[is_known & (out["domain"] != "web")]
    for (source, crop), rows in known.groupby(["source", known["class_id"].str.split(".").str[0]]):
        counts = rows["class_id"].value_counts()
        here = rows[rows["class_id"].isin(counts.index[counts >= 2 * params.photos])].reset_index(drop=True)
        if here["class_id"].nunique() < params.conditions:
            continue
        for number in range(params.draws):
            chosen = draw(here, params.photos, seed=params.seed + number)
            other = ~here["group"].isin(here.loc[chosen, "group"])
            names = (frozenset(here.loc[mask, "photo"]) for mask in (chosen, other))
            yield SimulatedDistrict(f"{crop} of {source}{DRAW}{number + 1}", *names)


def draw(rows: pd.DataFrame, photos: int, *, seed: int) -> npt.NDArray[np.bool_]:
    """``(N,)`` which photos a district reviews: so many of each condition, of different groups as far as they go."""
    chosen = np.zeros(len(rows), dtype=bool)
    random = np.random.default_rng(seed)
    for _, of_class in rows.groupby("class_id"):
        shuffled = of_class.loc[random.permutation(of_class.index)]
        first = shuffled[~shuffled["group"].duplicated()]
        chosen[pd.concat([first, shuffled.drop(first.index)]).index[:photos]] = True
    return chosen
