"""Roll-up: how often a coarser statement is made where no condition is named, and how often it is true."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.rules import CoarseStatement, decide
from majani.model.bundle import ClassEntry, Manifest
from majani.taxonomy import Kind
from training.evaluation.figure_maker import FigureMaker, title_of
from training.figures import Figure


def is_true(statement: CoarseStatement, truth: ClassEntry) -> bool:
    """Whether a coarser statement holds for a photo of this condition: its crop, and what it says besides."""
    if statement.crop != truth.crop or (statement.sick and truth.kind is Kind.HEALTHY):
        return False
    return statement.parent is None or statement.parent == truth.parent


def coarse_statements(
    probabilities: npt.NDArray[np.float32], rows: pd.DataFrame, manifest: Manifest
) -> list[CoarseStatement | None]:
    """The coarser statement about each photo, from ``(N, C)`` probabilities.

    Returns:
        ``N`` statements; None where a condition was named, nothing could be said, or the photo was sent back.
    """
    decisions = (decide(row, manifest=manifest) for row in probabilities)
    return [
        decision.coarse if outcome == decision.outcome.value else None
        for decision, outcome in zip(decisions, rows["outcome"], strict=True)
    ]


def rollup_figures(
    key: str,
    rows: pd.DataFrame,
    statements: Sequence[CoarseStatement | None],
    manifest: Manifest,
    make: FigureMaker,
) -> Iterator[tuple[str, Figure]]:
    """How often anything is said about sound photos of crops, named or coarser, and how often that is true."""
    if rows.empty:
        return
    entries = {entry.id: entry for entry in manifest.classes}
    named = (rows["condition"] != "").to_numpy()
    coarse = np.array([statement is not None for statement in statements])
    true = np.array(
        [
            condition == truth if statement is None else truth in entries and is_true(statement, entries[truth])
            for statement, condition, truth in zip(statements, rows["condition"], rows["class_id"], strict=True)
        ]
    )
    photos, either = title_of(key), named | coarse
    yield f"rollup.{key}.said", make.share(f"{photos}: something is said, named or coarser", either, rows["group"])
    yield f"rollup.{key}.coarse", make.share(f"{photos}: only something coarser is said", coarse, rows["group"])
    for name, title, is_counted in (
        ("true", "true when something is said", either),
        ("coarse_true", "true when coarser", coarse),
    ):
        if is_counted.any():
            share = make.share(f"{photos}: {title}", true[is_counted], rows["group"][is_counted])
            yield f"rollup.{key}.{name}", share
