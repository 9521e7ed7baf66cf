"""The deployable model: one directory with ``model.onnx`` and ``manifest.json``.

A bundle is the only thing that passes from training to a server or a phone. Its manifest holds everything that an
answer needs besides the pixels: classes, calibrated numbers, quality limits. :func:`read_bundle` verifies all of it or
raises, so that half a model never answers.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from majani.errors import BundleError
from majani.frozen import FrozenModel
from majani.model.distribution import ValidationPhotos
from majani.model.rules import DecisionRules
from majani.taxonomy import OTHER, REJECT_CLASSES, Action, Kind

MODEL_FILE = "model.onnx"
MANIFEST_FILE = "manifest.json"
HEAD_FILE = "head.safetensors"
CARD_FILE = "MODEL_CARD.md"
SOURCES_FILE = "SOURCES.md"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class NamedId(FrozenModel):
    """A crop or parent with its English name."""

    id: str
    name: str


class ClassEntry(FrozenModel):
    """One class of the model, at its position in the probability vector.

    Only conditions have ``crop``, ``kind`` and ``action``; ``parent`` is the coarser statement, absent for healthy.
    """

    id: str
    name: str
    crop: str | None = None
    parent: str | None = None
    kind: Kind | None = None
    action: Action | None = None

    @property
    def is_other(self) -> bool:
        """Whether it is a crop's leaves that show nothing taught: it takes probability, and is never said."""
        return self.crop is not None and self.id.endswith(f".{OTHER}")

    @model_validator(mode="before")
    @classmethod
    def _from_older(cls, data: Any) -> Any:
        """Drop ``said_to`` of older bundles."""
        return {name: data[name] for name in data if name != "said_to"} if isinstance(data, Mapping) else data


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
        from_version: The bundle that it was before; ``none`` of photos of the place alone.
    """

    place: str
    photos: int = Field(ge=1)
    cases: int = Field(ge=1)
    from_version: str


class Manifest(FrozenModel):
    """Everything about a bundle except the weights.

    Attributes:
        schema_version: 3 if heads can be put on its network; 4 if it has calibrated numbers of its own. Rules of older
            schemas are migrated, see :class:`majani.model.rules.DecisionRules`.
        other_troubles: By crop, its conditions that no class stands for; older bundles name some as ``blind_spots``.
        head: The head as a file; not in older bundles.
        places: What promises rest on; not in older bundles.
        version: ``<date>-<8 digits that stand for model and rules>``; every answer carries it.
        classes: In the order of the probability vector.
        adapted_to: A district, if it is one's own bundle.
        metrics: A few headline figures on validation photos, for ``GET /v1/model``; the card has the rest.
        validation_photos: Older bundles and those of a district have none.
    """

    schema_version: Literal[1, 2, 3, 4]
    # Databases keep no more of it.
    version: str = Field(min_length=1, max_length=64)
    model: ModelFile
    crops: tuple[NamedId, ...]
    parents: tuple[NamedId, ...]
    classes: tuple[ClassEntry, ...] = Field(min_length=3)
    rules: DecisionRules
    other_troubles: Mapping[str, tuple[NamedId, ...]] = Field(default_factory=dict)
    adapted_to: Adaptation | None = None
    head: HeadRecord | None = None
    places: tuple[PlaceRecord, ...] = ()
    metrics: Mapping[str, float] = Field(default_factory=dict)
    validation_photos: ValidationPhotos | None = None
    provenance: Provenance

    @model_validator(mode="before")
    @classmethod
    def _from_older(cls, data: Any) -> Any:
        return with_other_troubles(data)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_classes(self.classes, self.crops, self.parents)
        if self.head is not None and not self.head.in_graph and (self.schema_version < 3 or not self.model.network):
            raise ValueError("a head beside the graph needs schema_version 3 and the checksum of its network")
        return self


def with_other_troubles(data: Any) -> Any:
    """A manifest with ``blind_spots`` of older rules that no class stands for as its ``other_troubles``."""
    rules = data.get("rules") if isinstance(data, Mapping) else None
    spots = rules.get("blind_spots") if isinstance(rules, Mapping) else None
    if not spots or "other_troubles" in data:
        return data
    try:
        known = {entry["id"] for entry in data["classes"]}
        found = {crop: [spot for spot in of_crop if spot["id"] not in known] for crop, of_crop in spots.items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("blind_spots are no conditions by crop") from error
    return {**data, "other_troubles": {crop: of_crop for crop, of_crop in found.items() if of_crop}}


def check_classes(classes: Sequence[ClassEntry], crops: Sequence[NamedId], parents: Sequence[NamedId]) -> None:
    """Raise ValueError if classes, their crops and parents contradict each other."""
    ids = [entry.id for entry in classes]
    if len(set(ids)) != len(ids):
        raise ValueError("a class id appears twice")
    if tuple(ids[-2:]) != REJECT_CLASSES:
        raise ValueError(f"the last two classes must be {REJECT_CLASSES}, not {tuple(ids[-2:])}")
    listed = {crop.id for crop in crops}, {None, *(parent.id for parent in parents)}
    for entry in classes[:-2]:
        if entry.crop not in listed[0] or entry.parent not in listed[1]:
            raise ValueError(f"{entry.id}: crop or parent is not listed")


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
