"""The page's sentences, in plain English: for each outcome, each reason to retake and each failure one.

The API knows codes only. Keeping the sentences together is what lets somebody review or translate them.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from majani.bundle import NamedId
from majani.decision import Outcome
from majani.diagnoser import MAX_PHOTOS, Confidence, Diagnosis, Named, PhotoResult
from majani.errors import ErrorCode
from majani.quality import RetakeReason
from serving.problems import Code, RequestCode

RETAKE: Mapping[RetakeReason, str] = {
    RetakeReason.TOO_SMALL: "It is too small. Send the photo itself, not a thumbnail or a screenshot.",
    RetakeReason.TOO_DARK: "It is too dark. Take it in daylight, with the sun behind you, without your shadow on it.",
    RetakeReason.BLURRED: "It is blurred. Hold the phone still, a hand's width away, and tap on the leaf to focus.",
}

LABELS: Mapping[Outcome, str] = {
    Outcome.HEALTHY: "Looks healthy",
    Outcome.CONDITION: "Most likely",
    Outcome.UNCERTAIN: "Not sure",
    Outcome.UNKNOWN_PLANT: "No answer",
    Outcome.NOT_A_PLANT: "No answer",
    Outcome.RETAKE: "Please try again",
}

REMEDIES: Mapping[Code, str] = {
    ErrorCode.PHOTO_EMPTY: "The file has nothing in it. Take the photo again.",
    ErrorCode.PHOTO_TOO_LARGE: "Send one of at most 16 MB, as a phone's camera saves it.",
    ErrorCode.PHOTO_UNSUPPORTED: "Send a photo as JPEG, PNG or WebP. A whole photo, not a narrow strip of one.",
    ErrorCode.PHOTO_BROKEN: "Part of the file is missing; perhaps the connection broke. Send it again.",
    ErrorCode.PHOTO_TOO_MANY_PIXELS: "Send the photo as your phone's camera saves it, or choose a smaller size there.",
    ErrorCode.PHOTO_UNREADABLE: "Take the photo again.",
    ErrorCode.CASE_EMPTY: "Take a photo or choose one first, then ask again.",
    ErrorCode.CASE_TOO_MANY_PHOTOS: f"Send at most {MAX_PHOTOS} photos at a time, all of the same plant.",
    ErrorCode.CROP_UNKNOWN: "Choose a crop from the list, or leave it open.",
    RequestCode.REQUEST_MALFORMED: "Something got lost on the way here. Send it again.",
    RequestCode.REQUEST_INVALID: "Something got lost on the way here. Send it again.",
    RequestCode.REQUEST_TOO_LARGE: "Send fewer photos at a time, or choose a smaller size in your phone's camera.",
    RequestCode.NOT_FOUND: "The address leads nowhere. You can ask about a leaf here.",
    RequestCode.METHOD_NOT_ALLOWED: "You can ask about a leaf here.",
    RequestCode.MEDIA_TYPE_UNSUPPORTED: "Choose your photos in the form below.",
    RequestCode.NOT_READY: "Try again in a minute.",
    RequestCode.INTERNAL_ERROR: "It is not your photo's fault. Try again in a minute.",
}


def headline(diagnosis: Diagnosis) -> str:
    """The answer in a few words."""
    if diagnosis.condition is not None:
        return full_name(diagnosis.condition)
    if diagnosis.coarse is not None:
        return diagnosis.coarse.statement
    return {
        Outcome.UNCERTAIN: "We can't tell what this is",
        Outcome.UNKNOWN_PLANT: "A plant we don't know",
        Outcome.NOT_A_PLANT: "We see no leaf here",
        Outcome.RETAKE: "We need a better photo",
    }[diagnosis.outcome]


def explanation(diagnosis: Diagnosis, crops: Sequence[NamedId]) -> str:
    """What the answer means and what would make it better.

    Args:
        diagnosis: The answer.
        crops: All that the model knows.
    """
    known = ", ".join(crop.name.lower() for crop in crops)
    return {
        Outcome.HEALTHY: "We see no sign of disease or pests. Look at the undersides and at other plants too.",
        Outcome.CONDITION: "This is what the leaf looks like to us. A photo cannot prove it.",
        Outcome.UNCERTAIN: "Photos of more leaves of the same plant may help, near and in daylight.",
        Outcome.UNKNOWN_PLANT: f"It is none of the crops we have learned: {known}.",
        Outcome.NOT_A_PLANT: "Take a photo of one leaf that fills the picture.",
        Outcome.RETAKE: "From this one we would only be guessing.",
    }[diagnosis.outcome]


def confidence(known: Confidence | None) -> str:
    """How far to trust the answer, as a count that needs no mathematics."""
    if known is None:
        return "We have not measured yet how often answers like this are right."
    return f"Of answers like this, {known.right_of_ten} in 10 were right."


def photo_notes(photo: PhotoResult) -> tuple[str, ...]:
    """What became of one photo, as sentences; a photo that was used needs only one."""
    if photo.error is not None:
        return (f"Not used. {REMEDIES[photo.error]}",)
    if not photo.used:
        return ("Not used.", *(RETAKE[reason] for reason in photo.retake))
    return ("Used for the answer.",)


def model_name(version: str) -> str:
    """A model version as people say it: "Model of 3 May 2026 (0a1b2c3d)"."""
    day, checksum = version[:10], version[11:]
    try:
        made = date.fromisoformat(day)
    # Versions are made by whoever trains; any other form is shown as it is.
    except ValueError:
        return f"Model {version}"
    return f"Model of {made.day} {made:%B %Y} ({checksum})"


def percent(probability: float) -> str:
    """A probability in words that claim neither certainty nor impossibility."""
    if probability < 0.01:
        return "under 1 %"
    return f"{min(round(100 * probability), 99)} %"


def full_name(condition: Named) -> str:
    """The condition's name as a heading, with its crop where the name alone leaves that open."""
    name, crop = condition.name, condition.crop_name.lower()
    heading = name[:1].upper() + name[1:]
    return heading if crop in name.lower() else f"{heading} ({crop})"
