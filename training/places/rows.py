"""What became of places left out, as the stage ``places`` writes it and the report shows it."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from majani.decision.grades import Grade
from majani.frozen import FrozenModel
from majani.model.bundle import Situation


class Kind(StrEnum):
    """What was left out, and so what a right answer is."""

    PLACE = "place"  # Known conditions, photographed elsewhere: named
    LABORATORY = "laboratory"  # Known conditions of a crop that was learned in the laboratory alone: refused
    CONDITION = "condition"  # An unknown condition of a known crop: not named
    CROP = "crop"  # An unknown crop: refused
    NEGATIVES = "negatives"  # No crop at all: refused


# Kinds whose photos the rules are fitted to.
KNOWN = (Kind.PLACE, Kind.LABORATORY)
# And those that tell what is said of what nobody has learned.
OF_CROPS = (*KNOWN, Kind.CONDITION)
# Lower edges of numbers that names are counted by.
BANDS = (0.8, 0.6, 0.4, 0.0)


class Row(FrozenModel):
    """One place in one situation.

    Shares are in percent of ``n`` cases; those of answers are absent where none was given.

    Attributes:
        situation: Null for one photo and no crop.
        top1: The right condition is the likeliest; only of :data:`KNOWN`, like the share of right answers.
        named: With a condition or as healthy.
        right: Of those that were named.
        promised: Mean of what was promised of these.
        right_at_least: Lower 95 % bound of ``right``.
        refused: As an unknown plant or no plant.
        stated: Cases in which a coarser statement was made (rule 6).
        stated_truly: Of these, those in which it was true.
        told: Cases in which anything was named, a set said or a kind of trouble stated.
        said: Cases in which a set was said (rule 5).
        alone: Cases in which a set of one condition was said ("probably").
        true: Of these with a known condition, sets that hold it.
        true_at_least: Lower 95 % bound.
        true_promised: Mean of what was promised of these.
        left_out: Mean share of the crop's conditions that these sets leave out.
        commonest: Of the same cases, those that "one of the two commonest of the crop" would be true of.
        sick: Cases of sick leaves, of known and unknown conditions.
        called_healthy: Of these, those that were named as healthy: the costliest mistake.
        called_healthy_at_most: Upper 95 % bound.
        probably_healthy: Of these, those that got "healthy" as the only condition of a set.
    """

    place: str
    kind: Kind
    situation: Situation | None
    n: int
    top1: float | None
    named: float
    right: float | None
    promised: float | None
    right_at_least: float | None
    refused: float
    stated: float = 0
    stated_truly: float | None = None
    told: float = 0
    said: float | None = None
    alone: float | None = None
    true: float | None = None
    true_at_least: float | None = None
    true_promised: float | None = None
    left_out: float | None = None
    commonest: float | None = None
    sick: int = 0
    called_healthy: float | None = None
    called_healthy_at_most: float | None = None
    probably_healthy: float | None = None


class Spread(FrozenModel):
    """One measure over places: mean, worst, and the 95 % prediction interval of the next place (Student's t)."""

    measure: str
    kind: Kind
    situation: Situation | None
    places: int
    mean: float
    worst: float
    low: float | None
    high: float | None


class Graded(FrozenModel):
    """How often a grade is given, in percent; if it is, how often its first name is right and was said to be."""

    share: float
    right: float | None = None
    said: float | None = None


class GradedField(FrozenModel):
    """A crop at a place, or what no crop is; shares in percent of ``n`` cases, refused ones included.

    Attributes:
        crop_named: Else the crop has to be clear, too, before a grade counts.
        several: Photos of one plant.
        conditions: Of the crop, that the network knows.
        refused: As an unknown plant or no plant, the crop not named.
        first, listed: Cases in which the likeliest condition is the truth, and in which the list holds it.
        length: Mean length of the list.
        grades: Shares without right ones where the network does not know the truth.
        bands: The same by the number of the first name, from each of :data:`BANDS` on up to the one before.
        sick: Cases of sick leaves, of known and unknown conditions.
        called_healthy: Of these, by grade, those whose first name is "healthy".
    """

    place: str
    crop: str
    kind: Kind
    crop_named: bool
    several: bool
    n: int
    conditions: int
    refused: float
    first: float | None
    listed: float | None
    length: float
    grades: Mapping[Grade, Graded]
    bands: Mapping[float, Graded] = Field(default_factory=dict, exclude=True)
    sick: int
    called_healthy: Mapping[Grade, float]


class GradedTable(FrozenModel):
    """All fields, and of known conditions the means over fields, with the crop named and one photo."""

    fields: tuple[GradedField, ...] = ()
    grades: Mapping[Grade, Graded] = Field(default_factory=dict)
    bands: Mapping[float, Graded] = Field(default_factory=dict)
    first: float | None = None
    listed: float | None = None
    length: float | None = None


class PlaceTable(FrozenModel):
    """All rows and their spreads, and what grades are worth."""

    rows: tuple[Row, ...]
    spreads: tuple[Spread, ...]
    graded: GradedTable = GradedTable()
