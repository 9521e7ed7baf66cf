"""The phone app with the shipped bundle against the service, on real photos; and through kills and cuts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.phone_app.interrupted import interrupt
from benchmarks.phone_app.parity import agreement, pairs
from benchmarks.phone_app.service import Service, run_service
from benchmarks.serving_speed.photo import pick
from benchmarks.serving_speed.server import ROOT
from tests.absence import absent

pytestmark = [pytest.mark.browser, pytest.mark.mirror]

# A sample of what `python -m benchmarks.phone_app` measures.
COMPARED = 36
WAITING = 4


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    if not (ROOT / "web/dist/index.html").exists():
        absent("the phone app is not built; see `make app`")
    with run_service(tmp_path) as running:
        yield running


def test_both_say_the_same(browser: Browser, service: Service, mirror: Path) -> None:
    found = pairs(browser, service.url, pick(mirror, COMPARED))
    share, difference = agreement(found)
    # One of so few may lie on a threshold.
    assert share >= 1 - 1 / COMPARED, [one.photo.name for one in found if not one.agrees]
    assert difference <= 0.02


@pytest.mark.timeout(600)
def test_every_waiting_case_arrives_once(browser: Browser, service: Service, mirror: Path, tmp_path: Path) -> None:
    ended = interrupt(browser.browser_type, service, pick(mirror, WAITING), tmp_path)
    assert ended.asked == ended.kept == ended.distinct, ended
    assert ended.asked == WAITING
    assert ended.kills + ended.cuts > 0
