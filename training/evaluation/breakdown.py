"""Predictions broken down for the report: by crop and class, by confidence, by what was taken for what.

Tables only; how they look is the business of :mod:`training.report.charts` and :mod:`training.report.chapter`.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.taxonomy import REJECT_CLASSES
from training.artifacts import FIELD_DOMAINS
from training.evaluation.intervals import share_interval
from training.evaluation.metrics import confidence_bins
from training.settings import EvaluateParams


def accuracy_table(rows: pd.DataFrame, names: "pd.Series[str]", params: EvaluateParams) -> pd.DataFrame:
    """Top-1 of every crop or class, in the field and in the laboratory.

    Args:
        rows: Sound photos of crops with ``class_id``, ``top1``, ``domain`` and ``group``.
        names: ``N``, what each photo counts for.
        params: Seed and number of resamples.

    Returns:
        ``name``, ``where`` (``field`` or ``lab``), ``photos``, ``top1`` with ``low`` and ``high`` in percent, and
        ``mistaken_for``: the class most often answered instead, with how often; empty if there was no mistake.
    """
    table = []
    where = rows["domain"].isin(FIELD_DOMAINS).map({True: "field", False: "lab"})
    for (name, place), some in rows.groupby([names, where]):
        right = (some["top1"] == some["class_id"]).to_numpy()
        ends = share_interval(right, some["group"], resamples=params.resamples, seed=params.seed)
        percent = [round(100 * share, 1) for share in (float(right.mean()), *ends)]
        table.append([name, place, len(some), *percent, _commonest(some["top1"][~right])])
    return pd.DataFrame(table, columns=["name", "where", "photos", "top1", "low", "high", "mistaken_for"])


def _commonest(mistakes: "pd.Series[str]") -> str:
    if mistakes.empty:
        return ""
    counts = mistakes.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    return f"{counts.index[0]} ({counts.iloc[0]})"


def reliability_table(rows: pd.DataFrame, params: EvaluateParams) -> pd.DataFrame:
    """How often answers of each confidence are right, in the ten bins that the calibration error is counted in.

    Args:
        rows: Photos with ``confidence``, ``top1``, ``class_id`` and ``group``.
        params: Seed and number of resamples.

    Returns:
        Of each bin that holds a photo ``photos``, mean ``confidence``, ``right`` with ``low`` and ``high``, all 0..1.
    """
    table = []
    bins = confidence_bins(rows["confidence"].to_numpy())
    for one in np.unique(bins):
        some = rows[bins == one]
        right = (some["top1"] == some["class_id"]).to_numpy()
        ends = share_interval(right, some["group"], resamples=params.resamples, seed=params.seed)
        shares = [round(share, 4) for share in (float(some["confidence"].mean()), float(right.mean()), *ends)]
        table.append([len(some), *shares])
    return pd.DataFrame(table, columns=["photos", "confidence", "right", "low", "high"])


def coverage_curve(rows: pd.DataFrame) -> pd.DataFrame:
    """What one threshold for all would do: the share of photos answered, and how many of these answers are right.

    A photo that is taken for no crop leaf is never answered, so the curve may end before 1.

    Args:
        rows: Photos of crops with ``confidence``, ``top1`` and ``class_id``.

    Returns:
        ``threshold``, ``answered`` and ``right``, all 0..1, by falling threshold; one row per confidence that occurs.
    """
    named = rows[~rows["top1"].isin(REJECT_CLASSES)].sort_values("confidence", ascending=False)
    answers = np.arange(1, len(named) + 1)
    curve = pd.DataFrame(
        {
            "threshold": named["confidence"].to_numpy(),
            "answered": (answers / max(len(rows), 1)).round(4),
            "right": ((named["top1"] == named["class_id"]).cumsum().to_numpy() / answers).round(4),
        }
    )
    # A threshold cannot pass between answers of one confidence.
    return curve.drop_duplicates("threshold", keep="last").reset_index(drop=True)


def operating_point(rows: pd.DataFrame) -> tuple[float, float] | None:
    """Where the shipped thresholds stand beside such a curve: share answered and share right of these, 0..1.

    They differ by class, and bad photos are sent back, so the point need not lie on the curve. None if nothing was
    answered.
    """
    named: npt.NDArray[np.bool_] = (rows["condition"] != "").to_numpy()
    if not named.any():
        return None
    told = (rows["condition"] == rows["class_id"]).to_numpy()
    return float(named.mean()), float(told[named].mean())


def confusion_pairs(rows: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """What is most often taken for what.

    Args:
        rows: Photos with ``class_id`` and ``top1``.
        most: How many pairs to list.

    Returns:
        ``truth``, ``answered``, ``photos``, and ``share``: these in percent of all photos of ``truth``.
    """
    wrong = rows[rows["top1"] != rows["class_id"]]
    pairs = wrong.groupby(["class_id", "top1"]).size().rename("photos").reset_index()
    pairs = pairs.rename(columns={"class_id": "truth", "top1": "answered"})
    photos_of = pairs["truth"].map(rows["class_id"].value_counts()).astype(float)  # no mistake would map to text
    pairs["share"] = (100 * pairs["photos"] / photos_of).round(1)
    ordered = pairs.sort_values(["photos", "share", "truth", "answered"], ascending=[False, False, True, True])
    return ordered.head(most).reset_index(drop=True)
