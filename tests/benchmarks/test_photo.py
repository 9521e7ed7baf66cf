"""Photos made for the benchmark are what phones send."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.serving_speed.photo import PHONE, SMALL, Kind, enlarge, pick


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("kind", "least_bytes", "most_bytes"), [(PHONE, 3e6, 5e6), (SMALL, 100e3, 220e3)], ids=["phone", "small"]
)
def test_size_in_pixels_and_bytes(mirror: Path, kind: Kind, least_bytes: float, most_bytes: float) -> None:
    data = enlarge(pick(mirror, 6)[0], kind)
    with Image.open(BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (kind.width_px, kind.height_px))
    assert least_bytes < len(data) < most_bytes
