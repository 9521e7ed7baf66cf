"""Reference photos to compare a new photo with: its novelty, and its most similar known photos.

A folder beside the bundle, because photos may not be passed on with it: ``references.json`` says what is there,
``embeddings.npy`` holds the network's embedding of each photo, ``photos`` a small copy of each.
``majani-train reference-photos`` writes it. It belongs to one network: embeddings of another network are
not comparable.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError

from majani.errors import ReferencesError
from majani.frozen import FrozenModel
from majani.model.bundle import Attribution, Sha256, sha256_hex
from majani.model.predictor import Floats

SCHEMA_VERSION = 1
LIST_FILE = "references.json"
EMBEDDINGS_FILE = "embeddings.npy"
PHOTOS_DIR = "photos"
# More than one, so that a single twin does not make a photo known.
NEIGHBOURS = 5

Matrix: TypeAlias = npt.NDArray[np.float32]
Distance = Annotated[float, Field(ge=0, le=2)]


class Reference(FrozenModel):
    """One known photo: the name of its small copy below ``photos``, its label, and the source it comes from.

    Never reuse a file name for another picture: a process with an older list would show it under the wrong name.
    """

    file: str = Field(pattern=r"^[0-9a-z]+\.jpg$")
    class_id: str
    source: str


class ReferenceList(FrozenModel):
    """The content of a folder of reference photos; embeddings have one row per photo, in the same order.

    Attributes:
        model_sha256: Of the network whose features these are.
        distances: Evenly spaced quantiles, rising, of the distances of held-out photos of known classes to these.
        training_photos: Number of training photos by class.
    """

    schema_version: int = Field(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)
    model_sha256: Sha256
    embeddings_sha256: Sha256
    distances: tuple[Distance, ...] = Field(min_length=2)
    training_photos: Mapping[str, int]
    sources: Mapping[str, Attribution]
    photos: tuple[Reference, ...] = Field(min_length=1)


@dataclass(frozen=True)
class KnownPhoto:
    """A photo to put into the folder: its small copy as JPEG, and its embedding ``(D,)`` float32."""

    reference: Reference
    data: bytes
    embedding: Floats


@dataclass(frozen=True)
class References:
    """Known photos with their features; safe to share between threads, and between processes that read one folder.

    Embeddings are ``(N, D)`` float32, each row of length 1.
    """

    directory: Path
    listed: ReferenceList
    embeddings: Matrix

    @classmethod
    def read(cls, directory: Path, *, model_sha256: str) -> Self:
        """Read and verify a folder, but for the pictures in it, which are only shown.

        Raises:
            ReferencesError: If something is missing, altered, or of another network.
        """
        try:
            listed = ReferenceList.model_validate_json((directory / LIST_FILE).read_bytes())
            stored = directory / EMBEDDINGS_FILE
            if sha256_hex(stored.read_bytes()) != listed.embeddings_sha256:
                raise ReferencesError(f"{stored} is not the file that {LIST_FILE} describes")
            embeddings = np.load(stored, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, ValidationError) as error:
            raise ReferencesError(f"{directory} holds no known photos that can be read") from error
        if listed.model_sha256 != model_sha256:
            raise ReferencesError(f"{directory} belongs to model {listed.model_sha256[:8]}, not {model_sha256[:8]}")
        if embeddings.ndim != 2 or len(embeddings) != len(listed.photos):
            raise ReferencesError(f"{len(listed.photos)} photos, but embeddings of shape {embeddings.shape}")
        return cls(directory, listed, embeddings)

    def novelty(self, embedding: Floats) -> float:
        """Share of held-out photos of known classes that are nearer to the reference photos than this one, 0 to 1."""
        distances = np.asarray(self.listed.distances)
        nearer = int(np.searchsorted(distances, mean_distance(self.embeddings, embedding), side="left"))
        return min(1.0, nearer / (len(distances) - 1))

    def nearest(self, embedding: Floats | None, class_id: str, count: int) -> tuple[int, ...]:
        """Positions of at most ``count`` photos of a class, the most similar first; without an embedding, any."""
        own = np.flatnonzero([photo.class_id == class_id for photo in self.listed.photos])
        if embedding is None or not len(own):
            return tuple(int(row) for row in own[:count])
        likest = np.argsort(-(self.embeddings[own] @ unit(embedding)), kind="stable")[:count]
        return tuple(int(row) for row in own[likest])

    def learned(self, class_id: str) -> int:
        """Number of training photos of a class."""
        return self.listed.training_photos.get(class_id, 0)

    def photo(self, position: int) -> Path:
        """Path of the small copy of a reference photo."""
        return self.directory / PHOTOS_DIR / self.listed.photos[position].file


def mean_distance(known: Matrix, embedding: Floats) -> float:
    """1 - cosine to the nearest of the known photos, rows of length 1, averaged over :data:`NEIGHBOURS`."""
    likeness = known @ unit(embedding)
    count = min(NEIGHBOURS, len(likeness))
    return float(np.clip(1 - np.partition(likeness, -count)[-count:].mean(), 0, 2))


def unit(embeddings: Matrix) -> Matrix:
    """Scale features to length 1, each photo's on its own."""
    lengths = np.linalg.norm(embeddings, axis=-1, keepdims=True)
    return np.asarray(embeddings / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)


def write_references(
    directory: Path,
    photos: Sequence[KnownPhoto],
    *,
    model_sha256: str,
    held_out: Matrix,
    sources: Mapping[str, Attribution],
    training_photos: Mapping[str, int],
) -> ReferenceList:
    """Replace the folder: a reader sees the old one or the new one, never half of one.

    A process that has read the old one keeps its embeddings, but not its pictures. ``held_out`` has the embeddings
    ``(M, D)`` of photos of known kinds that the network was not trained on.
    """
    new, old = (directory.with_name(f"{directory.name}.{word}") for word in ("new", "old"))
    for left_over in (new, old):
        shutil.rmtree(left_over, ignore_errors=True)
    (new / PHOTOS_DIR).mkdir(parents=True)
    for photo in photos:
        (new / PHOTOS_DIR / photo.reference.file).write_bytes(photo.data)
    known = unit(np.stack([photo.embedding for photo in photos]))
    np.save(new / EMBEDDINGS_FILE, known)
    distances = np.quantile([mean_distance(known, photo) for photo in held_out], np.linspace(0, 1, 101))
    listed = ReferenceList(
        schema_version=SCHEMA_VERSION,
        model_sha256=model_sha256,
        embeddings_sha256=sha256_hex((new / EMBEDDINGS_FILE).read_bytes()),
        distances=tuple(float(distance) for distance in distances),
        training_photos=training_photos,
        sources=sources,
        photos=tuple(photo.reference for photo in photos),
    )
    content = json.dumps(listed.model_dump(mode="json"), ensure_ascii=False, indent=1)
    (new / LIST_FILE).write_text(content, encoding="utf-8")
    if directory.exists():
        directory.rename(old)
    new.rename(directory)
    shutil.rmtree(old, ignore_errors=True)
    return listed
