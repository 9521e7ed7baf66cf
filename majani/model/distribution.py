"""Distributions of photos and answers, for monitoring to compare later cases with."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from majani.frozen import FrozenModel

# Edges are quantiles, which is the usual choice.
_BINS = 10

Count = Annotated[int, Field(ge=0)]


class Histogram(FrozenModel):
    """Counts of a measured value: ``counts[i]`` are from ``edges[i - 1]`` on and below ``edges[i]``."""

    edges: tuple[float, ...]
    counts: tuple[Count, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Ten bins with about as many each; values that occur often leave fewer."""
        ordered = sorted(values)
        edges = sorted({ordered[len(ordered) * part // _BINS] for part in range(1, _BINS)}) if ordered else []
        return cls(edges=tuple(edges), counts=_count(values, edges))

    def count(self, values: Iterable[float]) -> tuple[int, ...]:
        """Other values in the same bins."""
        return _count(values, self.edges)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if list(self.edges) != sorted(set(self.edges)) or len(self.counts) != len(self.edges) + 1:
            raise ValueError("edges must rise, with one count more than there are edges")
        return self


def _count(values: Iterable[float], edges: Sequence[float]) -> tuple[int, ...]:
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    return tuple(counts)


class ValidationPhotos(FrozenModel):
    """Distributions that monitoring compares cases with: of the field photos of crops that calibration was fitted on.

    The network has not learned from them. Each stands for a case of one photo and no named crop.

    Attributes:
        values: ``luminance`` and ``sharpness`` as in :class:`majani.image.quality.QualityLimits`, ``probability`` of
            what is named.
        words: ``outcome``, by the words of :class:`majani.decision.rules.Outcome`.
    """

    values: Mapping[str, Histogram]
    words: Mapping[str, Mapping[str, Count]]
