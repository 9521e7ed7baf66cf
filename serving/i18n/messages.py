"""What pages say because of a code, in English: a sentence for each outcome, reason, failure, advice code, verdict.

The API knows the codes only. English is what translations are found by, so a sentence that changes here has to be
translated again; ``make sentences`` lists it. :mod:`serving.i18n.phrasing` puts the sentences into a language.
"""

from collections.abc import Mapping

from majani.decision.question import Reply
from majani.decision.rules import Outcome
from majani.errors import ErrorCode
from majani.image.quality import RetakeReason
from majani.text.advice import Product, Spread
from serving.http.errors import Code, RequestCode
from serving.i18n.catalogue import sentence
from serving.persistence.case_record import FeedbackVerdict
from serving.persistence.review_record import ExpertVerdict

LABELS: Mapping[Outcome, str] = {
    Outcome.HEALTHY: sentence("Looks healthy"),
    Outcome.CONDITION: sentence("Most likely"),
    Outcome.UNKNOWN_PLANT: sentence("No answer"),
    Outcome.NOT_A_PLANT: sentence("No answer"),
    Outcome.RETAKE: sentence("Please try again"),
}

HEADLINES: Mapping[Outcome, str] = {
    Outcome.UNKNOWN_PLANT: sentence("A plant we don't know"),
    Outcome.NOT_A_PLANT: sentence("We see no leaf here"),
    Outcome.RETAKE: sentence("We need a better photo"),
}

# By grade.
NOT_CLEAR, LOOKS_SICK = sentence("Not clear"), sentence("It looks sick")
MOST_LIKELY = sentence("Most likely: %(name)s")
PROBABLY = sentence("Probably %(name)s")
CHECK_FIRST = sentence("Check first: %(sign)s")
COMPARE = sentence("Compare: is it %(names)s?")
# No promise, because much that is wrong with plants was never learned.
NO_SIGN = sentence("No sign that we know. Look again in three days.")
WHICH_CROP = sentence("Which crop is it?")
ANOTHER_CROP = sentence("You said: %(said)s. It looks like: %(crop)s. Which is it?")
SEVERAL_PLANTS = sentence("The photos seem to show different plants: %(crops)s. Ask about one plant at a time.")
FEW_KNOWN = sentence("We know too little about this crop's troubles")
# How often it is right: of a name, and of a list.
NAME_RIGHT = sentence("Right in about %(right)d of 10 in fields that it had never seen.")
LIST_RIGHT = sentence("In about %(right)d of 10 the right name is in this list, if it is one that we know.")
OTHER_TROUBLES = sentence("Also possible, but Majani can't see it:")
# In place of advice that nobody has written.
ASK_OFFICER = sentence("Ask your extension officer.")
# Said with every answer, and before people ask.
PROGRAM = sentence("A computer program looked at your photo. It can be wrong.")
PROGRAM_LOOKS = sentence("A computer program looks at your photo. It can be wrong.")

EXPLANATIONS: Mapping[Outcome, str] = {
    Outcome.HEALTHY: sentence("We see no sign of disease or pests. Look at the undersides and at other plants too."),
    Outcome.CONDITION: sentence("A photo can't prove it. Check the plant before you act."),
    Outcome.UNCERTAIN: sentence("Take 2 or 3 close photos of other leaves of this plant, in daylight."),
    Outcome.UNKNOWN_PLANT: sentence(
        "Majani can't help with this plant yet. It knows: %(crops)s. It names the troubles of some of these."
    ),
    Outcome.NOT_A_PLANT: sentence("Take a photo of one leaf that fills the picture."),
    Outcome.RETAKE: sentence("This photo is not clear enough for an answer."),
}

CAUTION = sentence("Ask your extension officer before you spray.")
# What may be there spreads within days.
URGENT = sentence(
    "It may spread within days. Show the plant today to somebody who knows plant diseases. Look at it again tomorrow."
)
TODAY = sentence("What to do today")
SOMETHING_ELSE = sentence("Or something else: another disease, hunger, thirst, herbicide, an insect.")

RETAKE: Mapping[RetakeReason, str] = {
    RetakeReason.TOO_SMALL: sentence("It is too small. Send the photo itself, not a thumbnail or a screenshot."),
    RetakeReason.TOO_DARK: sentence(
        "It is too dark. Take it in daylight, with the sun behind you, without your shadow on it."
    ),
    RetakeReason.BLURRED: sentence(
        "It is blurred. Hold the phone still, a hand's width away, and tap on the leaf to focus."
    ),
}

_LOST = sentence("Page not found. You can ask about a leaf here.")
_LATER = sentence("Try again in a minute.")
_SEND_AGAIN = sentence("Something got lost while sending. Send it again.")
# English in answers to programs; pages translate them.
TITLES: Mapping[Code, str] = {
    ErrorCode.PHOTO_EMPTY: sentence("The photo is empty"),
    ErrorCode.PHOTO_TOO_LARGE: sentence("The photo is too large"),
    ErrorCode.PHOTO_UNSUPPORTED: sentence("The file is not a photo we can read"),
    ErrorCode.HEIC_NOT_SUPPORTED: sentence("We cannot read HEIC photos"),
    ErrorCode.PHOTO_BROKEN: sentence("The photo is damaged"),
    ErrorCode.PHOTO_TOO_MANY_PIXELS: sentence("The photo has too many pixels"),
    ErrorCode.CASE_EMPTY: sentence("No photo was sent"),
    ErrorCode.CASE_TOO_MANY_PHOTOS: sentence("Too many photos"),
    ErrorCode.CROP_UNKNOWN: sentence("We do not know this crop"),
    ErrorCode.CONDITION_UNKNOWN: sentence("We do not know this condition"),
    RequestCode.REQUEST_MALFORMED: sentence("The request cannot be understood"),
    RequestCode.REQUEST_INVALID: sentence("The request has invalid values"),
    RequestCode.REQUEST_TOO_LARGE: sentence("The photos are too large to send"),
    RequestCode.NOT_FOUND: sentence("There is nothing here"),
    RequestCode.METHOD_NOT_ALLOWED: sentence("That cannot be done here"),
    RequestCode.MEDIA_TYPE_UNSUPPORTED: sentence("The request is not in a form we can read"),
    RequestCode.RANGE_NOT_SATISFIABLE: sentence("There is no such part of the file"),
    RequestCode.RATE_LIMITED: sentence("Too many requests at once"),
    RequestCode.TOKEN_INVALID: sentence("You have to sign in for this"),
    RequestCode.ROLE_INSUFFICIENT: sentence("You may not do this"),
    RequestCode.DISTRICT_OTHER: sentence("This is not in your district"),
    RequestCode.DISTRICT_UNKNOWN: sentence("There is no such district"),
    RequestCode.EXPIRY_INVALID: sentence("The number of days is not allowed"),
    RequestCode.NAMES_DUPLICATE: sentence("These names are taken or written twice"),
    RequestCode.TOKENS_TOO_MANY: sentence("Too many access tokens at once"),
    RequestCode.DIAGNOSIS_UNKNOWN: sentence("We do not have this answer"),
    RequestCode.DIAGNOSIS_DELETED: sentence("This answer was deleted"),
    RequestCode.PHOTOS_NOT_KEPT: sentence("No photo is kept"),
    RequestCode.VISIT_OF_ANOTHER: sentence("This is the visit of another worker"),
    RequestCode.VISIT_DELETED: sentence("This visit was deleted"),
    RequestCode.VISIT_FULL: sentence("The visit has too many plants"),
    RequestCode.VISITS_TOO_MANY: sentence("Too many visits in one day"),
    RequestCode.TIME_IMPLAUSIBLE: sentence("The time cannot be right"),
    RequestCode.IDEMPOTENCY_KEY_REUSED: sentence("This was sent before with other photos"),
    RequestCode.ARCHIVE_BROKEN: sentence("The archive cannot be read"),
    RequestCode.ARCHIVE_UNSAFE: sentence("The archive is not safe to unpack"),
    RequestCode.ARCHIVE_TOO_LARGE: sentence("The archive is too large"),
    RequestCode.BUNDLE_UNUSABLE: sentence("What was learned cannot be used"),
    RequestCode.SECOND_PERSON_MISSING: sentence("You agreed. A second person has to agree too."),
    RequestCode.BUSY: sentence("Too many people are asking right now"),
    RequestCode.STORAGE_UNAVAILABLE: sentence("This can't be saved or deleted right now"),
    RequestCode.NOT_READY: sentence("Not ready to answer"),
    RequestCode.INTERNAL_ERROR: sentence("Something went wrong on our side"),
}

# What to do about it.
_PACK_AGAIN = sentence("Nothing was kept. Pack at most 400 photos in folders into a new zip, and send that.")

REMEDIES: Mapping[Code, str] = {
    ErrorCode.PHOTO_EMPTY: sentence("The file is empty. Take the photo again."),
    ErrorCode.PHOTO_TOO_LARGE: sentence("Send a photo of at most 16 MB, as a phone's camera saves it."),
    ErrorCode.PHOTO_UNSUPPORTED: sentence(
        "Send a photo as JPEG, PNG or WebP. A whole photo, not a narrow strip of one."
    ),
    ErrorCode.HEIC_NOT_SUPPORTED: sentence(
        "On an iPhone, open Settings > Camera > Formats and choose Most Compatible, then take it again. "
        "Or send it as a photo, not as a document."
    ),
    ErrorCode.PHOTO_BROKEN: sentence("Part of the file is missing; perhaps the connection broke. Send it again."),
    ErrorCode.PHOTO_TOO_MANY_PIXELS: sentence(
        "Send the photo as your phone's camera saves it, or choose a smaller size there."
    ),
    ErrorCode.CASE_EMPTY: sentence("Take a photo or choose one first, then ask again."),
    ErrorCode.CASE_TOO_MANY_PHOTOS: sentence("Send fewer photos at a time, all of the same plant."),
    ErrorCode.CROP_UNKNOWN: sentence("Choose a crop from the list, or leave it open."),
    ErrorCode.CONDITION_UNKNOWN: _LOST,
    RequestCode.REQUEST_MALFORMED: _SEND_AGAIN,
    RequestCode.REQUEST_INVALID: _SEND_AGAIN,
    RequestCode.REQUEST_TOO_LARGE: sentence(
        "Send fewer photos at a time, or choose a smaller size in your phone's camera."
    ),
    RequestCode.NOT_FOUND: _LOST,
    RequestCode.METHOD_NOT_ALLOWED: sentence("You can ask about a leaf here."),
    RequestCode.MEDIA_TYPE_UNSUPPORTED: sentence("Choose your photos in the form below."),
    RequestCode.RANGE_NOT_SATISFIABLE: _LOST,
    RequestCode.RATE_LIMITED: _LATER,
    RequestCode.TOKEN_INVALID: sentence("Open the page with your answer again, or ask about the leaf again."),
    RequestCode.ROLE_INSUFFICIENT: sentence("Your role does not allow this."),
    RequestCode.DISTRICT_OTHER: sentence("Your access token is for one district. Nothing was changed or lost."),
    RequestCode.DISTRICT_UNKNOWN: sentence("Choose a district from the list."),
    RequestCode.EXPIRY_INVALID: sentence("Choose from 1 to 366 days."),
    RequestCode.NAMES_DUPLICATE: sentence("Give each device a name of its own, or revoke the old access token first."),
    RequestCode.TOKENS_TOO_MANY: sentence("Make at most 200 at a time."),
    RequestCode.DIAGNOSIS_UNKNOWN: sentence("It may have been deleted already. You can ask about the leaf again."),
    RequestCode.DIAGNOSIS_DELETED: sentence("You can ask about the leaf again."),
    RequestCode.IDEMPOTENCY_KEY_REUSED: _SEND_AGAIN,
    RequestCode.PHOTOS_NOT_KEPT: sentence("An expert has to see the photos. Ask about the leaf again and share them."),
    RequestCode.VISIT_OF_ANOTHER: sentence("Sign in with the access token that the visit was made with."),
    RequestCode.VISIT_DELETED: sentence("It was deleted on another phone. What is on this phone stays here."),
    RequestCode.VISIT_FULL: sentence("Start another visit for the next plants."),
    RequestCode.VISITS_TOO_MANY: sentence("It stays on this phone. Open the app again tomorrow."),
    RequestCode.TIME_IMPLAUSIBLE: sentence("Set the date and time of the phone."),
    RequestCode.ARCHIVE_BROKEN: _PACK_AGAIN,
    RequestCode.ARCHIVE_UNSAFE: _PACK_AGAIN,
    RequestCode.ARCHIVE_TOO_LARGE: _PACK_AGAIN,
    RequestCode.BUNDLE_UNUSABLE: sentence("Nothing was changed. Ask who runs the service: its log says why."),
    RequestCode.SECOND_PERSON_MISSING: sentence(
        "Nothing was changed. For a week, an access token counts as the person's who made it."
    ),
    RequestCode.BUSY: _LATER,
    RequestCode.STORAGE_UNAVAILABLE: sentence("Nothing was changed. Try again in a minute."),
    RequestCode.NOT_READY: _LATER,
    RequestCode.INTERNAL_ERROR: sentence("It is not your photo's fault. Try again in a minute."),
}

# Reviewers at the desk send no photos.
REMEDIES_AT_DESK: Mapping[Code, str] = {
    RequestCode.NOT_FOUND: sentence("Page not found. Use the link below to return to the cases."),
    RequestCode.METHOD_NOT_ALLOWED: sentence("Page not found. Use the link below to return to the cases."),
    RequestCode.REQUEST_INVALID: sentence("Nothing was saved. Go back, correct it and send it again."),
    RequestCode.DIAGNOSIS_UNKNOWN: sentence("The sender may have deleted it, or it has expired."),
    RequestCode.STORAGE_UNAVAILABLE: sentence("Nothing was saved. Try again in a minute."),
    RequestCode.INTERNAL_ERROR: sentence("Nothing was saved. Try again in a minute."),
}

# To whoever holds an access token that was good.
TOKEN_ENDED: Mapping[str | None, str] = {
    "expired": sentence("This access token has expired. Ask your administrator for a new one."),
    "revoked": sentence("This access token was revoked. Ask your administrator for a new one."),
}
NOT_ACCEPTED = sentence("Access token not accepted. It may be mistyped, expired or revoked.")

SPREAD: Mapping[Spread, str] = {
    Spread.DAYS: sentence("Spreads within days."),
    Spread.WEEKS: sentence("Spreads within weeks."),
    Spread.SEASON: sentence("Spreads over a season."),
    Spread.YEARS: sentence("Spreads over years."),
}

# The only words about products that are ever shown; advice texts hold none.
PRODUCT: Mapping[Product, str] = {
    Product.REGISTERED_PRODUCT: sentence(
        "If this does not stop it, ask your extension officer for a product registered for this crop and this problem. "
        "Wear gloves, mask and long clothes. Keep the waiting time before harvest that is on the label."
    ),
    Product.NO_CURE: sentence("No spray cures this."),
}

NOT_REVIEWED = sentence("Not yet reviewed by an agronomist.")
REVIEWED = sentence("Reviewed by an agronomist: %(name)s, %(day)s.")
DRAFTED = sentence("Drafted by machine; not yet checked by a native reader.")
CHECKED = sentence("Checked by a native reader: %(name)s, %(day)s.")
NOT_TRANSLATED = sentence("Not translated yet; this is the English text.")

# The buttons for a person's verdict on an answer.
VERDICTS: Mapping[FeedbackVerdict, str] = {
    FeedbackVerdict.RIGHT: sentence("Yes, right"),
    FeedbackVerdict.WRONG: sentence("No, wrong"),
    FeedbackVerdict.UNSURE: sentence("I can't tell"),
}

# The buttons below a question about the plant.
REPLIES: Mapping[Reply, str] = {
    Reply.YES: sentence("Yes"),
    Reply.NO: sentence("No"),
    Reply.UNSURE: sentence("I can't tell"),
}

# What experts say of a case; a condition is said by its name, beside what was answered.
EXPERT: Mapping[ExpertVerdict, str] = {
    ExpertVerdict.CONDITION: sentence("An expert looked: %(name)s."),
    ExpertVerdict.UNKNOWN_PLANT: sentence("An expert looked: it is a plant that Majani does not know."),
    ExpertVerdict.NOT_A_PLANT: sentence("An expert looked: the photos show no leaf to judge."),
    ExpertVerdict.CANNOT_TELL: sentence("An expert looked and can't tell from these photos."),
    ExpertVerdict.BAD_PHOTO: sentence("An expert looked: the photos are not clear enough."),
    ExpertVerdict.DISAGREEMENT: sentence("Experts looked and do not agree. Show the plant to your extension officer."),
}
EXPERT_AGREES = sentence("An expert looked and agrees: %(name)s.")
EXPERT_CORRECTS = sentence("An expert looked: %(name)s, not %(other)s.")
