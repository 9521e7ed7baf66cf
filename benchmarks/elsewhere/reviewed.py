"""Which photos a made-up district reviews."""

import numpy as np
import numpy.typing as npt
import pandas as pd


def draw(rows: pd.DataFrame, photos: int, *, seed: int) -> npt.NDArray[np.bool_]:
    """``(N,)`` which photos a district reviews: so many of each condition, of different groups as far as they go."""
    chosen = np.zeros(len(rows), dtype=bool)
    random = np.random.default_rng(seed)
    for _, of_class in rows.groupby("class_id"):
        shuffled = of_class.loc[random.permutation(of_class.index)]
        first = shuffled[~shuffled["group"].duplicated()]
        chosen[pd.concat([first, shuffled.drop(first.index)]).index[:photos]] = True
    return chosen
