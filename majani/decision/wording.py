"""A diagnosis and a model in plain English, for people at a terminal.

The service sends codes, and the app has its own translations; neither reads these sentences.
"""

import math
from collections.abc import Iterator, Sequence

from majani.decision.diagnosis import Diagnosis, PhotoResult
from majani.decision.grades import MOST_LIKELY, PROBABLY, Grade
from majani.decision.rules import OUTCOMES_WITH_CAUTION, Outcome, Why
from majani.image.quality import RetakeReason
from majani.model.bundle import Manifest

_RETAKE = {
    RetakeReason.TOO_SMALL: "too small: send the photo as the camera made it",
    RetakeReason.TOO_DARK: "too dark: take it in daylight",
    RetakeReason.BLURRED: "blurred: hold still, and let the camera focus on the leaf",
}
_WHY = {
    Why.WHICH_CROP: "Which crop is it? It looks most like: {crops}.",
    Why.ANOTHER_CROP: "The photo looks like another crop than you said: {crops}.",
    Why.SEVERAL_PLANTS: "The photos show different plants. Ask about one plant at a time.",
}
_MAX_CROPS = 3


def describe_diagnosis(diagnosis: Diagnosis, *, photo_names: Sequence[str]) -> list[str]:
    """The answer in lines: what, how sure, what else it might be, what became of the photos."""
    lines = [_headline(diagnosis), *_label(diagnosis)]
    if diagnosis.is_named and diagnosis.probability is not None:
        lines.append(f"Right in about {tenths(diagnosis.probability)} of 10 in fields it has never seen.")
    others = diagnosis.listed[1:] if diagnosis.is_named else diagnosis.listed
    if others:
        lines.append("It may also be:" if diagnosis.is_named else "One of these, the likeliest first:")
        lines += [f"  {named.crop_name}: {named.name}, {percent(named.probability)}" for named in others]
    if diagnosis.in_list:
        lines.append("Or something else: another disease, hunger, thirst, herbicide, an insect.")
    if troubles := [trouble.name for trouble in diagnosis.other_troubles]:
        lines.append(f"It can't tell from photos: {', '.join(troubles)}.")
    if diagnosis.outcome in OUTCOMES_WITH_CAUTION:
        lines.append("Ask your extension officer before you spray.")
    lines += _photo_notes(diagnosis.photos, photo_names)
    lines.append(f"Model {diagnosis.model_version}")
    return lines


def describe_model(manifest: Manifest) -> list[str]:
    """Version, limits and classes, a line each."""
    rules = manifest.rules
    lines = [
        f"Model {manifest.version}, {manifest.model.precision}, {manifest.model.size_bytes / 1e6:.1f} MB",
        f"In fields never seen, on average: most likely is right in {MOST_LIKELY:.0%}, probably in {PROBABLY:.0%}.",
        f"Refuses a photo from {rules.reject:.0%} on.",
        f"{len(manifest.crops)} crops: {', '.join(crop.id for crop in manifest.crops)}",
        f"{len(manifest.classes)} classes:",
    ]
    return [*lines, *(f"  {entry.id}: {entry.name}" for entry in manifest.classes)]


def tenths(probability: float) -> int:
    """How many of ten, rounded down: never ten."""
    return min(math.floor(10 * probability + 1e-9), 9)


def percent(probability: float) -> str:
    """A probability as people read it; never 0 or 100, because the model is never that sure."""
    if probability < 0.01:
        return "under 1%"
    if probability > 0.99:
        return "over 99%"
    return f"{probability:.0%}"


def _headline(diagnosis: Diagnosis) -> str:
    """The sentence of all channels, with the bundle's own names."""
    first = diagnosis.first
    if diagnosis.why is not None and (headline := _WHY.get(diagnosis.why)):
        return headline.format(crops=", ".join(crop.name for crop in diagnosis.crops[:_MAX_CROPS]))
    if first is None:
        return {
            Outcome.UNKNOWN_PLANT: "This seems to be a plant that the model does not know.",
            Outcome.NOT_A_PLANT: "There seems to be no plant in the photo.",
            Outcome.RETAKE: "Please take a better photo.",
        }.get(diagnosis.outcome, "Not clear.")
    if diagnosis.grade is Grade.MOST_LIKELY:
        return f"Most likely: {first.name}"
    if diagnosis.grade is Grade.PROBABLY:
        return "No sign that we know. Look again in three days." if first.is_healthy else f"Probably {first.name}"
    *others, last = (named.name for named in diagnosis.listed)
    return f"Compare: is it {' or '.join(filter(None, (', '.join(others), last)))}?"


def _label(diagnosis: Diagnosis) -> Iterator[str]:
    """What kind of answer a list is."""
    if diagnosis.grade is Grade.NOT_CLEAR:
        yield "Not clear"
    elif diagnosis.looks_sick is not None:
        yield "It looks sick"


def _photo_notes(photos: Sequence[PhotoResult], names: Sequence[str]) -> Iterator[str]:
    """One line per photo that was left out and, if there are several, also per photo that was used."""
    for photo, name in zip(photos, names, strict=True):
        if photo.error is not None:
            yield f"{name}: not used, {photo.error.value.removeprefix('photo_').replace('_', ' ')}"
        elif not photo.used:
            yield f"{name}: not used, {'; '.join(_RETAKE[reason] for reason in photo.retake)}"
        elif len(photos) > 1:
            yield f"{name}: used"
