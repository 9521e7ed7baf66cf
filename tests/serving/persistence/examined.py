"""A made-up examination, as the core hands it over, and a case with one, as the service keeps it."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
from sqlalchemy import Engine

from majani.decision.diagnosis import Diagnosis, Evidence, Examination, Named, PhotoResult
from majani.decision.grades import Grade
from majani.decision.rules import Outcome
from majani.image.quality import Quality
from majani.model.bundle import NamedId
from serving.cases.photo_store import PhotoStore
from serving.cases.repository import CaseRepository
from serving.clock import now
from serving.persistence.case_record import KeyedRequest, Origin
from serving.persistence.cases import Cases
from serving.persistence.models import Case

RUST = Named(id="bean.rust", name="Rust", crop="bean", crop_name="Common bean", probability=0.93)
QUALITY = Quality(side_px=480, luminance=121.5, sharpness=340.25)
GRID = np.arange(12, dtype=np.uint8).reshape(3, 4)


def examination(photos: int = 1) -> Examination:
    """Bean rust on as many photos; all but the first could not be read."""
    unread = (PhotoResult(used=False, error="photo_broken"),) * (photos - 1)  # type: ignore[arg-type]
    diagnosis = Diagnosis(
        outcome=Outcome.CONDITION,
        grade=Grade.MOST_LIKELY,
        probability=RUST.probability,
        crop=NamedId(id="bean", name="Common bean"),
        ranked=(RUST,),
        in_list=1,
        photos=(PhotoResult(used=True), *unread),
        model_version="2026.11.24-abc",
    )
    return Examination(diagnosis, (Evidence(640, 480, GRID, QUALITY), *(Evidence(0, 0, None),) * (photos - 1)))


def store(repository: CaseRepository, *photos: bytes | None, request: KeyedRequest | None = None) -> tuple[Case, str]:
    return repository.store(examination(len(photos)), photos, request, origin=Origin.API.value, language="en")


def keep(engine: Engine, photos_url: str, *photos: bytes | None, clock: Callable[[], datetime] = now) -> Case:
    return store(CaseRepository(Cases(engine, clock=clock), PhotoStore(photos_url), clock=clock), *photos)[0]
