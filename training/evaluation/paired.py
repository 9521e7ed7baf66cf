"""Figures of what a change gains or loses on the same photos, and of means that are no shares."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.model.bundle import Bundle
from training.evaluation.intervals import difference_interval, mean_interval
from training.report.figures import Figure
from training.settings import EvaluateParams
from training.stages.evaluate import FigureMaker


def of_whom(key: str) -> str:
    """How titles call the photos that the second part of a figure's id names."""
    return "all field sources" if key == "field" else key


class PairedFigureMaker(FigureMaker):
    """As of the stage ``evaluate``, with differences, and with the command of another stage."""

    def __init__(self, bundle: Bundle, params: EvaluateParams, *, command: str) -> None:
        super().__init__(bundle, params)
        self._command = command

    def number(
        self, title: str, value: float, unit: str, *, n: int | None = None, interval: tuple[float, float] | None = None
    ) -> Figure:
        """Any other number."""
        figure = super().number(title, value, unit, n=n, interval=interval)
        return figure.model_copy(update={"command": self._command})

    def points(
        self, title: str, first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_], groups: "pd.Series[str]"
    ) -> Figure:
        """Percentage points by which the first share exceeds the second on the same photos.

        Args:
            title: Of the figure.
            first: ``(N,)`` right answers, at least one.
            second: ``(N,)``, same order.
            groups: ``N`` group names.
        """
        low, high = difference_interval(first, second, groups, resamples=self._params.resamples, seed=self._params.seed)
        value = 100 * float(first.mean() - second.mean())
        return self.number(title, value, "points", n=len(first), interval=(round(100 * low, 2), round(100 * high, 2)))

    def mean(self, title: str, values: npt.NDArray[np.float64], groups: "pd.Series[str]") -> Figure:
        """A mean of costs in 0..1, whole groups resampled.

        Args:
            title: Of the figure.
            values: ``(N,)``, at least one.
            groups: ``N`` group names.
        """
        low, high = mean_interval(values, groups, resamples=self._params.resamples, seed=self._params.seed)
        interval = (round(low, 4), round(high, 4))
        return self.number(title, float(values.mean()), "", n=len(values), interval=interval)
