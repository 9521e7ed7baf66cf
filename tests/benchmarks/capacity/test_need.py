"""The arithmetic from diagnoses a month to what they take."""

import pytest

from benchmarks.capacity.need import Costs, Habits, need

COSTS = Costs(
    small_cpu_s=0.02,
    large_cpu_s=0.05,
    database_cpu_s=0.001,
    case_bytes=2000,
    photo_bytes=100_000,
    large_photo_bytes=1_000_000,
    answer_bytes=1000,
    worker_bytes=200e6,
    bulk_cpu_s=0.01,
)
# One case a second on average, and everything in round numbers.
HABITS = Habits(
    photos_per_case=2,
    large_share=0.5,
    busy_factor=10,
    keeping_share=0.25,
    diagnosis_days=30,
    photo_days=300,
    backups=10,
    busy_share=0.5,
    core_hour=0.1,
    gb_month=0.01,
    gb_out=0.1,
)
CASES = 30 * 24 * 3600


def test_every_number_follows() -> None:
    found = need(CASES, COSTS, HABITS)
    assert found.cases_per_s == pytest.approx(10)
    # 10 small and 10 large photos a second, on cores that may be half busy.
    assert found.service_cores == pytest.approx((10 * 0.02 + 10 * 0.05) / 0.5)
    assert found.service_gb == pytest.approx(1.4 * 0.2)
    assert found.in_gb == pytest.approx(CASES * 1.1e6 / 1e9)
    assert found.photos_gb == pytest.approx(CASES * 1.1e6 * 0.25 * 10 / 1e9)
    # A quarter of the cases stays ten months, the others one.
    assert found.database_gb == pytest.approx(CASES * 2000 * (0.25 * 10 + 0.75) / 1e9)
    assert found.backups_gb == pytest.approx(found.photos_gb + 10 * found.database_gb)
    assert found.out_gb == pytest.approx(CASES * 1000 / 1e9)
    assert found.money == pytest.approx(
        720 * 0.1 * 2.4 + (found.photos_gb + found.backups_gb) * 0.01 + found.out_gb * 0.1
    )
