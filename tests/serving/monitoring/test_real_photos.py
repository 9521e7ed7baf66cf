"""Real photos through the shipped model: dusk is noticed, another day is not."""

import random
from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image, ImageEnhance

from serving.container import Services
from serving.monitoring import windows
from serving.monitoring.population_stability import Change
from serving.monitoring.report import Measure, Report, report
from tests.serving.conftest import MakeApp

pytestmark = pytest.mark.mirror

CURRENT = Path(__file__).parents[3] / "models/current"
CASES = 100


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    return make_app(tmp_path, bundle=CURRENT)


@pytest.fixture(scope="module")
def photos(mirror: Path) -> Sequence[bytes]:
    """Bean leaves of the field, in no order."""
    paths = sorted((mirror / "ibean").rglob("*.jpg"))
    return [path.read_bytes() for path in random.Random(1).sample(paths, 2 * CASES)]


def at_dusk(photo: bytes) -> bytes:
    written = BytesIO()
    with Image.open(BytesIO(photo)) as image:
        ImageEnhance.Brightness(image.convert("RGB")).enhance(0.6).save(written, "JPEG", quality=92)
    return written.getvalue()


def watched(app: Flask, photos: Sequence[bytes]) -> Report:
    """Send them, and compare the first half with the second."""
    services: Services = app.extensions["majani"]
    client = app.test_client()
    for photo in photos:
        assert client.post("/v1/diagnoses", data=photo, content_type="image/jpeg").status_code == 201
    [found] = windows.read_samples(services.engine, versions=1, retention=timedelta(days=90))
    return report(found)


@pytest.fixture(autouse=True)
def short_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "SAMPLE_CASES", CASES)


def test_only_dusk_is_a_change(app: Flask, photos: Sequence[bytes]) -> None:
    found = watched(app, photos)
    named = {measure: drift.change for measure, drift in found.drifts.items() if drift.change is not Change.TOO_FEW}
    assert named[Measure.LUMINANCE] is named[Measure.SHARPNESS] is named[Measure.OUTCOME] is Change.NONE
    drift = watched(app, [at_dusk(photo) for photo in photos[CASES:]]).drifts[Measure.LUMINANCE]
    assert (drift.then, drift.now, drift.change) == (CASES, CASES, Change.CLEAR)
