"""Nothing acknowledged is lost or doubled when something breaks: faults of the benchmark, on the tiny bundle."""

from pathlib import Path

import pytest

from benchmarks.faults.faults import FAULTS, Fault
from benchmarks.faults.run import run
from benchmarks.harness.absence import NotHereError
from tests.absence import absent
from tests.pictures import PictureFactory

SECONDS = 3
SHORT = ("worker_killed", "postgresql_restarted", "s3_away")
SERVER_ERROR = "500 internal_error"


@pytest.mark.alone
@pytest.mark.parametrize("fault", [one for one in FAULTS if one.name in SHORT], ids=lambda one: one.name)
def test_nothing_is_lost_or_doubled(
    fault: Fault, tiny_bundle_dir: Path, tmp_path: Path, pictures: PictureFactory
) -> None:
    photos = [pictures.red(), pictures.leaf()]
    try:
        report = run(fault, work=tmp_path, bundle=tiny_bundle_dir, photos=photos, seconds=SECONDS)
    except NotHereError as error:
        absent(str(error))
    assert (report.truth.lost, report.truth.duplicated, report.complaints) == ([], [], [])
    assert report.truth.swept == report.truth.stray_photos
    assert report.acknowledged > 0
    # Otherwise nothing broke.
    assert sum(report.failures.values()) > 0
    assert SERVER_ERROR not in report.failures
