"""The calibrated number of a bundle: how often a name, or a list, is right in a field that nobody has seen.

Logistic (Platt) calibration of the share that the likeliest conditions have of their crop, with effects of crops and of
fields (a mixed model). The next field's effect is not known, so it is integrated out.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

from pydantic import Field

from majani.frozen import FrozenModel

# Beyond it, a share is as good as all or nothing: 16-bit weights tell no more.
LEAST_SHARE = 1e-4
# No number reaches it.
_NEVER = 2.0


class Effect(FrozenModel):
    """What is known of an effect, in logits: its mean and the variance that is left."""

    mean: float
    variance: float = Field(ge=0)


class LogisticCalibration(FrozenModel):
    """From the share that a statement has of its crop's probability to how often it is right.

    Attributes:
        intercept, slope: Of the logit of the share.
        healthy: What is added where the likeliest condition is "healthy": leaves that look healthy are that more often
            than leaves that look sick have the likeliest disease.
        conditions: Of the logarithm of how many conditions the crop has: a share of two says less than one of ten.
        field_variance: Of the effects of fields, a crop at one place.
        crop_variance: Of the effects of crops; that of a crop with no field of its own is around 0.
        crops: Effects of the others, by id.
        fields: Of a district's bundle, the effects of its own field, by crop; all others are the next field.
    """

    intercept: float
    slope: float = Field(gt=0)
    healthy: float = 0.0
    conditions: float = 0.0
    field_variance: float = Field(ge=0)
    crop_variance: float = Field(ge=0)
    crops: Mapping[str, Effect] = Field(default_factory=dict)
    fields: Mapping[str, Effect] = Field(default_factory=dict)

    def probability(self, share: float, crop: str = "", *, healthy: bool = False, conditions: int = 1) -> float:
        """Probability, 0..1, that a statement with this ``share``, 0..1, is right.

        The expectation over what is not known of crop and field, by MacKay's approximation, within 0.01 of the integral
        (https://doi.org/10.1162/neco.1992.4.5.720).
        """
        of_crop = self.crops.get(crop, Effect(mean=0, variance=self.crop_variance))
        of_field = self.fields.get(crop, Effect(mean=0, variance=self.field_variance))
        bounded = min(max(share, LEAST_SHARE), 1 - LEAST_SHARE)
        logit = self.intercept + self.slope * math.log(bounded / (1 - bounded)) + of_crop.mean + of_field.mean
        logit += self.healthy * healthy + self.conditions * math.log(conditions)
        unknown = of_crop.variance + of_field.variance
        return 1 / (1 + math.exp(-logit / math.sqrt(1 + math.pi / 8 * unknown)))


class Grading(FrozenModel):
    """Calibrated numbers of what is said of one plant, whether of one photo or of several.

    Attributes:
        lists: Of the likeliest condition, the two and the three likeliest of a crop that is known.
        sick: Of "healthy" or "sick", whichever has the larger share of the crop.
        crop: Of the likeliest crop where none is named; its crops have no effects.
        healthy: By crop, the number from which "healthy" is said as most likely, because sick leaves hardly ever reach
            it; never of others.
    """

    lists: tuple[LogisticCalibration, LogisticCalibration, LogisticCalibration]
    sick: LogisticCalibration
    crop: LogisticCalibration
    healthy: Mapping[str, float] = Field(default_factory=dict)

    def healthy_from(self, crop: str) -> float:
        """The number from which "healthy" is said of a crop as most likely; beyond 1, never."""
        return self.healthy.get(crop, _NEVER)

    def numbers(
        self, shares: Sequence[float], crop: str, *, healthy: bool, conditions: int, of_crop: float = 1.0
    ) -> list[float]:
        """Probabilities, 0..1 and never falling, that the truth is among the likeliest one, two and three.

        Args:
            shares: Of these together, of the crop's probability.
            crop: By id.
            healthy: Whether that is the likeliest.
            conditions: Of the crop; a list of all of them is right whenever any is.
            of_crop: Probability, 0..1, of the crop itself, where nobody has named it.
        """
        own = [
            1.0 if size >= conditions else calibration.probability(share, crop, healthy=healthy, conditions=conditions)
            for size, (share, calibration) in enumerate(zip(shares, self.lists, strict=True), start=1)
        ]
        return [of_crop * number for number in accumulate(own, max)]
