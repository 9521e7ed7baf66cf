"""What a run's memory comes to."""

import pytest

from benchmarks.bulk.memory import Sample, course


def samples(*columns: list[float]) -> list[Sample]:
    return [Sample(float(second), dict(enumerate(row))) for second, row in enumerate(zip(*columns, strict=True))]


def test_the_process_that_grows_most_counts_and_only_late() -> None:
    level = [100.0] * 41
    early = [100.0 + min(second, 10) for second in range(41)]
    growing = [50.0 + 0.5 * second for second in range(41)]
    # 41 samples at 0 to 40 s; 400 photos are 10 a second, so half a megabyte a second is 50 per 1,000.
    assert course(samples(level, early), photos=400).growth_mb == pytest.approx(0)
    assert course(samples(level, growing), photos=400).growth_mb == pytest.approx(50)
