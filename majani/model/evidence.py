"""Signed counts of what a bundle said of an office's test cases, and how often that was right; no photo, no case.

Counts are of the head and of the rules that they name, see :func:`rule_id`, and say nothing of others.
"""

from enum import StrEnum
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from majani.frozen import FrozenModel
from majani.model.bundle import DecisionRules, Probability, Sha256, Situation, sha256_hex
from majani.model.head import Head
from majani.model.signature import is_signature, sign

_DIGITS = 16


class Level(StrEnum):
    """What was said: a name, one probable condition, a set of a few, or a kind of trouble."""

    NAMED = "named"
    PROBABLY = "probably"
    ONE_OF = "one_of"
    TROUBLE = "trouble"


class Count(FrozenModel):
    """Answers to cases whose sender had named the crop.

    Attributes:
        district: By name; empty for cases outside all districts.
        rule: See :func:`rule_id`.
        from_probability: Lower edge of the confidence band of what was named; 0 below all bands, and for other levels.
        right: Of those that were said. Wrong is also what was said of a condition that the bundle does not know.
    """

    district: str = Field(max_length=64)
    crop: str = Field(max_length=64)
    situation: Situation
    level: Level
    rule: str = Field(pattern=f"^[0-9a-f]{{{_DIGITS}}}$")
    from_probability: Probability = 0
    said: int = Field(ge=1, le=10**9)
    right: int = Field(ge=0)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.right > self.said:
            raise ValueError(f"{self.right} of {self.said} answers cannot be right")
        return self


class Evidence(FrozenModel):
    """What one office counted of one bundle.

    Attributes:
        bundle: Its version.
        counted_on: Day in UTC, as ISO 8601: later counts of the same rules hold the cases of earlier ones.
        public_key: Of the office, like the signature in base64.
    """

    schema_version: Literal[1] = 1
    bundle: str = Field(min_length=1, max_length=64)
    counted_on: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    counts: tuple[Count, ...]
    public_key: str = ""
    signature: str = ""

    @model_validator(mode="after")
    def _counted_once(self) -> Self:
        keys = [one.model_dump_json(exclude={"said", "right"}) for one in self.counts]
        if len(set(keys)) < len(keys):
            raise ValueError("the same is counted twice")
        return self

    def signed(self, private_key: str) -> Self:
        """The same with key and signature; raises ValueError for a bad key."""
        public_key = sign(b"", private_key)[1]
        ready = self.model_copy(update={"public_key": public_key})
        return ready.model_copy(update={"signature": sign(ready._content(), private_key)[0]})

    def is_signed(self) -> bool:
        """Whether nothing was changed since the holder of the key signed it."""
        return is_signature(self.signature, self._content(), self.public_key)

    def _content(self) -> bytes:
        return self.model_dump_json(exclude={"signature"}).encode()


def rule_id(network: Sha256, head: Head, rules: DecisionRules, situation: Situation, crop: str) -> str:
    """16 hexadecimal digits that stand for all that decides what is said of a crop that is named.

    Numbers of the head as its file keeps them, and thresholds, but not what is promised.
    """
    own = rules.of_case(photos=1 + (situation is Situation.CROP_NAMED_SEVERAL_PHOTOS), crop_named=True)
    ids = [class_id for class_id in head.class_ids if class_id.startswith(f"{crop}.")]
    held = own.sets.get(crop)
    said = (
        *(f"{number:.9f}" for number in (head.calibration.temperature, rules.hint_factor, rules.unknown_plant_factor)),
        *(f"{number:.9f}" for number in (rules.thresholds.reject, rules.thresholds.coarse)),
        *(f"{class_id} {own.threshold(class_id):.9f}" for class_id in ids),
        *(f"{band.min_probability:.9f}" for band in own.confidence_bands),
        *((f"set {held.min_probability:.9f} {held.alone:.9f}",) if held else ()),
        f"{own.coarse}",
        *sorted(rules.blind(crop)),
    )
    numbers = head.layer.weights.astype(np.float16).tobytes() + head.layer.bias.astype(np.float32).tobytes()
    return sha256_hex(f"{network} {situation} {crop} {' '.join(said)}".encode() + numbers)[:_DIGITS]
