"""Ablations of a farmer's help: top-1 with and without a crop hint, and with three photos or one."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.cluster.hierarchy import DisjointSet

from majani.decision.rules import pool_cases
from majani.model.bundle import Manifest
from majani.model.head import Answers
from training.calibration.situations import CASE_PHOTOS, deal_cases
from training.evaluation.figure_maker import FigureMaker, title_of
from training.figures import Figure


def hinted(answers: Answers, rows: pd.DataFrame, manifest: Manifest) -> list[str]:
    """The best class of each photo when its true crop is named, if the bundle knows that crop."""
    crops, beliefs = rows["class_id"].str.partition(".")[0].to_numpy(), answers.probabilities[rows.index]
    of_class = np.array([entry.crop or "" for entry in manifest.classes])
    is_known = np.isin(crops, of_class)[:, None]
    return Answers(answers.class_ids, np.where(is_known & (of_class != crops[:, None]), 0, beliefs)).best()


def hint_figures(
    key: str, answers: Answers, rows: pd.DataFrame, manifest: Manifest, make: FigureMaker
) -> Iterator[tuple[str, Figure]]:
    """Top-1 on sound photos of crops with the true crop named, and its gain; ``answers`` has the rows' index."""
    if rows.empty:
        return
    photos, truth = title_of(key), rows["class_id"].to_numpy()
    with_hint = np.array(hinted(answers, rows, manifest)) == truth
    without = rows["top1"].to_numpy() == truth
    yield f"hint.{key}.top1", make.share(f"{photos}: top-1 with the crop named", with_hint, rows["group"])
    gained = make.points(f"{photos}: top-1 gained by naming the crop", with_hint, without, rows["group"])
    yield f"hint.{key}.points_gained", gained


def case_figures(
    key: str, answers: Answers, rows: pd.DataFrame, make: FigureMaker, *, seed: int
) -> Iterator[tuple[str, Figure]]:
    """Top-1 of three pooled photos, and its gain over the mean of the three alone.

    The photos of a case show one condition, but mostly different plants. Photos of one plant are more alike, so the
    real gain is smaller.
    """
    cases = deal_cases(rows, seed=seed)
    if not cases:
        return
    pooled = pool_cases(answers.probabilities[np.array(cases)])
    together = (
        np.array(answers.class_ids)[pooled.argmax(axis=1)]
        == rows.loc[[case[0] for case in cases], "class_id"].to_numpy()
    )
    members = rows.loc[[index for case in cases for index in case]]
    alone: npt.NDArray[np.bool_] = members["top1"].to_numpy() == members["class_id"].to_numpy()
    number = _independent(cases, rows["group"])
    title = f"{title_of(key)}: three plants of one condition, "
    yield f"three_photos.{key}.top1", make.share(f"{title}top-1", together, number)
    gained = make.points(f"{title}gained over one", together.repeat(CASE_PHOTOS), alone, number.repeat(CASE_PHOTOS))
    yield f"three_photos.{key}.points_gained", gained.model_copy(update={"n": len(cases)})


def _independent(cases: list[tuple[int, ...]], groups: "pd.Series[str]") -> "pd.Series[str]":
    """``(len(cases),)`` names; cases that hold photos of one leaf or burst share a name."""
    joined = DisjointSet(range(len(cases)))
    first: dict[str, int] = {}
    for position, case in enumerate(cases):
        for group in groups.loc[list(case)]:
            joined.merge(first.setdefault(group, position), position)
    lowest = {position: min(subset) for subset in joined.subsets() for position in subset}
    return pd.Series([f"cases {lowest[position]}" for position in range(len(cases))])
