"""A made-up examination, as the core hands it over."""

import numpy as np

from majani.decision.diagnosis import Diagnosis, Evidence, Examination, Named, PhotoResult
from majani.decision.rules import Outcome
from majani.image.quality import Quality

RUST = Named(id="bean.rust", name="Rust", crop="bean", crop_name="Common bean", probability=0.93)
QUALITY = Quality(side_px=480, luminance=121.5, sharpness=340.25)
GRID = np.arange(12, dtype=np.uint8).reshape(3, 4)


def examination(photos: int = 1) -> Examination:
    """Bean rust on as many photos; all but the first could not be read."""
    unread = (PhotoResult(used=False, error="photo_broken"),) * (photos - 1)  # type: ignore[arg-type]
    diagnosis = Diagnosis(
        outcome=Outcome.CONDITION,
        condition=RUST,
        candidates=(RUST,),
        photos=(PhotoResult(used=True), *unread),
        model_version="2026.11.24-abc",
    )
    return Examination(diagnosis, (Evidence(640, 480, GRID, QUALITY), *(Evidence(0, 0, None),) * (photos - 1)))
