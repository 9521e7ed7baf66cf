"""95 % intervals for shares of photos that come in groups."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta

# From fewer, resampling makes intervals that are far too narrow.
_ENOUGH_GROUPS = 10


def share_interval(
    right: npt.NDArray[np.bool_], groups: "pd.Series[str]", *, resamples: int, seed: int
) -> tuple[float, float]:
    """Interval of the share of right photos.

    Photos of one leaf stand or fall together, so whole groups are resampled (percentile bootstrap). A share of 0 or 1
    has no spread to resample, and a handful of groups, or of groups in which anything is right (or wrong), hardly any;
    then it is at least the exact binomial interval (Clopper and Pearson) of as many independent photos as there are
    groups.

    Args:
        right: ``(N,)``, at least one.
        groups: ``N`` group names.
        resamples: Number of bootstrap samples.
        seed: Of their generator.

    Returns:
        Lower and upper end, 0..1.
    """
    count = groups.nunique()
    if right.all() or not right.any():
        exact = float(beta.ppf(0.025, count, 1))
        return (exact, 1.0) if right.all() else (0.0, 1.0 - exact)
    low, high = mean_interval(right.astype(float), groups, resamples=resamples, seed=seed)
    rarer = min(len(set(groups[right])), len(set(groups[~right])))
    if rarer >= _ENOUGH_GROUPS:
        return low, high
    rights = float(right.mean()) * count
    exact_low = float(beta.ppf(0.025, rights, count - rights + 1))
    exact_high = float(beta.ppf(0.975, rights + 1, count - rights))
    return min(low, exact_low), max(high, exact_high)


def difference_interval(
    first: npt.NDArray[np.bool_],
    second: npt.NDArray[np.bool_],
    groups: "pd.Series[str]",
    *,
    resamples: int,
    seed: int,
) -> tuple[float, float]:
    """Interval of the difference of two shares on the same photos, first minus second, by paired bootstrap.

    Where both are right about the same photos there is nothing to resample; then no more groups differ than the exact
    binomial interval of none allows, in either direction.

    Args:
        first: ``(N,)`` right answers of one bundle.
        second: ``(N,)`` right answers of the other, same order.
        groups: ``N`` group names.
        resamples: Number of bootstrap samples.
        seed: Of their generator.

    Returns:
        Lower and upper end, -1..1.
    """
    if (first == second).all():
        _, most = share_interval(np.zeros(len(first), dtype=bool), groups, resamples=resamples, seed=seed)
        return -most, most
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
