"""What turns a bundle's probabilities into an answer, as data; rules of older bundles are migrated as they are read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from majani.frozen import FrozenModel
from majani.image.quality import QualityLimits
from majani.model.grading import Grading

Probability = Annotated[float, Field(ge=0, le=1)]

# Fitted to the places of the bundle of December 2026, without effects of crops: for bundles that have no numbers of
# their own. The phone reads the same file.
GENERAL_GRADING = Path(__file__).with_name("general_grading.json")


class DecisionRules(FrozenModel):
    """Data of :mod:`majani.decision.rules`.

    Attributes:
        grading: How often names and lists are right.
        reject: Mass of the two reject classes from which a photo is refused.
        shows: Mass of one crop from which a photo clearly shows it.
        hint_factor: Multiplies other crops' mass if the sender names the crop; above 0, because people mistake crops.
        unknown_plant_factor: Multiplies the mass of an unknown plant likewise: who names a crop has seen the plant.
        quality: Below these limits a photo is sent back.
    """

    grading: Grading
    reject: Probability
    shows: Probability
    hint_factor: float = Field(gt=0, le=1)
    unknown_plant_factor: float = Field(default=1, gt=0, le=1)
    quality: QualityLimits

    @model_validator(mode="before")
    @classmethod
    def _from_older(cls, data: Any) -> Any:
        """Take over rules of schema 1 to 3: their thresholds go, and general numbers stand in."""
        if not isinstance(data, Mapping) or "thresholds" not in data:
            return data
        if data.get("second_look") is not None:
            raise ValueError("second_look is no longer supported: remove it and fit the thresholds again")
        thresholds = data["thresholds"]
        if not isinstance(thresholds, Mapping):
            raise ValueError("thresholds are no numbers by name")
        kept = {name: data[name] for name in ("hint_factor", "unknown_plant_factor", "quality") if name in data}
        limits = {"reject": thresholds.get("reject"), "shows": thresholds.get("coarse")}
        return {**kept, **limits, "grading": general_grading()}


def general_grading() -> Grading:
    """The numbers of a bundle that has none of its own."""
    return Grading.model_validate_json(GENERAL_GRADING.read_bytes())
