"""Shares come with what they are based on."""

import pytest

from serving.monitoring.proportion import Share


@pytest.mark.parametrize(
    ("share", "interval"),
    [
        pytest.param(Share(8, 10), (0.4902, 0.9433), id="few"),
        pytest.param(Share(0, 20), (0.0, 0.1611), id="none"),
        pytest.param(Share(20, 20), (0.8389, 1.0), id="all"),
        pytest.param(Share(0, 0), (0.0, 1.0), id="of nothing"),
    ],
)
def test_interval(share: Share, interval: tuple[float, float]) -> None:
    assert share.interval == pytest.approx(interval, abs=0.0003)
