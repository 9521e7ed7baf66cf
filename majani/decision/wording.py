"""A diagnosis and a model in plain English, for people at a terminal.

The service sends codes, and the app has its own translations; neither reads these sentences.
"""

from collections.abc import Iterator, Sequence

from majani.decision.diagnosis import Diagnosis, PhotoResult
from majani.decision.rules import OUTCOMES_WITH_CAUTION, Outcome
from majani.image.quality import RetakeReason
from majani.model.bundle import Manifest

_RETAKE = {
    RetakeReason.TOO_SMALL: "too small: send the photo as the camera made it",
    RetakeReason.TOO_DARK: "too dark: take it in daylight",
    RetakeReason.BLURRED: "blurred: hold still, and let the camera focus on the leaf",
}
# Less likely ones would only distract.
_MIN_ALTERNATIVE = 0.01
_MAX_ALTERNATIVES = 3


def describe_diagnosis(diagnosis: Diagnosis, *, photo_names: Sequence[str]) -> list[str]:
    """The answer in lines: what, how sure, what else it might be, what became of the photos."""
    lines = [_headline(diagnosis)]
    if diagnosis.for_workers is not None:
        named = diagnosis.for_workers
        lines.append(f"For extension workers: {named.name}, {percent(named.probability)}; no text is reviewed yet.")
    confidence = diagnosis.one_of.confidence if diagnosis.one_of is not None else diagnosis.confidence
    if confidence is not None:
        lines.append(f"At least {confidence.right_of_ten} in 10 answers like this are right.")
    if diagnosis.one_of is not None and (spots := [spot.name for spot in diagnosis.one_of.blind_spots]):
        lines.append(f"It may also be what is never named: {', '.join(spots)}.")
    alternatives = [
        f"  {compared.crop_name}: {compared.name}, {percent(compared.probability)}"
        for compared in diagnosis.compared
        if compared != diagnosis.condition and compared.probability >= _MIN_ALTERNATIVE
    ][:_MAX_ALTERNATIVES]
    if alternatives:
        lines += ["It might also be:" if diagnosis.condition else "It might be:", *alternatives]
    if diagnosis.leaves_open or (alternatives and diagnosis.condition is None):
        lines.append("Or something else: hunger, thirst, herbicide, an insect.")
    if diagnosis.outcome in OUTCOMES_WITH_CAUTION:
        lines.append("Ask your extension officer before you spray.")
    lines += _photo_notes(diagnosis.photos, photo_names)
    lines.append(f"Model {diagnosis.model_version}")
    return lines


def describe_model(manifest: Manifest) -> list[str]:
    """Version, thresholds and classes, a line each."""
    thresholds = manifest.rules.thresholds
    lines = [
        f"Model {manifest.version}, {manifest.model.precision}, {manifest.model.size_bytes / 1e6:.1f} MB",
        f"Names a condition from {thresholds.answer:.0%} on; refuses a photo from {thresholds.reject:.0%} on.",
        f"{len(manifest.crops)} crops: {', '.join(crop.id for crop in manifest.crops)}",
        f"{len(manifest.classes)} classes:",
    ]
    for entry in manifest.classes:
        own = thresholds.per_class.get(entry.id)
        if own is None:
            note = ""
        elif own < 1:
            note = f" (named from {own:.0%} on)"
        elif manifest.rules.may_name(entry.id):
            note = " (not named from one photo without its crop)"
        else:
            note = " (never named)"
        lines.append(f"  {entry.id}: {entry.name}{note}")
    return lines


def percent(probability: float) -> str:
    """A probability as people read it; never 0 or 100, because the model is never that sure."""
    if probability < 0.01:
        return "under 1%"
    if probability > 0.99:
        return "over 99%"
    return f"{probability:.0%}"


def _headline(diagnosis: Diagnosis) -> str:
    named, coarse, one_of = diagnosis.condition, diagnosis.coarse, diagnosis.one_of
    if named is not None:
        return f"{named.crop_name}: {named.name}, {percent(named.probability)}"
    if one_of is not None:
        probable = f"Probably {' or '.join(one.name for one in one_of.conditions)}"
        no_sign = "No sign of a trouble that the model knows; look again in three days."
        return no_sign if one_of.is_healthy_alone else probable
    if coarse is not None:
        return f"Not certain. {coarse.statement}, {percent(coarse.probability)}"
    return {
        Outcome.UNKNOWN_PLANT: "This seems to be a plant that the model does not know.",
        Outcome.NOT_A_PLANT: "There seems to be no plant in the photo.",
        Outcome.RETAKE: "Please take a better photo.",
    }.get(diagnosis.outcome, "Not certain; nothing can be said safely.")


def _photo_notes(photos: Sequence[PhotoResult], names: Sequence[str]) -> Iterator[str]:
    """One line per photo that was left out and, if there are several, also per photo that was used."""
    for photo, name in zip(photos, names, strict=True):
        if photo.error is not None:
            yield f"{name}: not used, {photo.error.value.removeprefix('photo_').replace('_', ' ')}"
        elif not photo.used:
            yield f"{name}: not used, {'; '.join(_RETAKE[reason] for reason in photo.retake)}"
        elif len(photos) > 1:
            yield f"{name}: used"
