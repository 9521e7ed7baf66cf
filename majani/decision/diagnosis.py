"""A diagnosis, the ranked answer for one case, and the evidence behind it, as plain data."""

from dataclasses import dataclass

from majani.decision.rules import OUTCOMES_WITH_CANDIDATES, Outcome
from majani.errors import ErrorCode
from majani.frozen import FrozenModel
from majani.image.photo import Content
from majani.image.quality import Quality, RetakeReason
from majani.model.bundle import NamedId
from majani.model.heatmap import Heatmap
from majani.model.predictor import Floats
from majani.taxonomy import HEALTHY, REJECT_CLASSES

# A candidate below this is noise to a reader.
MIN_LISTED_PROBABILITY = 0.02
# More photos of one plant teach little more.
ENOUGH_PHOTOS = 3


class Named(FrozenModel):
    """A condition as an answer shows it, with its calibrated probability."""

    id: str
    name: str
    crop: str
    crop_name: str
    probability: float


class Coarse(FrozenModel):
    """The best coarser statement under uncertainty, in ids and in English; ``sick`` if healthy is ruled out."""

    crop: str
    parent: str | None
    sick: bool
    statement: str
    probability: float


class Confidence(FrozenModel):
    """What answers of this confidence proved in places left out of training.

    Attributes:
        right, answered: So many independent answers would prove as much (effective sample size); those of a higher band
            if that one promises less.
        right_of_ten: The number that a farmer reads: the lower 95 % bound of the share, rounded down, and never 10.
    """

    right: int
    answered: int
    right_of_ten: int


class OneOf(FrozenModel):
    """Conditions one of which it is, or something else, where none is sure enough to be named.

    Attributes:
        conditions: One to three, by falling probability. One alone is probable; healthy alone means that no sign was
            seen of what is known.
        blind_spots: Conditions of the crop that it cannot tell from photos, by id and English name.
        confidence: What such sets proved, in places left out.
    """

    conditions: tuple[Named, ...]
    blind_spots: tuple[NamedId, ...]
    confidence: Confidence

    @property
    def is_healthy_alone(self) -> bool:
        """Whether no sign of what is known was seen; that is less than "healthy"."""
        return all(named.id.endswith(f".{HEALTHY}") for named in self.conditions)


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
    """The ranked answer for one case.

    Attributes:
        condition: Only for the outcomes ``healthy`` and ``condition``.
        coarse: Only for ``uncertain``; of another crop than the sender named only if the photos contradict the sender.
        one_of: Only for ``uncertain``, with the crop named and photos of one plant.
        for_workers: Only for ``uncertain``: what the district has taught and would be named, if there were a reviewed
            text on it. Extension workers may read it; farmers read that their office knows this, and to call.
        confidence: Only where a condition is named and the bundle has figures for this confidence.
        candidates: By falling probability; empty for ``retake``.
        photos: One entry per photo sent, in order.
        district: Whose own bundle answered, by name; None for that of everybody.
    """

    outcome: Outcome
    condition: Named | None = None
    coarse: Coarse | None = None
    one_of: OneOf | None = None
    for_workers: Named | None = None
    confidence: Confidence | None = None
    candidates: tuple[Named, ...] = ()
    photos: tuple[PhotoResult, ...]
    crop_hint: str | None = None
    model_version: str
    district: str | None = None

    @property
    def contradicts_sender(self) -> bool:
        """Whether the photos show another crop than the sender named. Then nothing else is said of them."""
        return self.coarse is not None and self.crop_hint not in (self.coarse.crop, None)

    @property
    def leaves_open(self) -> bool:
        """Whether it says something of the plant and names nothing: then other causes are said with it."""
        return self.coarse is not None or self.one_of is not None

    @property
    def crops_shown(self) -> tuple[str, ...]:
        """Ids of all crops that single photos clearly show; more than one if the photos are of different plants."""
        seen = dict.fromkeys(photo.shows for photo in self.photos)
        return tuple(reason for reason in seen if reason is not None and reason not in REJECT_CLASSES)

    @property
    def compared(self) -> tuple[Named, ...]:
        """The candidates to compare with the leaf: none if no leaf of the one crop that it is about was seen."""
        is_of_one_crop = not self.contradicts_sender and len(self.crops_shown) <= 1
        # What else it might be would hide what the office knows.
        is_open = self.for_workers is None and self.outcome in OUTCOMES_WITH_CANDIDATES
        return self.candidates if is_of_one_crop and is_open else ()

    @property
    def listed(self) -> tuple[Named, ...]:
        """What an unsure answer shows to be compared: the set that was proved, else what is not noise.

        None where the sender named no crop and it may be of several: the crop comes before any condition.
        """
        if self.one_of is not None:
            return self.one_of.conditions
        likely = [named for named in self.compared if named.probability >= MIN_LISTED_PROBABILITY]
        crops = {named.crop for named in likely}
        if self.outcome is Outcome.UNCERTAIN and self.crop_hint is None and len(crops) > 1:
            return ()
        return tuple(named for named in likely if self.condition is None or named.id != self.condition.id)

    @property
    def needs_photos(self) -> bool:
        """Whether photos of other leaves are still to be asked for."""
        return self.outcome is Outcome.UNCERTAIN and sum(photo.used for photo in self.photos) < ENOUGH_PHOTOS

    @property
    def leading(self) -> str | None:
        """Id of the most likely condition; None where the answer is about no known crop, or two."""
        if self.condition is not None:
            return self.condition.id
        return self.compared[0].id if self.compared else None

    def _repr_html_(self) -> str:
        """The answer in words, for notebooks; that of an :class:`Examination` also shows the photos."""
        return Examination(self, ())._repr_html_()


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
