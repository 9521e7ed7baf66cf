"""The page states what follows from today's figures."""

import pytest

from benchmarks.capacity.need import Habits
from benchmarks.capacity.page import PAGE, render, tables
from training.report.figures import read_figures


def values() -> dict[str, float]:
    return {key: figure.value for key, figure in read_figures().items()}


def test_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert render(page, values(), Habits()) == page, "run python -m benchmarks.capacity --page"


def test_states_its_assumptions() -> None:
    page, habits = PAGE.read_text(encoding="utf-8"), Habits()
    for stated in (
        f"| photos per case | {habits.photos_per_case:g} |",
        f"| photos as the camera made them | {100 * habits.large_share:g} % |",
        f"| {habits.busy_factor:g} x |",
        f"| {100 * habits.keeping_share:g} % |",
        f"| {habits.diagnosis_days} days, with kept photos {habits.photo_days} |",
        f"{habits.core_hour:g} per core hour, {habits.gb_month:g} per GB and month kept, {habits.gb_out:g} per GB sent",
    ):
        assert stated in page


def test_follows_the_figures() -> None:
    slower = {key: 2 * value for key, value in values().items()}
    assert tables(slower, Habits()) != tables(values(), Habits())


def test_needs_every_figure() -> None:
    with pytest.raises(KeyError):
        tables({}, Habits())
