"""All published figures beside others'."""

from pathlib import Path
from typing import Any

from benchmarks.__main__ import shown
from tests.training.figures import figure as any_figure
from training.figures import Figure, read_figures
from training.report.baselines import Peer


def figure(command: str = "python -m one", value: float = 61.26, unit: str = "%", **changes: Any) -> Figure:
    return any_figure(value, "right", unit, command=command, **changes)


FIGURES = {
    "beans.top1": figure(n=321, low=56.0, high=66.04),
    "speed": figure("python -m two", value=3, unit="x", machine="2 x Some"),
}
PEER = Peer.model_validate(
    {"beside": "beans.top1", "who": "S", "value": 70.5, "unit": "%", "n": 9, "source": "https://example.org/"}
)


def test_each_figure_is_shown_with_what_makes_it_believable_and_others_beneath() -> None:
    assert shown(FIGURES, [PEER]).splitlines() == [
        "$ python -m one",
        "  (2026-01-02, numpy 2)",
        "  beans.top1: right: 61.3 %  [56.0 – 66.0]  n = 321",
        "      70.5 %: S, n = 9 (https://example.org/)",
        "",
        "$ python -m two",
        "  (2026-01-02, 2 x Some, numpy 2)",
        "  speed: right: 3 x",
    ]


def test_every_published_command_is_one_that_can_be_run() -> None:
    root = Path(__file__).parents[2]
    for command in {one.command for one in read_figures(root / "reports/figures.json").values()}:
        words = command.split()
        if words[0] == "dvc":
            assert words[1] == "repro", command
            continue
        assert words[:2] == ["python", "-m"], command
        module = root / words[2].replace(".", "/")
        assert module.with_suffix(".py").exists() or (module / "__main__.py").exists(), command
