"""The deployable model: one directory with ``model.onnx`` and ``manifest.json``.

A bundle is the only thing that passes from training to a server or a phone. Its manifest holds everything that an
answer needs besides the pixels: classes, thresholds, roll-up, quality limits. :func:`read_bundle` verifies all of it or
raises, so that half a model never answers.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from majani.errors import BundleError
from majani.frozen import FrozenModel
from majani.image.quality import QualityLimits
from majani.model.distribution import ValidationPhotos
from majani.taxonomy import REJECT_CLASSES, Action, Kind

MODEL_FILE = "model.onnx"
MANIFEST_FILE = "manifest.json"
HEAD_FILE = "head.safetensors"
CARD_FILE = "MODEL_CARD.md"

Probability = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class NamedId(FrozenModel):
    """A crop or parent with its English name."""

    id: str
    name: str


class SaidTo(StrEnum):
    """Who may hear a class that a district has taught, as long as not everybody may."""

    # Nobody has written or reviewed what farmers should do about it.
    WORKERS = "workers"
    # "This crop, none of these": it can only take a name's place.
    NOBODY = "nobody"


class ClassEntry(FrozenModel):
    """One class of the model, at its position in the probability vector.

    Only conditions have ``crop``, ``kind`` and ``action``; ``parent`` is the coarser statement, absent for healthy.
    ``said_to`` is absent where everybody may hear it.
    """

    id: str
    name: str
    crop: str | None = None
    parent: str | None = None
    kind: Kind | None = None
    action: Action | None = None
    said_to: SaidTo | None = None


class Thresholds(FrozenModel):
    """When an answer is given. All are probabilities after pooling and crop hint.

    Attributes:
        answer: A condition is named from here on, unless ``per_class`` says otherwise.
        per_class: Class id to its own ``answer`` threshold; edit by hand, no retraining needed.
        reject: Summed mass of the two reject classes from which a photo is refused.
        coarse: Mass of one crop from which photos clearly show it, and of a coarser statement from which it is made,
            unless the rules have :class:`CoarseThresholds`.
    """

    answer: Probability
    per_class: Mapping[str, Probability] = Field(default_factory=dict)
    reject: Probability
    coarse: Probability


class CoarseThresholds(FrozenModel):
    """Mass from which a coarser statement is made, by its level; 1 means never.

    Attributes:
        crop: The crop alone.
        sick: A crop that is not healthy.
        parent: A crop and the kind of trouble.
    """

    crop: Probability
    sick: Probability
    parent: Probability


class ConfidenceBand(FrozenModel):
    """What to expect of answers from this probability on, up to the next band, in the next field.

    So many right of so many answered would alone prove the lower bound that was found; they are no counts of photos.
    """

    min_probability: Probability
    right: int = Field(ge=0)
    answered: int = Field(ge=1)

    @model_validator(mode="after")
    def _no_more_right_than_answered(self) -> Self:
        if self.right > self.answered:
            raise ValueError(f"{self.right} of {self.answered} answers cannot be right")
        return self


class SetRule(ConfidenceBand):
    """Which conditions of a crop a set holds, and how often such sets hold the truth.

    Attributes:
        min_probability: Share of the crop's probability from which a condition belongs to the set.
        alone: Share from which one condition makes the set alone; below it, the next one joins.
    """

    alone: Probability = 1


class Situation(StrEnum):
    """What a sender gave beyond one photo. A crop or more photos change how sure a probability is."""

    CROP_NAMED = "crop_named"
    SEVERAL_PHOTOS = "several_photos"
    CROP_NAMED_SEVERAL_PHOTOS = "crop_named_several_photos"

    @property
    def names_crop(self) -> bool:
        """Whether the sender has named the crop."""
        return self is not Situation.SEVERAL_PHOTOS


class SituationRules(FrozenModel):
    """When a condition is named in a situation, and what is promised of it.

    Attributes:
        answer: As in :class:`Thresholds`.
        per_class: Likewise.
        confidence_bands: Rising by ``min_probability``.
        sets: By crop, what is said where nothing is named. A crop without one gets no set.
        coarse: In older bundles, the one threshold of all levels stands instead.
    """

    answer: Probability
    per_class: Mapping[str, Probability] = Field(default_factory=dict)
    confidence_bands: tuple[ConfidenceBand, ...] = ()
    sets: Mapping[str, SetRule] = Field(default_factory=dict)
    coarse: CoarseThresholds | None = None

    def threshold(self, class_id: str) -> float:
        """The probability from which a condition is named."""
        return self.per_class.get(class_id, self.answer)


class DecisionRules(FrozenModel):
    """Data that :mod:`majani.decision.rules` turns probabilities into an answer with.

    Attributes:
        thresholds: For one photo and no crop, and wherever ``situations`` has nothing of its own.
        hint_factor: Multiplies other crops' mass if the sender names the crop; above 0, because people mistake crops.
        unknown_plant_factor: Multiplies the mass of an unknown plant likewise: who names a crop has seen the plant.
        confidence_bands: Rising by ``min_probability``; for the same answers as ``thresholds``.
        coarse: Likewise; older bundles have none.
        situations: Rules that replace those of the same name in ``thresholds``, ``confidence_bands`` and ``coarse``.
        blind_spots: By crop, its conditions that no set can hold, because no field has shown them to the network; some
            are no class of it.
    """

    thresholds: Thresholds
    hint_factor: float = Field(gt=0, le=1)
    unknown_plant_factor: float = Field(default=1, gt=0, le=1)
    quality: QualityLimits
    confidence_bands: tuple[ConfidenceBand, ...] = ()
    coarse: CoarseThresholds | None = None
    situations: Mapping[Situation, SituationRules] | None = None
    blind_spots: Mapping[str, tuple[NamedId, ...]] = Field(default_factory=dict)

    def blind(self, crop: str) -> frozenset[str]:
        """Ids of the conditions of a crop that no set can hold."""
        return frozenset(condition.id for condition in self.blind_spots.get(crop, ()))

    def of_case(self, *, photos: int, crop_named: bool) -> SituationRules:
        """The rules for a case of so many usable photos."""
        situation = {
            (False, True): Situation.CROP_NAMED,
            (True, False): Situation.SEVERAL_PHOTOS,
            (True, True): Situation.CROP_NAMED_SEVERAL_PHOTOS,
        }.get((photos > 1, crop_named))
        plain = SituationRules(
            answer=self.thresholds.answer,
            per_class=self.thresholds.per_class,
            confidence_bands=self.confidence_bands,
            coarse=self.coarse,
        )
        return plain if situation is None else (self.situations or {}).get(situation, plain)

    def may_name(self, class_id: str) -> bool:
        """Whether any situation names this condition."""
        cases = (self.of_case(photos=photos, crop_named=named) for photos in (1, 2) for named in (False, True))
        return any(rules.threshold(class_id) < 1 for rules in cases)

    @model_validator(mode="before")
    @classmethod
    def _without_second_look(cls, data: Any) -> Any:
        """Accept the ``second_look: null`` of older bundles; refuse a bundle whose thresholds rely on a second look."""
        if not isinstance(data, dict) or "second_look" not in data:
            return data
        if data["second_look"] is not None:
            raise ValueError("second_look is no longer supported: remove it and fit the thresholds again")
        return {name: value for name, value in data.items() if name != "second_look"}


class ModelFile(FrozenModel):
    """Facts about ``model.onnx``.

    Attributes:
        network: Checksum of the graph without head and calibration: heads of the same network can replace each other.
        side_px: The graph squashes every photo to a square of this side.
        temperature: Divisor of the logits, inside the graph; recorded here for readers only.
    """

    sha256: Sha256
    size_bytes: int = Field(gt=0)
    precision: Literal["int8", "fp32"]
    opset: int
    side_px: int = Field(gt=0)
    embedding_size: int = Field(gt=0)
    network: Sha256 | None = None
    temperature: float = Field(gt=0)


class HeadRecord(FrozenModel):
    """Facts about ``head.safetensors``.

    Attributes:
        in_graph: Whether ``model.onnx`` gives the same probabilities. A district's head stands beside the graph of the
            bundle that it was made from: the network is the same file, and the head may know more classes.
    """

    sha256: Sha256
    size_bytes: int = Field(gt=0)
    in_graph: bool = True


class PlaceRecord(FrozenModel):
    """A place that was left out, of which known conditions were asked.

    Attributes:
        domain: ``lab``, ``field`` or ``web``.
        photos: That were asked about.
        by_short_network: Whether a shorter training stands in for the shipped network, which has learned the place.
    """

    name: str
    domain: str
    crops: tuple[str, ...]
    photos: int = Field(ge=1)
    by_short_network: bool


class Attribution(FrozenModel):
    """A source or set of weights that the model was made from, as its licence asks to be named."""

    title: str
    licence: str
    home: str


class LearnedSource(Attribution):
    """A source of photos, and the parts that have learned from it; older bundles do not say the latter, nor its id."""

    id: str | None = None
    learned_by: tuple[Literal["network", "head"], ...] = ()


class Provenance(FrozenModel):
    """What reproduces the bundle. The commit ends in ``+changes`` if the tree was not clean."""

    git_commit: str
    data_sha256: Sha256
    params_sha256: Sha256
    taxonomy_version: str
    taxonomy_sha256: Sha256
    weights: Attribution
    sources: tuple[LearnedSource, ...]


class Adaptation(FrozenModel):
    """What a bundle was adapted to.

    Attributes:
        place: Name of the district.
        photos: Reviewed photos of it that the head has learned.
        cases: Cases that they are of.
        from_version: The bundle that it was before.
    """

    place: str
    photos: int = Field(ge=1)
    cases: int = Field(ge=1)
    from_version: str


class Manifest(FrozenModel):
    """Everything about a bundle except the weights.

    Attributes:
        schema_version: 2 if the rules have situations; 3 if heads can be put on its network.
        head: The head as a file; not in older bundles.
        places: What promises rest on; not in older bundles.
        version: ``<date>-<8 digits that stand for model and rules>``; every answer carries it.
        classes: In the order of the probability vector.
        adapted_to: A district, if it is one's own bundle.
        metrics: A few headline figures on validation photos, for ``GET /v1/model``; the card has the rest.
        validation_photos: Older bundles and those of a district have none.
    """

    schema_version: Literal[1, 2, 3]
    # Databases keep no more of it.
    version: str = Field(min_length=1, max_length=64)
    model: ModelFile
    crops: tuple[NamedId, ...]
    parents: tuple[NamedId, ...]
    classes: tuple[ClassEntry, ...] = Field(min_length=3)
    rules: DecisionRules
    adapted_to: Adaptation | None = None
    head: HeadRecord | None = None
    places: tuple[PlaceRecord, ...] = ()
    metrics: Mapping[str, float] = Field(default_factory=dict)
    validation_photos: ValidationPhotos | None = None
    provenance: Provenance

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_classes(self.classes, self.crops, self.parents, self.rules)
        # Phones that know only an older schema would answer without them.
        if self.rules.situations and self.schema_version < 2:
            raise ValueError("situations need schema_version 2")
        rules = self.rules
        is_new = rules.coarse is not None or any(own.sets or own.coarse for own in (rules.situations or {}).values())
        if (rules.unknown_plant_factor < 1 or is_new or rules.blind_spots) and self.schema_version < 3:
            raise ValueError("unknown_plant_factor, sets, coarse by level and blind_spots need schema_version 3")
        if self.head is not None and not self.head.in_graph and (self.schema_version < 3 or not self.model.network):
            raise ValueError("a head beside the graph needs schema_version 3 and the checksum of its network")
        return self


def check_classes(
    classes: Sequence[ClassEntry], crops: Sequence[NamedId], parents: Sequence[NamedId], rules: DecisionRules
) -> None:
    """Raise ValueError if classes, their crops and parents, and the rules for them contradict each other."""
    ids = [entry.id for entry in classes]
    if len(set(ids)) != len(ids):
        raise ValueError("a class id appears twice")
    if tuple(ids[-2:]) != REJECT_CLASSES:
        raise ValueError(f"the last two classes must be {REJECT_CLASSES}, not {tuple(ids[-2:])}")
    listed = {crop.id for crop in crops}, {None, *(parent.id for parent in parents)}
    for entry in classes[:-2]:
        if entry.crop not in listed[0] or entry.parent not in listed[1]:
            raise ValueError(f"{entry.id}: crop or parent is not listed")
    crop_ids = {crop.id for crop in crops}
    if (
        unknown := {*rules.blind_spots, *(crop for own in (rules.situations or {}).values() for crop in own.sets)}
        - crop_ids
    ):
        raise ValueError(f"sets or blind spots of unknown crops: {sorted(unknown)}")
    for situation in (rules.of_case(photos=1, crop_named=False), *(rules.situations or {}).values()):
        unknown = set(situation.per_class) - set(ids)
        if unknown:
            raise ValueError(f"thresholds for unknown classes: {sorted(unknown)}")
        edges = [band.min_probability for band in situation.confidence_bands]
        if edges != sorted(set(edges)):
            raise ValueError("confidence bands must rise")


@dataclass(frozen=True)
class Bundle:
    """A verified bundle in memory: manifest, and the bytes of ``model.onnx`` and of ``head.safetensors``."""

    manifest: Manifest
    model: bytes
    head: bytes | None = None


def sha256_hex(data: bytes) -> str:
    """Hex digest used for every checksum of the project."""
    return hashlib.sha256(data).hexdigest()


def read_bundle(directory: Path) -> Bundle:
    """Read and verify a bundle.

    Raises:
        BundleError: If a file is missing, the manifest is not understood, or the model is not the one it describes.
    """
    try:
        raw = (directory / MANIFEST_FILE).read_bytes()
        model = (directory / MODEL_FILE).read_bytes()
        manifest = Manifest.model_validate_json(raw)
        head = None if manifest.head is None else (directory / HEAD_FILE).read_bytes()
    except OSError as error:
        raise BundleError(f"{directory}: {error.strerror}: {error.filename}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        raise BundleError(f"{directory / MANIFEST_FILE}: {field}: {first['msg']}") from error
    for name, content, said in ((MODEL_FILE, model, manifest.model), (HEAD_FILE, head, manifest.head)):
        if said is not None and (actual := sha256_hex(content or b"")) != said.sha256:
            raise BundleError(f"{directory / name}: sha256 is {actual}, the manifest says {said.sha256}")
    return Bundle(manifest, model, head)


def write_bundle(bundle: Bundle, directory: Path) -> None:
    """Write the model, then the manifest that must describe it, so that a half-written bundle never verifies."""
    if sha256_hex(bundle.model) != bundle.manifest.model.sha256:
        raise BundleError("the manifest describes another model")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MODEL_FILE).write_bytes(bundle.model)
    if bundle.head is not None:
        (directory / HEAD_FILE).write_bytes(bundle.head)
    text = bundle.manifest.model_dump_json(indent=2, exclude_none=True)
    (directory / MANIFEST_FILE).write_text(text + "\n", encoding="utf-8")
