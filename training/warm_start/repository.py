"""``models/warm_start`` as the repository has it, read and checked."""

import hashlib
from collections.abc import Mapping

from pydantic import ValidationError

from majani.errors import RefusedError
from majani.frozen import FrozenModel
from training.artifacts.embeddings import EmbeddingTable, read_embeddings
from training.artifacts.files import WARM_START_DIR

CARRIED_MANIFEST, CARRIED_NETWORK, CARRIED_PHOTOS = "manifest.json", "network.safetensors", "seen_photos.xz"
CARRIED_PLACES = "places.parquet"
LEARNED, TESTED = "learned.npz", "test.npz"


class WarmStartError(RefusedError):
    """The network to start from is missing, damaged, or of another kind, or its training photos are unknown."""


class WarmStart(FrozenModel):
    """Manifest of ``models/warm_start``.

    Attributes:
        version: Of the bundle.
        backbone: Of its network, like ``classes``.
        share: Of the training photos, those whose embeddings are there.
        sha256: Checksums by file.
    """

    version: str
    backbone: str
    classes: tuple[str, ...]
    share: float
    sha256: Mapping[str, str]


def read_warm_start(version: str) -> WarmStart:
    """The manifest of ``models/warm_start``, whose files are whole and belong to this bundle.

    Raises:
        WarmStartError: If there is none, or one of another bundle, or if a file is damaged.
    """
    if not WARM_START_DIR.exists():
        raise WarmStartError(
            f"{WARM_START_DIR} is missing; `git checkout -- {WARM_START_DIR}` brings it back, or the next promotion"
        )
    try:
        start = WarmStart.model_validate_json((WARM_START_DIR / CARRIED_MANIFEST).read_bytes())
        is_whole = all(
            hashlib.sha256((WARM_START_DIR / name).read_bytes()).hexdigest() == sha256
            for name, sha256 in start.sha256.items()
        )
    except (OSError, ValidationError):
        is_whole = False
    if not is_whole:
        raise WarmStartError(f"{WARM_START_DIR} is damaged; `git checkout -- {WARM_START_DIR}` brings it back")
    if start.version != version:
        raise WarmStartError(
            f"{WARM_START_DIR} is of {start.version}, not of {version}; `git log {WARM_START_DIR}` lists the commits "
            "that have others; a district's bundle was made from the one that its card names"
        )
    return start


def read_samples() -> tuple[EmbeddingTable, EmbeddingTable]:
    """A choice of the photos that the network has learned, and of test photos."""
    return read_embeddings(WARM_START_DIR / LEARNED), read_embeddings(WARM_START_DIR / TESTED)
