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


def test_what_fills_up_at_the_start_and_stays_is_flat() -> None:
    verdict = judge(FLAT_ANSWERS, samples(), failures=0)
    assert not verdict.is_bad
    assert verdict.growth_mb_per_min == pytest.approx(0, abs=1e-9)


def test_one_worker_that_grows_is_seen() -> None:
    verdict = judge(FLAT_ANSWERS, samples(0.5), failures=0)
    assert verdict.is_bad
    assert verdict.growth_mb_per_min == pytest.approx(0.5)


def test_slower_answers_at_the_end_are_seen() -> None:
    slower = [(at_s, latency_s * (1.5 if at_s > 1500 else 1)) for at_s, latency_s in FLAT_ANSWERS]
    verdict = judge(slower, samples(), failures=0)
    assert verdict.is_bad
    assert verdict.slowdown == pytest.approx(1.5)


def test_a_slow_beginning_hides_no_slowdown() -> None:
    """Something else kept the machine busy at first; what the end is like beside that says nothing."""
    disturbed = [(at_s, latency_s * (4 if at_s < 300 else 1)) for at_s, latency_s in FLAT_ANSWERS]
    verdict = judge(disturbed, samples(), failures=0)
    assert verdict.slowdown == pytest.approx(0.25)
    assert verdict.is_bad


def test_one_failed_request_is_too_many() -> None:
    assert judge(FLAT_ANSWERS, samples(), failures=1).is_bad


def test_a_worker_that_came_later_is_seen() -> None:
    late = [sample for sample in samples(pids=(10, 11, 12)) if sample.pid != 12 or sample.at_s > 900]
    verdict = judge(FLAT_ANSWERS, late, failures=0)
    assert (verdict.replaced, verdict.is_bad) == (1, True)
    assert figures(verdict, minutes=30, answers=9)["steady.replaced"].value == 1
