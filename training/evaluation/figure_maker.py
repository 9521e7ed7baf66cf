"""Turns outcomes on photos into figures with n and a 95 % interval."""

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.model.bundle import Bundle
from training.evaluation.intervals import difference_interval, share_interval
from training.figures import Figure, bundle_sha256, library_versions
from training.settings import Resampling


def title_of(key: str) -> str:
    """How titles call the photos of a figure: the second part of its id."""
    return "all field sources" if key == "field" else key


class FigureMaker:
    """Makes the figures of one command about one bundle."""

    def __init__(self, bundle: Bundle, params: Resampling, *, command: str) -> None:
        self._sha256 = bundle_sha256(bundle.manifest)
        self._sampling = params
        self._command = command

    def share(self, title: str, right: "npt.NDArray[np.bool_] | pd.Series[bool]", groups: "pd.Series[str]") -> Figure:
        """A percentage of photos; whole groups are resampled."""
        right = np.asarray(right, dtype=bool)
        low, high = share_interval(right, groups, self._sampling)
        value = 100 * float(right.mean())
        return self.number(title, value, "%", n=len(right), interval=(round(100 * low, 2), round(100 * high, 2)))

    def accuracy(self, title: str, rows: pd.DataFrame, *, answer: str = "top1") -> Figure:
        """The share of photos whose column ``answer`` is the true class."""
        return self.share(title, rows[answer] == rows["class_id"], rows["group"])

    def points(
        self, title: str, first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_], groups: "pd.Series[str]"
    ) -> Figure:
        """Percentage points by which the first share, ``(N,)``, exceeds the second on the same photos."""
        low, high = difference_interval(first, second, groups, self._sampling)
        value = 100 * float(first.mean() - second.mean())
        return self.number(title, value, "points", n=len(first), interval=(round(100 * low, 2), round(100 * high, 2)))

    def number(
        self, title: str, value: float, unit: str, *, n: int | None = None, interval: tuple[float, float] | None = None
    ) -> Figure:
        """Any other number."""
        low, high = interval or (None, None)
        return Figure(
            title=title,
            value=round(value, 3),
            unit=unit,
            n=n,
            low=low,
            high=high,
            command=self._command,
            bundle_sha256=self._sha256,
            date=datetime.now(UTC).date(),
            versions=library_versions(),
        )
