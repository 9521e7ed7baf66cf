"""Pauses are measured as clients feel them; and a replica is really killed under load, and nothing is lost."""

import json
from pathlib import Path

import pytest

from benchmarks.faults.clients import Attempt
from benchmarks.faults.run import Course
from benchmarks.replicas.faults import FAULTS
from benchmarks.replicas.run import longest_pause_s, run
from tests.benchmarks.replicas.here import needing_what_may_be_absent
from tests.pictures import PictureFactory

SECONDS = 3


def attempts(*ends: float, result: str = "201") -> list[Attempt]:
    return [Attempt(end - 0.5, end, result) for end in ends]


@pytest.mark.parametrize(
    ("ends", "pause_s"),
    [
        pytest.param([9, 10.5, 11, 14, 14.5, 20.5, 30], 6, id="in the middle"),
        pytest.param([9, 13, 14, 15, 16, 17, 18, 19, 20.5], 3, id="at the beginning"),
        pytest.param([12, 14, 16, 18, 25], 7, id="over the end"),
        pytest.param([9, 12, 14, 16, 18], None, id="never again"),
    ],
)
def test_longest_pause(ends: list[float], pause_s: float | None) -> None:
    course = Course(began=10, ended=20, complaints=[], recovered_s=0)
    failures = attempts(10.1, 13.5, 17.5, 21, result="503 busy")
    assert longest_pause_s(failures + attempts(*reversed(ends)), course) == pause_s


@pytest.mark.alone
def test_nothing_lost_or_doubled(tiny_bundle_dir: Path, tmp_path: Path, pictures: PictureFactory) -> None:
    (fault,) = (one for one in FAULTS if one.name == "replica_killed")
    photos = [pictures.red(), pictures.leaf()]
    with needing_what_may_be_absent():
        outcome = run(fault, work=tmp_path, bundle=tiny_bundle_dir, photos=photos, seconds=SECONDS)
    report = outcome.report
    assert (report.truth.lost, report.truth.duplicated, report.complaints) == ([], [], [])
    assert report.truth.swept == report.truth.stray_photos
    assert outcome.failed == 0 < outcome.requests
    # Otherwise nothing broke, and nginx had nothing to pass on.
    lines = (tmp_path / "nginx/log").read_text().splitlines()
    assert [line for line in lines if ", " in json.loads(line)["replica"]]
