"""What became of places left out, as the stage ``places`` writes it and the report shows it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import Field

from majani.decision.grades import Grade
from majani.frozen import FrozenModel


class Kind(StrEnum):
    """What was left out, and so what a right answer is."""

    PLACE = "place"  # Known conditions, photographed elsewhere: named
    LABORATORY = "laboratory"  # Known conditions of a crop that was learned in the laboratory alone: named
    CONDITION = "condition"  # An unknown condition of a known crop: not named
    CROP = "crop"  # An unknown crop: refused
    NEGATIVES = "negatives"  # No crop at all: refused


KNOWN = (Kind.PLACE, Kind.LABORATORY)
# And those that tell what is said of what nobody has learned.
OF_CROPS = (*KNOWN, Kind.CONDITION)
# Lower edges of numbers that names are counted by.
BANDS = (0.8, 0.6, 0.4, 0.0)


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
        refused: As an unknown plant or no plant.
        first, listed: Cases in which the likeliest condition is the truth, and in which the list holds it.
        length: Mean length of the list.
        grades: Shares without right ones where the network does not know the truth.
        bands: The same by the number of the first name, from each of :data:`BANDS` on up to the one before.
        sick: Cases of sick leaves, of known and unknown conditions.
        called_healthy: Of these, by grade, those whose first name is "healthy".
        healthy: Of all cases, those that are called most likely healthy.
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
    healthy: Graded = Graded(share=0)


class GradedTable(FrozenModel):
    """All fields, and of known conditions the means over fields, with the crop named and one photo."""

    fields: tuple[GradedField, ...] = ()
    grades: Mapping[Grade, Graded] = Field(default_factory=dict)
    bands: Mapping[float, Graded] = Field(default_factory=dict)
    first: float | None = None
    listed: float | None = None
    length: float | None = None


class CropRow(FrozenModel):
    """A crop with its name given, one photo: means over its places, in percent; of sick leaves the worst place."""

    crop: str
    conditions: int
    places: int
    first: float
    listed: float
    most_likely: float
    right: float | None
    healthy_right: float | None
    sick_called_healthy: float | None


class PlaceTable(FrozenModel):
    """What grades are worth."""

    graded: GradedTable = GradedTable()

    def untaught(self) -> list[GradedField]:
        """Conditions that the network did not know, of crops that it knew: with the crop named, one photo."""
        return [one for one in self._named() if one.kind is Kind.CONDITION]

    def _named(self) -> list[GradedField]:
        return [one for one in self.graded.fields if one.crop_named and not one.several and one.conditions > 1]

    def crops(self) -> list[CropRow]:
        """The table by crop, of known conditions; sick leaves are those of unknown ones as well."""
        named = self._named()
        known = [one for one in named if one.kind in KNOWN]
        return [
            CropRow(
                crop=crop,
                conditions=max(one.conditions for one in of),
                places=len(of),
                first=_mean([one.first or 0 for one in of]),
                listed=_mean([one.listed or 0 for one in of]),
                most_likely=_mean([one.grades[Grade.MOST_LIKELY].share for one in of]),
                right=_right([one.grades[Grade.MOST_LIKELY] for one in of]),
                healthy_right=_right([one.healthy for one in of]),
                sick_called_healthy=max(
                    (one.called_healthy.get(Grade.MOST_LIKELY, 0) for one in named if one.crop == crop and one.sick),
                    default=None,
                ),
            )
            for crop in sorted({one.crop for one in known})
            for of in [[one for one in known if one.crop == crop]]
        ]


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 1)


def _right(given: Sequence[Graded]) -> float | None:
    """Of what is given, weighed by how often; None if it never is."""
    shares = sum(one.share for one in given)
    return round(sum(one.share * (one.right or 0) for one in given) / shares, 1) if shares else None
