"""Figures of the tiny bundle, and what tests compare of them."""

from collections.abc import Mapping

import pandas as pd

from tests.tiny_bundle import tiny_bundle
from training.evaluation.figure_maker import FigureMaker
from training.figures import Figure
from training.settings import EvaluateParams

BUNDLE = tiny_bundle()
CLASS_IDS = tuple(entry.id for entry in BUNDLE.manifest.classes)
PARAMS = EvaluateParams(seed=1, resamples=100)
MAKE = FigureMaker(BUNDLE, PARAMS, command="dvc repro stress_test")


def alone(rows: pd.DataFrame) -> pd.DataFrame:
    """The same photos, each of a leaf of its own."""
    return rows.assign(group=[f"g{number}" for number in rows.index])


def shown(figures: Mapping[str, Figure]) -> dict[str, tuple[float, int | None]]:
    """Value and number of each."""
    return {key: (figure.value, figure.n) for key, figure in figures.items()}
