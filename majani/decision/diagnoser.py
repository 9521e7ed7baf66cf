"""From a bundle and the photos of one case to a diagnosis: the path that service and command line share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Self

from majani.decision.diagnosis import Diagnosis, Evidence, Examination, LikelyCrop, Named, PhotoResult
from majani.decision.rules import (
    Decision,
    Outcome,
    apply_crop_hint,
    decide,
    may_be_refused,
    pool,
    refuse_unknown_crop,
    shown,
)
from majani.errors import CaseError, ErrorCode, PhotoError
from majani.image.decode import MAX_HELD_PIXELS, Pixels, decode, held_pixels
from majani.image.photo import Content, Photo, as_case, first_same, load
from majani.image.quality import Quality, measure, reasons_to_retake
from majani.model.bundle import Bundle, Manifest, NamedId, read_bundle
from majani.model.heatmap import heatmap
from majani.model.hub import fetch_bundle
from majani.model.predictor import Floats, Prediction, Predictor
from majani.taxonomy import REJECT_CLASSES

MAX_PHOTOS = 5


@dataclass(frozen=True)
class _Seen:
    """One photo after decoding: the report on it, and its prediction if it can be answered or at least refused."""

    result: PhotoResult
    prediction: Prediction | None
    width_px: int = 0
    height_px: int = 0
    quality: Quality | None = None


def that_count(photos: Sequence[PhotoResult]) -> list[int]:
    """Positions of the photos that a case is answered by: the good ones, or else those that are only blurred."""
    good = [at for at, photo in enumerate(photos) if photo.used]
    return good or [at for at, photo in enumerate(photos) if may_be_refused(photo.retake)]


class Diagnoser:
    """Answers cases from one bundle; safe to share between threads."""

    def __init__(self, bundle: Bundle, *, on: "Diagnoser | None" = None) -> None:
        """Load a bundle; with ``on``, on that one's network, see :meth:`majani.model.predictor.Predictor.sharing`."""
        self.bundle = bundle
        self.predictor: Predictor = Predictor(bundle) if on is None else on.predictor.sharing(bundle)
        self.manifest: Manifest = bundle.manifest
        self._crops = {crop.id: crop for crop in bundle.manifest.crops}
        self._classes = {entry.id: entry for entry in bundle.manifest.classes}
        self._positions = {entry.id: position for position, entry in enumerate(bundle.manifest.classes)}

    @classmethod
    def from_directory(cls, directory: Path) -> Self:
        """Read and verify the bundle in ``directory``; raises BundleError if it cannot be trusted."""
        return cls(read_bundle(directory))

    @classmethod
    def from_pretrained(cls, name: str | PathLike[str], *, revision: str | None = None) -> Self:
        """Read and verify the bundle in a folder, or in a repository of the Hugging Face Hub.

        Args:
            name: The folder or else, as ``owner/name``, the repository; it is fetched once and kept.
            revision: Branch, tag or commit of the repository.

        Raises:
            BundleError: If it cannot be fetched or trusted.
        """
        folder = Path(name)
        is_repository = isinstance(name, str) and name.count("/") == 1 and not folder.is_dir()
        return cls.from_directory(fetch_bundle(str(name), revision) if is_repository else folder)

    def diagnose(
        self, photos: Photo | Sequence[Photo], crop: str | None = None, *, crop_hint: str | None = None
    ) -> Diagnosis:
        """Answer one case; :meth:`examine` also gives the evidence."""
        return self.examine(photos, crop, crop_hint=crop_hint).diagnosis

    def examine(
        self,
        photos: Photo | Sequence[Photo],
        crop: str | None = None,
        *,
        crop_hint: str | None = None,
        decode: Callable[[bytes], Pixels] = decode,
    ) -> Examination:
        """Answer one case of 1 to 5 photos of one plant, with the evidence of each photo.

        An unreadable or poor photo is left out. If none is left, the case becomes ``retake``, or is refused by photos
        that are only blurred; if none could be read, it is an error. The same file or the same pixels again count once.

        Args:
            photos: One or several, each the bytes of a file, a path, a Pillow image or ``(H, W, 3)`` uint8 RGB.
            crop: Id of the crop, if it is known.
            crop_hint: The same.
            decode: Stands in for :func:`majani.image.decode.decode` where another size is needed too.

        Raises:
            TypeError: If something is no photo.
            CaseError: ``case_empty``, ``case_too_many_photos`` or ``crop_unknown``.
            PhotoError: The first photo's error, if not a single photo could be read.
        """
        crop_hint = crop_hint if crop is None else crop
        case = as_case(photos)
        self._check_case(case, crop_hint)
        seen: list[_Seen] = []
        contents: list[Content | None] = []
        first_error: PhotoError | None = None
        held = 0
        for photo in case:
            content = None
            try:
                content = load(photo)
                if (earlier := first_same(content, contents)) is not None:
                    seen.append(replace(seen[earlier], prediction=None))
                elif isinstance(content, bytes):
                    # A single one is bounded by its own limit.
                    pixels = held_pixels(content) if len(case) > 1 else 0
                    if held + pixels > MAX_HELD_PIXELS:
                        raise PhotoError(
                            ErrorCode.PHOTO_TOO_MANY_PIXELS, f"{pixels} more than {held} pixels in this case"
                        )
                    seen.append(self._look_at(decode(content), crop_hint))
                    held += pixels
                else:
                    seen.append(self._look_at(content, crop_hint))
            except PhotoError as error:
                first_error = first_error or error
                seen.append(_Seen(PhotoResult(used=False, error=error.code), None))
            contents.append(content)
        if first_error is not None and all(look.result.error is not None for look in seen):
            raise first_error

        results = tuple(look.result for look in seen)
        counting = (seen[at].prediction for at in that_count(results))
        used = [prediction.probabilities for prediction in counting if prediction is not None]
        diagnosis = self.conclude(used, photos=results, crop_hint=crop_hint)
        leading = None if diagnosis.leading is None else self._positions[diagnosis.leading]
        evidence = tuple(self._evidence(look, leading, crop_hint) for look in seen)
        return Examination(diagnosis, evidence, tuple(contents))

    def conclude(self, used: Sequence[Floats], *, photos: tuple[PhotoResult, ...], crop_hint: str | None) -> Diagnosis:
        """The answer that follows from the network's output.

        ``used`` has ``(C,)`` float32 summing to 1 for each photo that counts, see :func:`that_count`, in the manifest's
        class order. None of them is a case of ``retake``.
        """
        about, decision = self.manifest.adapted_to, None
        answer = Diagnosis(
            outcome=Outcome.RETAKE,
            photos=photos,
            crop_hint=crop_hint,
            model_version=self.manifest.version,
            district=about and about.place,
        )
        if used:
            belief = apply_crop_hint(pool(used), manifest=self.manifest, crop=crop_hint)
            plants = len(answer.crops_shown)
            decision = decide(belief, manifest=self.manifest, crop=crop_hint, plants=plants)
        is_good = any(photo.used for photo in photos)
        if decision is None or (decision.outcome not in REJECT_CLASSES and not is_good):
            return answer
        return answer.model_copy(update=self._said(decision))

    def _check_case(self, photos: Sequence[Photo], crop_hint: str | None) -> None:
        if not photos:
            raise CaseError(ErrorCode.CASE_EMPTY, "a case needs at least one photo")
        if len(photos) > MAX_PHOTOS:
            raise CaseError(
                ErrorCode.CASE_TOO_MANY_PHOTOS, f"{len(photos)} photos; a case has at most {MAX_PHOTOS} of one plant"
            )
        refuse_unknown_crop(crop_hint, self.manifest)

    def _look_at(self, pixels: Pixels, crop_hint: str | None) -> _Seen:
        height_px, width_px = pixels.shape[:2]
        quality = measure(pixels)
        retake = reasons_to_retake(quality, self.manifest.rules.quality)
        prediction = self.predictor.predict(pixels) if not retake or may_be_refused(retake) else None
        if prediction is None or retake:
            return _Seen(PhotoResult(used=False, retake=retake), prediction, width_px, height_px, quality)
        belief = apply_crop_hint(prediction.probabilities, manifest=self.manifest, crop=crop_hint)
        shows = shown(belief, manifest=self.manifest)
        return _Seen(PhotoResult(used=True, shows=shows), prediction, width_px, height_px, quality)

    def _evidence(self, seen: _Seen, leading: int | None, crop_hint: str | None) -> Evidence:
        if seen.prediction is None or not seen.result.used:
            return Evidence(seen.width_px, seen.height_px, None, seen.quality)
        belief = apply_crop_hint(seen.prediction.probabilities, manifest=self.manifest, crop=crop_hint)
        return Evidence(
            seen.width_px,
            seen.height_px,
            None if leading is None else heatmap(seen.prediction, leading),
            seen.quality,
            self.manifest.classes[int(belief.argmax())].id,
            seen.prediction.embedding,
        )

    def _said(self, decision: Decision) -> dict[str, object]:
        """What a decision adds to an answer, with names."""
        own = None if decision.crop is None else self._crops[decision.crop]
        troubles = self.manifest.other_troubles.get(decision.crop or "", ())
        sick = decision.looks_sick
        return {
            "outcome": decision.outcome,
            "grade": decision.grade,
            "why": decision.why,
            "probability": round(decision.probability, 4),
            "crop": own and NamedId(id=own.id, name=own.name),
            "ranked": tuple(self._named(one.id, one.probability) for one in decision.ranked),
            "in_list": decision.in_list,
            "other_troubles": troubles,
            "looks_sick": None if sick is None else round(sick, 4),
            "crops": tuple(
                LikelyCrop(id=one.id, name=self._crops[one.id].name, probability=round(one.probability, 4))
                for one in decision.crops
            ),
        }

    def _named(self, condition_id: str, probability: float) -> Named:
        entry = self._classes[condition_id]
        crop = entry.crop or ""
        return Named(
            id=entry.id, name=entry.name, crop=crop, crop_name=self._crops[crop].name, probability=round(probability, 4)
        )
