"""A diagnosis as a text.

Where a condition was named, it is the advice's own short text, and how often such answers are right if there is room.
Everything less sure says what it is and how to do better, and not a word about products; where something may be wrong
with the plant, that somebody who knows it should be asked before anything is sprayed.
"""

from collections.abc import Sequence

from majani.decision.diagnosis import Diagnosis
from majani.decision.rules import OUTCOMES_WITH_CAUTION, Outcome
from majani.image.quality import RetakeReason
from majani.model.bundle import NamedId
from majani.text.advice import Adviser
from serving.i18n.messages import RETAKE
from serving.i18n.phrasing import Wording
from serving.messaging.short_message import fits, fold


def describe(diagnosis: Diagnosis, *, adviser: Adviser, wording: Wording, crops: Sequence[NamedId]) -> str:
    """The answer to one photo.

    Args:
        diagnosis: Of that photo.
        adviser: Knows what to do.
        wording: In the reader's language.
        crops: All that the model knows.
    """
    advice = adviser.advise_on(diagnosis, wording.language)
    if advice is None:
        return _unsure(diagnosis, wording, crops)
    text = fold(advice.text_short)
    with_confidence = f"{text} {fold(wording.confidence(diagnosis.confidence))}"
    return with_confidence if fits(with_confidence) else text


def _unsure(diagnosis: Diagnosis, wording: Wording, crops: Sequence[NamedId]) -> str:
    headline = wording.headline(diagnosis)
    if diagnosis.outcome is Outcome.RETAKE:
        reasons = {reason for photo in diagnosis.photos for reason in photo.retake}
        return "\n".join([headline, *(wording.say(RETAKE[reason]) for reason in RetakeReason if reason in reasons)])
    caution = [wording.caution()] if diagnosis.outcome in OUTCOMES_WITH_CAUTION else []
    return "\n".join([headline, wording.explanation(diagnosis, crops), *caution])
