"""Two replicas let through what one would, whoever a sender claims to be."""

from pathlib import Path

import pytest

from benchmarks.replicas.rate_limit import LIMIT, SENT, Counted, count
from tests.benchmarks.replicas.here import needing_what_may_be_absent
from tests.pictures import PictureFactory


@pytest.mark.parametrize(
    ("statuses", "let_through", "is_good"),
    [
        pytest.param({201: LIMIT, 429: SENT - LIMIT}, [LIMIT - 1, 1], True, id="counted together"),
        pytest.param({201: LIMIT, 429: SENT - LIMIT}, [LIMIT, 0], False, id="one replica had nothing to do"),
        pytest.param({201: 2 * LIMIT, 429: SENT - 2 * LIMIT}, [LIMIT, LIMIT], False, id="each for itself"),
        pytest.param({201: LIMIT, 429: SENT - LIMIT - 1, 503: 1}, [10, LIMIT - 10], False, id="a failure"),
    ],
)
def test_verdict(statuses: dict[int, int], let_through: list[int], is_good: bool) -> None:
    assert Counted(statuses, let_through).is_good is is_good


def test_replicas_count_together(tiny_bundle_dir: Path, tmp_path: Path, pictures: PictureFactory) -> None:
    with needing_what_may_be_absent():
        counted = count(work=tmp_path, bundle=tiny_bundle_dir, photo=pictures.leaf())
    assert counted.statuses == {201: LIMIT, 429: SENT - LIMIT}
    assert min(counted.let_through) > 0
