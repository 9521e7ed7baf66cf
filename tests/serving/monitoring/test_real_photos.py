"""Real photos through the shipped model: dusk is noticed, another day is not."""

import random
from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from serving.monitoring import windows
from serving.monitoring.population_stability import Change
from serving.monitoring.report import Measure, Report, report
from tests.serving.conftest import MakeApp

CURRENT = Path(__file__).parents[3] / "models/current"
CASES = 100


def at_dusk(photo: bytes) -> bytes:
    written = BytesIO()
    with Image.open(BytesIO(photo)) as image:
        ImageEnhance.Brightness(image.convert("RGB")).enhance(0.6).save(written, "JPEG", quality=92)
    return written.getvalue()


@pytest.mark.mirror
def test_only_dusk_is_a_change(
    make_app: MakeApp, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "SAMPLE_CASES", CASES)
    app = make_app(tmp_path, bundle=CURRENT)

    def watched(photos: Sequence[bytes]) -> Report:
        """Send them, and compare the first hundred of all cases with the last."""
        for photo in photos:
            answer = app.test_client().post("/v1/diagnoses", data=photo, content_type="image/jpeg")
            assert answer.status_code == 201
        [found] = windows.read_samples(app.extensions["majani"].engine, versions=1, retention=timedelta(days=90))
        return report(found)

    # Bean leaves of the field, in no order.
    paths = random.Random(1).sample(sorted((mirror / "ibean").rglob("*.jpg")), 2 * CASES)
    photos = [path.read_bytes() for path in paths]
    found = watched(photos)
    named = {measure: drift.change for measure, drift in found.drifts.items() if drift.change is not Change.TOO_FEW}
    assert named[Measure.LUMINANCE] is named[Measure.SHARPNESS] is named[Measure.OUTCOME] is Change.NONE
    drift = watched([at_dusk(photo) for photo in photos[CASES:]]).drifts[Measure.LUMINANCE]
    assert (drift.then, drift.now, drift.change) == (CASES, CASES, Change.CLEAR)
