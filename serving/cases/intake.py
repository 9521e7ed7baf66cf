"""The one door for photos from outside: each is decoded here, behind admission, whichever way it came.

Only this room decodes them. So a process holds the pixels of one sender's photos at a time, however many ask.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Protocol, TypeVar

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis, Examination
from majani.decision.rules import Outcome
from majani.image.decode import Pixels, decode, photo_work
from majani.taxonomy import NOT_A_PLANT
from serving.cases.admission import Admission
from serving.cases.photo_store import decode_and_strip
from serving.cases.submission import Submission

Found = TypeVar("Found")


class Districts(Protocol):
    """As :class:`serving.teach.districts.Districts`."""

    def find(self, district: str | None) -> Diagnoser | None:
        """What answers in a district; None where that is the running bundle."""

    def known(self, district: str | None) -> str | None:
        """Id of a district that has a bundle here."""


@dataclass(frozen=True)
class Intake:
    """Looks at photos; safe to share between threads. ``crops`` are ids of those that there are texts on."""

    base: Diagnoser
    districts: Districts
    crops: Collection[str]
    admission: Admission
    _uploading: dict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))

    def of_district(self, district: str | None) -> Diagnoser:
        """The district's bundle, or that of everybody."""
        return self.districts.find(district) or self.base

    def examine(self, case: Submission) -> tuple[Examination, list[bytes | None]]:
        """Answer a case, and write its photos anew for storage, if its sender allows that, from the same decoding.

        Raises:
            RequestError: ``busy``.
            CaseError, PhotoError: As :meth:`majani.decision.diagnoser.Diagnoser.examine`.
        """
        # By where the same photo comes first, because it is decoded once.
        stripped: dict[int, bytes] = {}

        def decode_once(data: bytes) -> Pixels:
            pixels, stripped[case.photos.index(data)] = decode_and_strip(data)
            return pixels

        with self.admission.slot(case.sender, case.work):
            examination = self._look(case, decode_once if case.keeps_photos else decode)
        # Consent is to leaves: who took the photo of a child by mistake has not meant that.
        has_leaf = [photo.shows != NOT_A_PLANT for photo in examination.diagnosis.photos]
        if examination.diagnosis.outcome is Outcome.NOT_A_PLANT:
            has_leaf = [False] * len(has_leaf)
        firsts = [case.photos.index(data) for data in case.photos]
        return examination, [stripped.get(at) if seen else None for at, seen in zip(firsts, has_leaf, strict=True)]

    def upload(self, person: str) -> AbstractContextManager[object]:
        """Hold while photos of a person's upload are read and kept: the person's next one waits, and holds none."""
        return self._uploading[person]

    def rewrite(self, photo: bytes, person: str) -> bytes:
        """A photo of an upload as it is kept. It waits for as long as others have their turn; raises PhotoError."""
        with self.admission.slot(person, photo_work(photo), is_patient=True):
            return decode_and_strip(photo)[1]

    def _look(self, case: Submission, decode: Callable[[bytes], Pixels]) -> Examination:
        """Ask the district's bundle; of a crop that it has not learned, nothing is said."""
        by = self.of_district(case.district)
        if any(crop.id == case.crop_hint for crop in by.manifest.crops) or case.crop_hint is None:
            return by.examine(case.photos, crop_hint=case.crop_hint, decode=decode)
        is_text = case.crop_hint in self.crops
        # A crop without texts is refused, unless the district's bundle knew it and is gone.
        asked = None if is_text or case.district is not None else case.crop_hint
        examination = by.examine(case.photos, crop_hint=asked, decode=decode)
        if not is_text or (seen := examination.diagnosis).outcome in (Outcome.RETAKE, Outcome.NOT_A_PLANT):
            return examination
        told = {"photos": seen.photos, "model_version": seen.model_version, "district": seen.district}
        unknown = Diagnosis(outcome=Outcome.UNKNOWN_PLANT, crop_hint=case.crop_hint, **told)
        return replace(examination, diagnosis=unknown)
