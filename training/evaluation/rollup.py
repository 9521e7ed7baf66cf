"""Roll-up: how often a coarser statement is made where no condition is named, and how often it is true."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.rules import CoarseStatement, decide
from majani.model.bundle import ClassEntry, Manifest
from majani.model.predictor import Floats
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
    """The coarser statement about each photo.

    Args:
        probabilities: ``(N, C)``, each row summing to 1.
        rows: The same photos with ``outcome``.
        manifest: Supplies classes and thresholds.

    Returns:
        ``N`` statements; None where a condition was named, nothing could be said, or the photo was sent back.
    """

    def of_photo(row: Floats, outcome: str) -> CoarseStatement | None:
        decision = decide(row, manifest=manifest)
        return decision.coarse if outcome == decision.outcome.value else None

    return [of_photo(row, outcome) for row, outcome in zip(probabilities, rows["outcome"], strict=True)]


def rollup_figures(
    key: str,
    rows: pd.DataFrame,
    statements: Sequence[CoarseStatement | None],
    manifest: Manifest,
    make: FigureMaker,
) -> Iterator[tuple[str, Figure]]:
    """How often anything is said of a photo, named or coarser, and how often that is true.

    Args:
        key: Second part of the ids, and who the figures are of.
        rows: Sound photos of crops with ``class_id``, ``condition`` and ``group``.
        statements: As :func:`coarse_statements` gives them for these rows.
        manifest: Describes the classes.
        make: Makes the figures.
    """
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
    whom, said = title_of(key), named | coarse
    yield f"rollup.{key}.said", make.share(f"{whom}: something is said, named or coarser", said, rows["group"])
    yield f"rollup.{key}.coarse", make.share(f"{whom}: only something coarser is said", coarse, rows["group"])
    for name, title, some in (
        ("true", "true when something is said", said),
        ("coarse_true", "true when coarser", coarse),
    ):
        if some.any():
            yield f"rollup.{key}.{name}", make.share(f"{whom}: {title}", true[some], rows["group"][some])
