"""Example photos: what a condition looks like on other people's plants, shown beside its drawing.

``majani-train example-photos`` writes a folder of them, such as ``data/examples``, and the service serves it. They come
only from sources that may be passed on, each with its credit.
"""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from majani.frozen import FrozenModel
from majani.model.bundle import Attribution
from majani.taxonomy import ConditionId

LIST_FILE = "index.json"
# So little that a phone may fetch one without asking its owner.
MAX_BYTES = 12 * 1024


class ExampleSource(Attribution):
    """Who made the photos of a source and under which licence, as a reader sees it beside them."""

    authors: tuple[str, ...] = Field(min_length=1)
    licence_link: str


class ExamplePhoto(FrozenModel):
    """One photo. Its name is made of its content, so a client may keep it for ever."""

    file: str = Field(pattern=r"^[0-9a-f]{16}\.webp$")
    source: str


class ExamplePhotos(FrozenModel):
    """Photos by condition, the clearest first, and the sources they name; without a folder there are none.

    ``bytes`` is the size of all of them together, as found on disk.
    """

    photos: Mapping[ConditionId, tuple[ExamplePhoto, ...]] = Field(default_factory=dict)
    sources: Mapping[str, ExampleSource] = Field(default_factory=dict)
    bytes: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _credited(self) -> Self:
        if not {photo.source for photos in self.photos.values() for photo in photos} <= self.sources.keys():
            raise ValueError("a photo's source is not among the sources, so it has no credit")
        return self

    @property
    def files(self) -> frozenset[str]:
        """Names of all photos."""
        return frozenset(photo.file for photos in self.photos.values() for photo in photos)
