"""Who is right where two models differ."""

import pytest

from serving.monitoring.mcnemar import PairedOutcomes


@pytest.mark.parametrize(
    ("incumbent_only", "challenger_only", "p_value"),
    [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 0.0625), (5, 0, 0.0625), (1, 9, 0.021484375), (10, 30, 0.00222)],
)
def test_p_value_is_that_of_the_sign_test(incumbent_only: int, challenger_only: int, p_value: float) -> None:
    paired = PairedOutcomes(both=100, incumbent_only=incumbent_only, challenger_only=challenger_only, neither=7)
    assert paired.p_value == pytest.approx(p_value, rel=0.01)


def test_cases_are_counted() -> None:
    paired = PairedOutcomes.count([(True, True), (True, False), (False, True), (False, True), (False, False)])
    assert paired == PairedOutcomes(both=1, incumbent_only=1, challenger_only=2, neither=1)
    assert paired.cases == 5
