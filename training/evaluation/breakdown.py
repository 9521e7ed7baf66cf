"""Predictions broken down for the report: by crop and class, by confidence, by what was taken for what.

These are tables only; :mod:`training.report.charts` and :mod:`training.report.context` show them.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import FIELD_DOMAINS
from training.evaluation.intervals import share_interval
from training.evaluation.metrics import confidence_bins
from training.settings import EvaluateParams


def accuracy_table(rows: pd.DataFrame, names: "pd.Series[str]", params: EvaluateParams) -> pd.DataFrame:
    """Top-1 of every crop or class (``names``) on sound photos of crops, in the field and in the laboratory.

    Returns:
        ``name``, ``where`` (``field`` or ``lab``), ``photos``, ``top1`` with ``low`` and ``high`` in percent, and
        ``mistaken_for``: the class most often answered instead, with how often; empty if there was no mistake.
    """
    table = []
    where = rows["domain"].isin(FIELD_DOMAINS).map({True: "field", False: "lab"})
    for (name, place), photos in rows.groupby([names, where]):
        right, shares = _accuracy(photos, params)
        percent = [round(100 * share, 1) for share in shares]
        table.append([name, place, len(photos), *percent, _commonest(photos["top1"][~right])])
    return pd.DataFrame(table, columns=["name", "where", "photos", "top1", "low", "high", "mistaken_for"])


def _accuracy(photos: pd.DataFrame, params: EvaluateParams) -> tuple[npt.NDArray[np.bool_], tuple[float, ...]]:
    """Which photos are right at top-1; their share with both ends of its interval."""
    right = (photos["top1"] == photos["class_id"]).to_numpy()
    ends = share_interval(right, photos["group"], params)
    return right, (float(right.mean()), *ends)


def _commonest(mistakes: "pd.Series[str]") -> str:
    if mistakes.empty:
        return ""
    counts = mistakes.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    return f"{counts.index[0]} ({counts.iloc[0]})"


def reliability_table(rows: pd.DataFrame, params: EvaluateParams) -> pd.DataFrame:
    """How often answers of each confidence are right, in the ten bins of the calibration error.

    Returns:
        For each bin that holds a photo ``photos``, mean ``confidence``, ``right`` with ``low`` and ``high``, all 0..1.
    """
    table = []
    bins = confidence_bins(rows["confidence"].to_numpy())
    for _, photos in rows.groupby(bins):
        _, shares = _accuracy(photos, params)
        table.append([len(photos), *(round(share, 4) for share in (float(photos["confidence"].mean()), *shares))])
    return pd.DataFrame(table, columns=["photos", "confidence", "right", "low", "high"])


def coverage_curve(rows: pd.DataFrame) -> pd.DataFrame:
    """What one threshold for all classes would do: the share of photos answered, and how many of these are right.

    A photo that is taken for no crop leaf is never answered, so the curve may end before 1.

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

    They differ by class, and bad photos are sent back, so the point need not lie on the curve. None without an answer.
    """
    answered = rows[rows["condition"] != ""]
    if answered.empty:
        return None
    return len(answered) / len(rows), float((answered["condition"] == answered["class_id"]).mean())


def confusion_pairs(rows: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """The commonest confusions; ``share`` is in percent of the photos of ``truth``."""
    wrong = rows[rows["top1"] != rows["class_id"]]
    pairs = wrong.groupby(["class_id", "top1"]).size().rename("photos").reset_index()
    pairs = pairs.rename(columns={"class_id": "truth", "top1": "answered"})
    photos_of = pairs["truth"].map(rows["class_id"].value_counts()).astype(float)  # no mistake would map to text
    pairs["share"] = (100 * pairs["photos"] / photos_of).round(1)
    ordered = pairs.sort_values(["photos", "share", "truth", "answered"], ascending=[False, False, True, True])
    return ordered.head(most).reset_index(drop=True)
