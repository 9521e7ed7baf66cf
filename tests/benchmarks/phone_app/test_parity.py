"""When service and phone count as saying the same."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.phone_app.interrupted import Arrived
from benchmarks.phone_app.parity import Pair


def said(outcome: str, *candidates: tuple[str, float]) -> dict[str, Any]:
    return {"outcome": outcome, "candidates": [{"id": one, "probability": share} for one, share in candidates]}


@pytest.mark.parametrize(
    ("device", "agrees", "difference"),
    [
        (said("condition", ("rust", 0.9), ("spot", 0.1)), True, 0.0),
        (said("condition", ("rust", 0.8), ("spot", 0.2)), True, 0.1),
        (said("uncertain", ("rust", 0.9), ("spot", 0.1)), False, 0.0),
        (said("condition", ("spot", 0.6), ("rust", 0.4)), False, 0.5),
        (said("condition", ("spot", 1.0)), False, 0.9),
        (said("retake"), False, 0.0),
    ],
)
def test_outcome_and_likeliest_have_to_be_the_same(device: dict[str, Any], agrees: bool, difference: float) -> None:
    pair = Pair(Path("leaf.jpg"), said("condition", ("rust", 0.9), ("spot", 0.1)), device)
    assert (pair.agrees, pytest.approx(pair.difference)) == (agrees, difference)


@pytest.mark.parametrize(
    ("kept", "distinct", "is_sound"), [(50, 50, True), (49, 49, False), (51, 50, False), (50, 49, False)]
)
def test_every_case_has_to_be_there_once(kept: int, distinct: int, is_sound: bool) -> None:
    assert Arrived(asked=50, kept=kept, distinct=distinct, posts=60, kills=5, cuts=5).is_sound is is_sound
