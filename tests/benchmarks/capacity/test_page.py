"""The page states what follows from today's figures."""

from benchmarks.capacity.need import Habits
from benchmarks.capacity.page import PAGE, render
from training.figures import read_figures


def test_is_up_to_date() -> None:
    page, values = PAGE.read_text(encoding="utf-8"), {key: figure.value for key, figure in read_figures().items()}
    assert render(page, values, Habits()) == page, "run python -m benchmarks.capacity --page"
