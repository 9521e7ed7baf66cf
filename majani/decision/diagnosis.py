"""A diagnosis, the ranked answer for one case, and the evidence behind it, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import model_validator

from majani.decision.grades import Grade
from majani.decision.rules import Outcome, Why
from majani.errors import ErrorCode
from majani.frozen import FrozenModel
from majani.image.photo import Content
from majani.image.quality import Quality, RetakeReason
from majani.model.bundle import NamedId
from majani.model.heatmap import Heatmap
from majani.model.predictor import Floats
from majani.taxonomy import HEALTHY, REJECT_CLASSES

# More photos of one plant teach little more.
ENOUGH_PHOTOS = 3


class Named(FrozenModel):
    """A condition as an answer shows it, with its calibrated probability."""

    id: str
    name: str
    crop: str
    crop_name: str
    probability: float

    @property
    def is_healthy(self) -> bool:
        """Whether it is a healthy leaf."""
        return self.id.endswith(f".{HEALTHY}")


class LikelyCrop(NamedId):
    """A crop with its calibrated probability."""

    probability: float


class PhotoResult(FrozenModel):
    """How one photo of the case was used, why a better one would help, or why it could not be read.

    Attributes:
        shows: Id of the crop, or of the reject class, that this photo alone clearly shows, with the crop hint.
    """

    used: bool
    retake: tuple[RetakeReason, ...] = ()
    error: ErrorCode | None = None
    shows: str | None = None


class Diagnosis(FrozenModel):
    """The ranked answer for one case. Probabilities are calibrated: in fields never seen, so many are right.

    Attributes:
        grade: How plainly it is said; None where no crop was seen, or no photo could be used.
        why: Why nothing is named, where that has a reason beside the numbers.
        probability: That the truth is what is named or, where nothing is, in the list, if it is one of those known.
        crop: That the answer is about.
        ranked: All conditions of this crop, the likeliest first, whatever the grade.
        in_list: How many of these are said to be compared.
        other_troubles: Of this crop, what no photo can be told from, by id and English name.
        looks_sick: Probability that the plant is sick, where nothing is named.
        crops: The crop that the photos show instead of the named one, or those that they leave.
        photos: One entry per photo sent, in order.
        district: Whose own bundle answered, by name; None for that of everybody.
    """

    outcome: Outcome
    grade: Grade | None = None
    why: Why | None = None
    probability: float | None = None
    crop: NamedId | None = None
    ranked: tuple[Named, ...] = ()
    in_list: int = 0
    other_troubles: tuple[NamedId, ...] = ()
    looks_sick: float | None = None
    crops: tuple[LikelyCrop, ...] = ()
    photos: tuple[PhotoResult, ...]
    crop_hint: str | None = None
    model_version: str
    district: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_older(cls, data: Any) -> Any:
        """Take over an answer that 0.3.0 or older has kept."""
        return _graded(data) if isinstance(data, Mapping) and "candidates" in data else data

    @property
    def condition(self) -> Named | None:
        """What is named. A leaf that is only probably healthy is not: no sign was seen of what is known."""
        return self.ranked[0] if self.outcome in (Outcome.HEALTHY, Outcome.CONDITION) and self.ranked else None

    @property
    def first(self) -> Named | None:
        """What stands first and largest; None where no condition is shown."""
        return self.ranked[0] if self.in_list else None

    @property
    def listed(self) -> tuple[Named, ...]:
        """What is to be compared with the leaf, the likeliest first."""
        return self.ranked[: self.in_list]

    @property
    def is_named(self) -> bool:
        """Whether one condition, or healthy, is said alone."""
        return self.grade is not None and self.grade.is_name

    @property
    def contradicts_sender(self) -> bool:
        """Whether the photos show another crop than the sender named."""
        return self.why is Why.ANOTHER_CROP

    @property
    def crops_shown(self) -> tuple[str, ...]:
        """Ids of all crops that single photos clearly show; more than one if the photos are of different plants."""
        seen = dict.fromkeys(photo.shows for photo in self.photos)
        return tuple(reason for reason in seen if reason is not None and reason not in REJECT_CLASSES)

    @property
    def needs_photos(self) -> bool:
        """Whether photos of other leaves are still to be asked for."""
        is_sure = self.grade in (Grade.MOST_LIKELY, None)
        return not is_sure and sum(photo.used for photo in self.photos) < ENOUGH_PHOTOS

    @property
    def leading(self) -> str | None:
        """Id of the most likely condition; None where the answer is about no known crop, or two."""
        return self.first.id if self.first else None

    def _repr_html_(self) -> str:
        """The answer in words, for notebooks; that of an :class:`Examination` also shows the photos."""
        return Examination(self, ())._repr_html_()


def _graded(older: Mapping[str, Any]) -> dict[str, Any]:
    """An answer with thresholds as the grade that comes nearest."""
    kept = {
        name: older[name] for name in ("outcome", "photos", "crop_hint", "model_version", "district") if name in older
    }
    condition, one_of, coarse = (older.get(name) for name in ("condition", "one_of", "coarse"))
    candidates = older["candidates"]
    likeliest = coarse or condition or next(iter(candidates), None)
    hint, about = older.get("crop_hint"), likeliest and likeliest["crop"]
    if isinstance(coarse, Mapping) and hint not in (None, coarse["crop"]):
        crops = [{"id": coarse["crop"], "name": coarse["crop"], "probability": coarse["probability"]}]
        return {**kept, "grade": Grade.NOT_CLEAR, "why": Why.ANOTHER_CROP, "crops": crops}
    if older["outcome"] not in (Outcome.HEALTHY, Outcome.CONDITION, Outcome.UNCERTAIN):
        return kept
    said = [condition] if condition else list((one_of or {}).get("conditions", ()))
    ids = {one["id"] for one in said}
    ranked = [*said, *(one for one in candidates if one["crop"] == (hint or about) and one["id"] not in ids)]
    found = {"ranked": ranked, "other_troubles": (one_of or {}).get("blind_spots", ())}
    if ranked:
        found["crop"] = {"id": ranked[0]["crop"], "name": ranked[0]["crop_name"]}
    if condition:
        return {**kept, **found, "grade": Grade.PROBABLY, "in_list": 1, "probability": condition["probability"]}
    if one_of:
        return {**kept, **found, "grade": Grade.ONE_OF, "in_list": len(said)}
    return {**kept, **found, "grade": Grade.NOT_CLEAR, "in_list": min(len(ranked), 3)}


@dataclass(frozen=True)
class Evidence:
    """The contribution of one photo of a case; what follows from looking at it is None if it was not used.

    Attributes:
        width_px, height_px: Of the upright photo as decoded, which may be smaller than sent; 0 if it could not be read.
        heatmap: Where the network saw the leading condition of the case; None too if no condition leads.
        likeliest: Id of the most likely class of this photo alone, with the crop hint.
        embedding: ``(D,)`` float32, the network's pooled features.
    """

    width_px: int
    height_px: int
    heatmap: Heatmap | None
    quality: Quality | None = None
    likeliest: str | None = None
    embedding: Floats | None = None


@dataclass(frozen=True)
class Examination:
    """A diagnosis with its evidence and the photos themselves, one entry per photo sent, in order.

    Attributes:
        photos: What was read, a file's bytes or pixels; None if nothing could be. It is only shown.
    """

    diagnosis: Diagnosis
    evidence: tuple[Evidence, ...]
    photos: tuple[Content | None, ...] = ()

    def _repr_html_(self) -> str:
        """The photos with their heatmaps and the answer in words, for notebooks."""
        # Which reads this module.
        from majani.decision.notebook import as_html  # noqa: PLC0415

        return as_html(self)
