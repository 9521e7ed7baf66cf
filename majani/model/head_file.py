"""A head's file, ``head.safetensors``: its numbers, and among the metadata what answers need besides pixels."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError, model_validator

from majani.errors import BundleError
from majani.frozen import FrozenModel
from majani.model.bundle import (
    Adaptation,
    Bundle,
    ClassEntry,
    LearnedSource,
    Manifest,
    NamedId,
    Sha256,
    check_classes,
    with_other_troubles,
)
from majani.model.head import Calibration, Head, LinearLayer, MahalanobisDetector, Outliers
from majani.model.rules import DecisionRules

_KEY = "majani"
_DETECTOR = tuple(field.name for field in fields(MahalanobisDetector) if field.name != "outside")


class HeadManifest(FrozenModel):
    """What a head's file says beside its numbers; fields as in :class:`majani.model.bundle.Manifest`.

    Attributes:
        network: Checksum of the network that it belongs to.
        temperature, usual_novelty, novelty_weight, outside: As in :class:`Calibration`.
    """

    schema_version: Literal[3, 4] = 4
    version: str = Field(min_length=1, max_length=64)
    network: Sha256
    crops: tuple[NamedId, ...]
    parents: tuple[NamedId, ...]
    classes: tuple[ClassEntry, ...] = Field(min_length=3)
    rules: DecisionRules
    other_troubles: Mapping[str, tuple[NamedId, ...]] = Field(default_factory=dict)
    adapted_to: Adaptation | None = None
    sources: tuple[LearnedSource, ...] = ()
    temperature: float = Field(gt=0)
    usual_novelty: float
    novelty_weight: float
    outside: float

    @model_validator(mode="before")
    @classmethod
    def _from_older(cls, data: Any) -> Any:
        return with_other_troubles(data)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_classes(self.classes, self.crops, self.parents)
        return self


@dataclass(frozen=True)
class HeadFile:
    """A head with what its answers need besides pixels."""

    manifest: HeadManifest
    head: Head

    def on(self, bundle: Manifest) -> Self:
        """This head, if the bundle's network is its own.

        Raises:
            BundleError: On another network, whose embeddings mean something else.
        """
        if self.manifest.network != bundle.model.network:
            raise BundleError(f"head {self.manifest.version} belongs to another network than bundle {bundle.version}")
        return self


def write_head(file: HeadFile) -> bytes:
    """A head as a file of the format safetensors, with its manifest among the metadata; matrices in 16 bits."""
    from safetensors.numpy import save  # noqa: PLC0415 - few answers need a head's file

    layer, calibration = file.head.layer, file.head.calibration
    outliers = calibration.outliers or Outliers.none(layer.weights.shape[1])
    detector = calibration.detector or MahalanobisDetector.none(layer.weights.shape[1])
    numbers: dict[str, npt.NDArray[np.generic]] = {
        "weights": layer.weights.astype(np.float16),
        "bias": layer.bias,
        "outlier_weights": outliers.weights.astype(np.float16),
        "outlier_bias": outliers.bias,
        "outlier_rejects": outliers.rejects.astype(np.uint8),
        **{name: getattr(detector, name) for name in _DETECTOR},
    }
    for name in ("whitening", "means"):
        numbers[name] = numbers[name].astype(np.float16)
    whole = {name: np.ascontiguousarray(array) for name, array in numbers.items()}
    return bytes(save(whole, {_KEY: file.manifest.model_dump_json(exclude_none=True)}))


def read_head(content: bytes) -> HeadFile:
    """Read and verify a head's file.

    Raises:
        BundleError: If it is damaged, of a later schema, or its numbers do not fit its classes.
    """
    from safetensors import SafetensorError  # noqa: PLC0415 - likewise
    from safetensors.numpy import load  # noqa: PLC0415 - likewise

    try:
        size = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + size])["__metadata__"]
        manifest = HeadManifest.model_validate_json(metadata[_KEY])
        of: Mapping[str, npt.NDArray[np.generic]] = load(content)
        wide = {name: array.astype(np.float32) for name, array in of.items() if array.dtype != np.int8}
        layer = LinearLayer(wide["weights"], wide["bias"])
        outliers = Outliers(wide["outlier_weights"], wide["outlier_bias"], of["outlier_rejects"].astype(np.int64))
        detector = MahalanobisDetector(
            **{name: wide[name] for name in _DETECTOR if name != "directions"},
            directions=of["directions"].astype(np.int8),
            outside=manifest.outside,
        )
        calibration = Calibration(
            manifest.temperature, outliers, detector, manifest.usual_novelty, manifest.novelty_weight
        )
        head = Head(tuple(entry.id for entry in manifest.classes), layer, calibration)
        fits = all(np.isfinite(array).all() for array in wide.values())
        # Numbers whose shapes do not fit each other cannot be computed with.
        shape = head.answers(np.zeros((1, layer.weights.shape[1]), dtype=np.float32)).probabilities.shape
    except (KeyError, ValueError, TypeError, IndexError, SafetensorError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else type(error).__name__
        raise BundleError(f"this is no head that can be used: {reason}") from error
    if not fits or shape != (1, len(manifest.classes)):
        raise BundleError(f"head {manifest.version}: its numbers do not fit its {len(manifest.classes)} classes")
    return HeadFile(manifest, head)


def head_beside_graph(bundle: Bundle) -> Head | None:
    """The head that gives a bundle's probabilities, if its graph does not.

    Raises:
        BundleError: If it is no head of this network and of these classes.
    """
    if bundle.manifest.head is None or bundle.manifest.head.in_graph:
        return None
    head = read_head(bundle.head or b"").on(bundle.manifest).head
    ids, size = tuple(entry.id for entry in bundle.manifest.classes), bundle.manifest.model.embedding_size
    if head.class_ids != ids or head.layer.weights.shape[1] != size:
        raise BundleError(f"bundle {bundle.manifest.version}: its head does not fit its classes or its network")
    return head
