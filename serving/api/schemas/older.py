"""Fields of answers for clients of 0.1 to 0.3, from the grade; they have the meaning that they had."""

from majani.decision.diagnosis import Diagnosis, Named
from majani.decision.grades import Grade
from majani.decision.rules import Outcome
from majani.decision.wording import tenths
from majani.frozen import FrozenModel
from majani.model.bundle import NamedId

# Conditions in `candidates`, at most.
CANDIDATES = 5


class Coarse(FrozenModel):
    """The coarser statement of an unsure answer: its crop, and whether the plant looks sick."""

    crop: str
    parent: None = None
    sick: bool
    statement: str
    probability: float


class Confidence(FrozenModel):
    """How many of ten such answers are right, rounded down."""

    right: int
    answered: int = 10
    right_of_ten: int


def coarse(diagnosis: Diagnosis) -> Coarse | None:
    """What an unsure answer says of the crop: the one that is shown, where another was named."""
    crop = diagnosis.crops[0] if diagnosis.contradicts_sender else diagnosis.crop
    if diagnosis.outcome is not Outcome.UNCERTAIN or crop is None:
        return None
    is_sick = diagnosis.looks_sick is not None
    statement = f"{crop.name}: {'looks sick' if is_sick else 'not clear'}"
    return Coarse(crop=crop.id, sick=is_sick, statement=statement, probability=diagnosis.probability or 0.0)


def said_together(diagnosis: Diagnosis) -> tuple[Named, ...]:
    """The conditions one of which an unsure answer says it is, where the crop was named; healthy alone if no sign."""
    is_said = diagnosis.outcome is Outcome.UNCERTAIN and diagnosis.grade in (Grade.PROBABLY, Grade.ONE_OF)
    if not is_said or diagnosis.crop_hint is None or diagnosis.contradicts_sender:
        return ()
    return diagnosis.listed[:1] if diagnosis.is_named else diagnosis.listed


def confidence(diagnosis: Diagnosis) -> Confidence | None:
    """How often what is named, alone or with others, is right; None where nothing is."""
    is_said = diagnosis.condition is not None or said_together(diagnosis)
    if diagnosis.probability is None or not is_said:
        return None
    right = tenths(diagnosis.probability)
    return Confidence(right=right, right_of_ten=right)


class OneOf(FrozenModel):
    """Conditions one of which it is, or something else."""

    conditions: tuple[Named, ...]
    blind_spots: tuple[NamedId, ...]
    confidence: Confidence | None
