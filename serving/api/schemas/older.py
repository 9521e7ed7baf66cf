"""Fields of answers for clients of 0.1 to 0.3, from the grade; they have the meaning that they had."""

from typing import Any

from majani.decision.diagnosis import Diagnosis, Named
from majani.decision.grades import Grade
from majani.decision.rules import Outcome
from majani.decision.wording import tenths

# Conditions in `candidates`, at most.
CANDIDATES = 5


def coarse(diagnosis: Diagnosis) -> dict[str, Any] | None:
    """What an unsure answer says of the crop: the one that is shown, where another was named."""
    crop = diagnosis.crops[0] if diagnosis.contradicts_sender else diagnosis.crop
    if diagnosis.outcome is not Outcome.UNCERTAIN or crop is None:
        return None
    is_sick, probability = diagnosis.looks_sick is not None, diagnosis.probability or 0.0
    statement = f"{crop.name}: {'looks sick' if is_sick else 'not clear'}"
    return {"crop": crop.id, "parent": None, "sick": is_sick, "statement": statement, "probability": probability}


def said_together(diagnosis: Diagnosis) -> tuple[Named, ...]:
    """The conditions one of which an unsure answer says it is, where the crop was named; healthy alone if no sign."""
    is_said = diagnosis.outcome is Outcome.UNCERTAIN and diagnosis.grade in (Grade.PROBABLY, Grade.ONE_OF)
    if not is_said or diagnosis.crop_hint is None or diagnosis.contradicts_sender:
        return ()
    return diagnosis.listed[:1] if diagnosis.is_named else diagnosis.listed


def confidence(diagnosis: Diagnosis) -> dict[str, int] | None:
    """How many of ten answers like what is named, alone or with others, are right; None where nothing is."""
    is_said = diagnosis.condition is not None or said_together(diagnosis)
    if diagnosis.probability is None or not is_said:
        return None
    right = tenths(diagnosis.probability)
    return {"right": right, "answered": 10, "right_of_ten": right}
