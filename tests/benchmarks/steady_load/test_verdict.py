"""Growth, slowdown and failures are each seen, and nothing else is."""

import pytest

from benchmarks.steady_load.verdict import Sample, figures, judge

SECONDS = range(0, 1800, 5)
FLAT_ANSWERS = [(float(at_s), 0.05 + 0.01 * (at_s % 7)) for at_s in SECONDS]


def samples(growth_mb_per_min: float = 0.0, pids: tuple[int, ...] = (10, 11)) -> list[Sample]:
    """The first five minutes fill caches; then worker 11 grows."""
    return [
        Sample(at_s, pid, 100 + min(at_s, 300) / 10 + (growth_mb_per_min * at_s / 60 if pid == 11 else 0))
        for at_s in SECONDS
        for pid in pids
    ]


def slower(by: float, *, first_s: int = 0, last_s: int = 1800) -> list[tuple[float, float]]:
    """Answers that take so many times as long in a part of the time."""
    return [(at_s, latency_s * (by if first_s < at_s < last_s else 1)) for at_s, latency_s in FLAT_ANSWERS]


@pytest.mark.parametrize(
    ("answers", "growth", "failures", "slowdown", "is_bad"),
    [
        pytest.param(FLAT_ANSWERS, 0, 0, 1, False, id="what fills up at the start and stays is flat"),
        pytest.param(FLAT_ANSWERS, 0.5, 0, 1, True, id="one worker that grows"),
        pytest.param(slower(1.5, first_s=1500), 0, 0, 1.5, True, id="slower at the end"),
        # Something else kept the machine busy at first; what the end is like beside that says nothing.
        pytest.param(slower(4, first_s=-1, last_s=300), 0, 0, 0.25, True, id="a slow beginning hides no slowdown"),
        pytest.param(FLAT_ANSWERS, 0, 1, 1, True, id="one failed request"),
    ],
)
def test_growth_slowdown_and_failures_are_seen(
    answers: list[tuple[float, float]], growth: float, failures: int, slowdown: float, is_bad: bool
) -> None:
    verdict = judge(answers, samples(growth), failures=failures)
    assert verdict.growth_mb_per_min == pytest.approx(growth, abs=1e-9)
    assert (verdict.slowdown, verdict.is_bad) == (pytest.approx(slowdown), is_bad)


def test_a_worker_that_came_later_is_seen() -> None:
    late = [sample for sample in samples(pids=(10, 11, 12)) if sample.pid != 12 or sample.at_s > 900]
    verdict = judge(FLAT_ANSWERS, late, failures=0)
    assert (verdict.replaced, verdict.is_bad) == (1, True)
    assert figures(verdict, minutes=30, answers=9)["steady.replaced"].value == 1
