"""Stress test of a bundle: what bad photos cost, which top-1 on sound test photos does not show.

All predictions come from :func:`training.bundle.inference.answer`, so they are those of the shipped bundle.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.rules import Outcome
from majani.image.decode import Pixels
from majani.image.quality import Quality, measure
from majani.model.bundle import Bundle
from training.artifacts.files import MEASURED
from training.bundle.inference import answer
from training.evaluation.corruption import CORRUPTIONS, SEVERITIES, corrupt
from training.evaluation.figure_maker import FigureMaker
from training.evaluation.metrics import predictions
from training.figures import Figure
from training.settings import StressTestParams

UNCHANGED = "none"


@dataclass(frozen=True)
class StressResult:
    """Predictions for the chosen photos after one corruption; ``none`` at severity 0 for unchanged photos."""

    name: str
    severity: int
    rows: pd.DataFrame


def predict_corrupted(bundle: Bundle, photos: pd.DataFrame, params: StressTestParams) -> Iterator[StressResult]:
    """Predictions for the unchanged photos, and after every corruption at every severity."""
    yield StressResult(UNCHANGED, 0, _predict(bundle, photos, lambda pixels: pixels, title=UNCHANGED))
    for name in CORRUPTIONS:
        for severity in SEVERITIES:
            change = partial(corrupt, name=name, severity=severity, seed=params.seed)
            yield StressResult(name, severity, _predict(bundle, photos, change, title=f"{name} {severity}"))


def _predict(bundle: Bundle, photos: pd.DataFrame, change: Callable[[Pixels], Pixels], *, title: str) -> pd.DataFrame:
    """Predictions for changed photos; the quality limits measure the changed photos too, as in the service."""
    measured: list[Quality] = []

    def changed(pixels: Pixels) -> Pixels:
        pixels = change(pixels)
        measured.append(measure(pixels))
        return pixels

    answers = answer(bundle, list(photos["photo"]), title=f"stress test: {title}", change=changed)
    seen = {name: [getattr(figure, name) for figure in measured] for name in MEASURED}
    return predictions(bundle, answers, photos.assign(**seen))


def corruption_figures(results: Sequence[StressResult], make: FigureMaker) -> Iterator[tuple[str, Figure]]:
    """Top-1 of the unchanged photos, which come first, and the points that each change loses against it."""
    unchanged, *changed = results
    groups, before = unchanged.rows["group"], _right(unchanged.rows)
    yield f"corruption.{UNCHANGED}.top1", make.accuracy("all field sources, fixed choice: top-1", unchanged.rows)
    for change in changed:
        lost = make.points(
            f"top-1 lost: {change.name}, severity {change.severity}", before, _right(change.rows), groups
        )
        yield f"corruption.{change.name}.{change.severity}.points_lost", lost


def corruption_table(results: Sequence[StressResult], figures: Mapping[str, Figure]) -> pd.DataFrame:
    """Outcomes per corruption: no answer to a bad photo does less harm than a wrong one.

    Returns:
        ``corruption``, ``severity``, ``photos``; in percent of these ``top1``, ``answered_right`` and
        ``answered_wrong`` (as decided) and ``retake`` (sent back by the quality limits); ``points_lost`` of top-1
        with the ends ``low`` and ``high`` of its interval, empty for the unchanged photos.
    """
    rows = []
    for result in results:
        right = result.rows["condition"] == result.rows["class_id"]
        wrong = (result.rows["condition"] != "") & ~right
        counted = (_right(result.rows), right, wrong, result.rows["outcome"] == Outcome.RETAKE.value)
        lost = figures.get(f"corruption.{result.name}.{result.severity}.points_lost")
        points = [lost.value, lost.low, lost.high] if lost else [None, None, None]
        shares = (round(100 * float(share.mean()), 2) for share in counted)
        rows.append([result.name, result.severity, len(result.rows), *shares, *points])
    columns = ["corruption", "severity", "photos", "top1", "answered_right", "answered_wrong", "retake"]
    return pd.DataFrame(rows, columns=[*columns, "points_lost", "low", "high"])


def _right(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    return (rows["top1"] == rows["class_id"]).to_numpy(dtype=bool)
