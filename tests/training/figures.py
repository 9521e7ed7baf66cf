"""Figures of the tiny bundle, and what tests compare of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from tests.tiny_bundle import tiny_bundle
from training.evaluation.figure_maker import FigureMaker
from training.figures import Figure
from training.settings import EvaluateParams

BUNDLE = tiny_bundle()
CLASS_IDS = tuple(entry.id for entry in BUNDLE.manifest.classes)
PARAMS = EvaluateParams(seed=1, resamples=100)
MAKE = FigureMaker(BUNDLE, PARAMS, command="dvc repro stress_test")


def figure(value: float, title: str = "top-1", unit: str = "%", **changes: Any) -> Figure:
    usual = {"command": "dvc repro", "date": date(2026, 1, 2), "versions": {"numpy": "2"}}
    return Figure.model_validate({"title": title, "value": value, "unit": unit, **usual, **changes})


def predicted(truth: str, top1: str, **changes: Any) -> dict[str, Any]:
    """The row of a test photo that is answered as its ``top1`` says unless told otherwise."""
    usual = {"source": "beans", "domain": "field", "doubt": "", "confidence": 0.9, "outcome": "condition"}
    answered = {"class_id": truth, "top1": top1, "top1_own_classes": top1, "condition": top1, "first": top1}
    answered |= {"number": 0.9, "called_healthy": top1.endswith(".healthy")}
    return {**usual, **answered, **changes}


def alone(rows: pd.DataFrame) -> pd.DataFrame:
    """The same photos, each of a leaf of its own."""
    return rows.assign(group=[f"g{number}" for number in rows.index])


def shown(figures: Mapping[str, Figure]) -> dict[str, tuple[float, int | None]]:
    return {key: (figure.value, figure.n) for key, figure in figures.items()}
