"""95 % intervals for shares of photos that come in groups."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta


def share_interval(
    right: npt.NDArray[np.bool_], groups: "pd.Series[str]", *, resamples: int, seed: int
) -> tuple[float, float]:
    """Interval of the share of right photos.

    Photos of one leaf stand or fall together, so whole groups are resampled (percentile bootstrap). A share of 0 or 1
    has no spread to resample; then the exact binomial interval over groups is given.

    Args:
        right: ``(N,)``, at least one.
        groups: ``N`` group names.
        resamples: Number of bootstrap samples.
        seed: Of their generator.

    Returns:
        Lower and upper end, 0..1.
    """
    if right.all() or not right.any():
        exact = float(beta.ppf(0.025, groups.nunique(), 1))
        return (exact, 1.0) if right.all() else (0.0, 1.0 - exact)
    return mean_interval(right.astype(float), groups, resamples=resamples, seed=seed)


def difference_interval(
    first: npt.NDArray[np.bool_],
    second: npt.NDArray[np.bool_],
    groups: "pd.Series[str]",
    *,
    resamples: int,
    seed: int,
) -> tuple[float, float]:
    """Interval of the difference of two shares on the same photos, first minus second, by paired bootstrap.

    Args:
        first: ``(N,)`` right answers of one bundle.
        second: ``(N,)`` right answers of the other, same order.
        groups: ``N`` group names.
        resamples: Number of bootstrap samples.
        seed: Of their generator.

    Returns:
        Lower and upper end, -1..1.
    """
    return mean_interval(first.astype(float) - second.astype(float), groups, resamples=resamples, seed=seed)


def mean_interval(
    values: npt.NDArray[np.float64], groups: "pd.Series[str]", *, resamples: int, seed: int
) -> tuple[float, float]:
    """Interval of a mean over photos; whole groups are resampled (percentile bootstrap).

    Args:
        values: ``(N,)``, at least one.
        groups: ``N`` group names.
        resamples: Number of bootstrap samples.
        seed: Of their generator.
    """
    by_group = pd.DataFrame({"value": values, "group": list(groups)}).groupby("group")["value"].agg(["sum", "size"])
    sums, sizes = by_group["sum"].to_numpy(dtype=float), by_group["size"].to_numpy(dtype=float)
    drawn = np.random.default_rng(seed).integers(0, len(by_group), size=(resamples, len(by_group)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)
