"""Intervals for shares of photos that come in groups; 95 % unless another confidence is asked for."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta

from training.settings import Resampling

# From fewer, resampling makes intervals that are far too narrow.
_ENOUGH_GROUPS = 10
# Samples of thousands of groups; all at once would take hundreds of megabytes.
_AT_ONCE = 500


def share_interval(
    right: npt.NDArray[np.bool_], groups: "pd.Series[str]", sampling: Resampling, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of the share of right photos, 0..1.

    Photos of one leaf stand or fall together, so whole groups are resampled (percentile bootstrap). A share of 0 or 1
    has no spread to resample, and few groups, or few in which anything is right (or wrong), have hardly any. The
    interval is then at least the exact binomial one (Clopper and Pearson) of as many independent photos as groups.

    Args:
        right: ``(N,)``, at least one.
        groups: ``N`` group names.
        sampling: Number of bootstrap samples, and the seed of their generator.
        confidence: That the true share lies inside, 0..1.
    """
    count = groups.nunique()
    if right.all() or not right.any():
        return exact_interval(float(right.all()), count, confidence)
    low, high = mean_interval(right.astype(float), groups, sampling, confidence)
    rarer = min(len(set(groups[right])), len(set(groups[~right])))
    if rarer >= _ENOUGH_GROUPS:
        return low, high
    exact_low, exact_high = exact_interval(float(right.mean()), count, confidence)
    return min(low, exact_low), max(high, exact_high)


def difference_interval(
    first: npt.NDArray[np.bool_],
    second: npt.NDArray[np.bool_],
    groups: "pd.Series[str]",
    sampling: Resampling,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Interval of the difference of two shares on the same photos, first minus second, -1..1, by paired bootstrap.

    Where both are right about the same photos there is nothing to resample; then no more groups differ than the exact
    binomial interval of none allows, in either direction. Where they differ in a handful of groups, resampling takes
    four that agree by chance for certainty; then it is at least the exact interval of the share of these groups in
    which the first is the better one.
    """
    if (first == second).all():
        _, most = exact_interval(0.0, groups.nunique(), confidence)
        return -most, most
    gains = first.astype(float) - second.astype(float)
    low, high = mean_interval(gains, groups, sampling, confidence)
    differs = gains != 0
    differing = groups[differs].nunique()
    if differing >= _ENOUGH_GROUPS:
        return low, high
    exact_low, exact_high = (
        2 * end - 1 for end in exact_interval(float((gains[differs] > 0).mean()), differing, confidence)
    )
    return min(low, exact_low * float(differs.mean())), max(high, exact_high * float(differs.mean()))


def exact_interval(share: float, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's interval for a share of ``count`` independent trials; hits need not be a whole number."""
    hits = share * count
    outside = (1 - confidence) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(outside, hits, count - hits + 1))
    high = 1.0 if hits == count else float(beta.ppf(1 - outside, hits + 1, count - hits))
    return low, high


def mean_interval(
    values: npt.NDArray[np.float64], groups: "pd.Series[str]", sampling: Resampling, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of a mean over photos ``(N,)``; whole groups are resampled (percentile bootstrap)."""
    by_group = pd.DataFrame({"value": values, "group": list(groups)}).groupby("group")["value"].agg(["sum", "size"])
    sums, sizes = by_group["sum"].to_numpy(dtype=float), by_group["size"].to_numpy(dtype=float)
    random, means = np.random.default_rng(sampling.seed), np.zeros(sampling.resamples)
    for some in np.array_split(means, range(_AT_ONCE, sampling.resamples, _AT_ONCE)):
        drawn = random.integers(0, len(by_group), size=(len(some), len(by_group)))
        some[:] = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    outside = (1 - confidence) / 2
    low, high = np.quantile(means, [outside, 1 - outside])
    return float(low), float(high)
