"""What pages say because of a code, in English: a sentence for each outcome, reason, failure, advice code, verdict.

The API knows the codes only. English is what translations are found by, so a sentence that changes here has to be
translated again; ``python -m serving.i18n.extraction`` tells. :mod:`serving.i18n.phrasing` puts the sentences into a
language.
"""

from collections.abc import Mapping

from majani.decision.rules import Outcome
from majani.errors import ErrorCode
from majani.image.quality import RetakeReason
from majani.text.advice import Product, Spread
from serving.http.errors import Code, RequestCode
from serving.i18n.catalogue import mark
from serving.persistence.case_record import FeedbackVerdict

LABELS: Mapping[Outcome, str] = {
    Outcome.HEALTHY: mark("Looks healthy"),
    Outcome.CONDITION: mark("Most likely"),
    Outcome.UNCERTAIN: mark("Not sure"),
    Outcome.UNKNOWN_PLANT: mark("No answer"),
    Outcome.NOT_A_PLANT: mark("No answer"),
    Outcome.RETAKE: mark("Please try again"),
}

# Where a condition or a coarser statement is named, that is the headline.
HEADLINES: Mapping[Outcome, str] = {
    Outcome.UNCERTAIN: mark("We can't tell what this is"),
    Outcome.UNKNOWN_PLANT: mark("A plant we don't know"),
    Outcome.NOT_A_PLANT: mark("We see no leaf here"),
    Outcome.RETAKE: mark("We need a better photo"),
}

EXPLANATIONS: Mapping[Outcome, str] = {
    Outcome.HEALTHY: mark("We see no sign of disease or pests. Look at the undersides and at other plants too."),
    Outcome.CONDITION: mark("A photo can't prove it. Check the plant before you act."),
    Outcome.UNCERTAIN: mark("Take 2 or 3 close photos of other leaves of this plant, in daylight."),
    Outcome.UNKNOWN_PLANT: mark("Majani can't help with this plant yet. It knows: %(crops)s."),
    Outcome.NOT_A_PLANT: mark("Take a photo of one leaf that fills the picture."),
    Outcome.RETAKE: mark("This photo is not clear enough for an answer."),
}

CAUTION = mark("Ask your extension officer before you spray.")

RETAKE: Mapping[RetakeReason, str] = {
    RetakeReason.TOO_SMALL: mark("It is too small. Send the photo itself, not a thumbnail or a screenshot."),
    RetakeReason.TOO_DARK: mark(
        "It is too dark. Take it in daylight, with the sun behind you, without your shadow on it."
    ),
    RetakeReason.BLURRED: mark(
        "It is blurred. Hold the phone still, a hand's width away, and tap on the leaf to focus."
    ),
}

_LOST = mark("Page not found. You can ask about a leaf here.")
_LATER = mark("Try again in a minute.")
_SEND_AGAIN = mark("Something got lost while sending. Send it again.")
# English in answers to programs; pages translate them.
TITLES: Mapping[Code, str] = {
    ErrorCode.PHOTO_EMPTY: mark("The photo is empty"),
    ErrorCode.PHOTO_TOO_LARGE: mark("The photo is too large"),
    ErrorCode.PHOTO_UNSUPPORTED: mark("The file is not a photo we can read"),
    ErrorCode.HEIC_NOT_SUPPORTED: mark("We cannot read HEIC photos"),
    ErrorCode.PHOTO_BROKEN: mark("The photo is damaged"),
    ErrorCode.PHOTO_TOO_MANY_PIXELS: mark("The photo has too many pixels"),
    ErrorCode.PHOTO_UNREADABLE: mark("The photo cannot be opened"),
    ErrorCode.CASE_EMPTY: mark("No photo was sent"),
    ErrorCode.CASE_TOO_MANY_PHOTOS: mark("Too many photos"),
    ErrorCode.CROP_UNKNOWN: mark("We do not know this crop"),
    ErrorCode.CONDITION_UNKNOWN: mark("We do not know this condition"),
    RequestCode.REQUEST_MALFORMED: mark("The request cannot be understood"),
    RequestCode.REQUEST_INVALID: mark("The request has invalid values"),
    RequestCode.REQUEST_TOO_LARGE: mark("The photos are too large to send"),
    RequestCode.NOT_FOUND: mark("There is nothing here"),
    RequestCode.METHOD_NOT_ALLOWED: mark("That cannot be done here"),
    RequestCode.MEDIA_TYPE_UNSUPPORTED: mark("The request is not in a form we can read"),
    RequestCode.RANGE_NOT_SATISFIABLE: mark("There is no such part of the file"),
    RequestCode.REQUEST_TIMEOUT: mark("The photos took too long to arrive"),
    RequestCode.RATE_LIMITED: mark("Too many requests at once"),
    RequestCode.TOKEN_INVALID: mark("You have to sign in for this"),
    RequestCode.ROLE_INSUFFICIENT: mark("You may not do this"),
    RequestCode.DIAGNOSIS_UNKNOWN: mark("We do not have this answer"),
    RequestCode.DIAGNOSIS_DELETED: mark("This answer was deleted"),
    RequestCode.IDEMPOTENCY_KEY_REUSED: mark("This was sent before with other photos"),
    RequestCode.BUSY: mark("Too many people are asking right now"),
    RequestCode.STORAGE_UNAVAILABLE: mark("We cannot keep this right now"),
    RequestCode.NOT_READY: mark("Not ready to answer"),
    RequestCode.INTERNAL_ERROR: mark("Something went wrong on our side"),
}

# What to do about it.
REMEDIES: Mapping[Code, str] = {
    ErrorCode.PHOTO_EMPTY: mark("The file is empty. Take the photo again."),
    ErrorCode.PHOTO_TOO_LARGE: mark("Send a photo of at most 16 MB, as a phone's camera saves it."),
    ErrorCode.PHOTO_UNSUPPORTED: mark("Send a photo as JPEG, PNG or WebP. A whole photo, not a narrow strip of one."),
    ErrorCode.HEIC_NOT_SUPPORTED: mark(
        "On an iPhone, open Settings > Camera > Formats and choose Most Compatible, then take it again. "
        "Or send it as a photo, not as a document."
    ),
    ErrorCode.PHOTO_BROKEN: mark("Part of the file is missing; perhaps the connection broke. Send it again."),
    ErrorCode.PHOTO_TOO_MANY_PIXELS: mark(
        "Send the photo as your phone's camera saves it, or choose a smaller size there."
    ),
    ErrorCode.PHOTO_UNREADABLE: mark("Take the photo again."),
    ErrorCode.CASE_EMPTY: mark("Take a photo or choose one first, then ask again."),
    ErrorCode.CASE_TOO_MANY_PHOTOS: mark("Send fewer photos at a time, all of the same plant."),
    ErrorCode.CROP_UNKNOWN: mark("Choose a crop from the list, or leave it open."),
    ErrorCode.CONDITION_UNKNOWN: _LOST,
    RequestCode.REQUEST_MALFORMED: _SEND_AGAIN,
    RequestCode.REQUEST_INVALID: _SEND_AGAIN,
    RequestCode.REQUEST_TOO_LARGE: mark(
        "Send fewer photos at a time, or choose a smaller size in your phone's camera."
    ),
    RequestCode.NOT_FOUND: _LOST,
    RequestCode.METHOD_NOT_ALLOWED: mark("You can ask about a leaf here."),
    RequestCode.MEDIA_TYPE_UNSUPPORTED: mark("Choose your photos in the form below."),
    RequestCode.RANGE_NOT_SATISFIABLE: _LOST,
    RequestCode.REQUEST_TIMEOUT: mark("The network is slow right now. Send one photo only, or try again later."),
    RequestCode.RATE_LIMITED: _LATER,
    RequestCode.TOKEN_INVALID: mark("Open the page with your answer again, or ask about the leaf again."),
    RequestCode.ROLE_INSUFFICIENT: mark("Your role does not allow this."),
    RequestCode.DIAGNOSIS_UNKNOWN: mark("It may have been deleted already. You can ask about the leaf again."),
    RequestCode.DIAGNOSIS_DELETED: mark("You can ask about the leaf again."),
    RequestCode.IDEMPOTENCY_KEY_REUSED: _SEND_AGAIN,
    RequestCode.BUSY: _LATER,
    RequestCode.STORAGE_UNAVAILABLE: mark("Try again in a minute, or ask without letting us keep the photos."),
    RequestCode.NOT_READY: _LATER,
    RequestCode.INTERNAL_ERROR: mark("It is not your photo's fault. Try again in a minute."),
}

# At the desk nobody sends photos.
REMEDIES_AT_DESK: Mapping[Code, str] = {
    RequestCode.NOT_FOUND: mark("Page not found. Use the link below to return to the cases."),
    RequestCode.METHOD_NOT_ALLOWED: mark("Page not found. Use the link below to return to the cases."),
    RequestCode.REQUEST_INVALID: mark("Nothing was saved. Open the case and review it again."),
    RequestCode.DIAGNOSIS_UNKNOWN: mark("The sender may have deleted it, or it has expired."),
    RequestCode.STORAGE_UNAVAILABLE: mark("Nothing was saved. Try again in a minute."),
    RequestCode.INTERNAL_ERROR: mark("Nothing was saved. Try again in a minute."),
}

SPREAD: Mapping[Spread, str] = {
    Spread.DAYS: mark("Spreads within days."),
    Spread.WEEKS: mark("Spreads within weeks."),
    Spread.SEASON: mark("Spreads over a season."),
    Spread.YEARS: mark("Spreads over years."),
}

# The only words about products that are ever shown; advice texts hold none.
PRODUCT: Mapping[Product, str] = {
    Product.REGISTERED_PRODUCT: mark(
        "If this does not stop it, ask your extension officer for a product registered for this crop and this problem. "
        "Wear gloves, mask and long clothes. Keep the waiting time before harvest that is on the label."
    ),
    Product.NO_CURE: mark("No spray cures this."),
}

NOT_REVIEWED = mark("Not yet reviewed by an agronomist.")
REVIEWED = mark("Reviewed by an agronomist: %(name)s, %(day)s.")
DRAFTED = mark("Drafted by machine; not yet checked by a native reader.")
CHECKED = mark("Checked by a native reader: %(name)s, %(day)s.")

# What somebody thinks of the answer they got, as buttons.
VERDICTS: Mapping[FeedbackVerdict, str] = {
    FeedbackVerdict.RIGHT: mark("Yes, right"),
    FeedbackVerdict.WRONG: mark("No, wrong"),
    FeedbackVerdict.UNSURE: mark("I can't tell"),
}
