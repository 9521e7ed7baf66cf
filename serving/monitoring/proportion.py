"""A share with its interval: of how many it was right, and between what the truth may lie."""

from dataclasses import dataclass
from math import sqrt

# Quantile of the normal distribution for a 95 % interval.
_QUANTILE = 1.96


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """0..1; None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, by Wilson (1927), which also holds for few and for all or none; 0..1 of nothing."""
        if self.whole == 0:
            return 0.0, 1.0
        share, weight = self.part / self.whole, _QUANTILE**2 / self.whole
        middle = share + weight / 2
        half = _QUANTILE * sqrt(share * (1 - share) / self.whole + weight / (4 * self.whole))
        return max(0.0, (middle - half) / (1 + weight)), min(1.0, (middle + half) / (1 + weight))
