"""Every file that a stage writes: where it lies, how it is read, and which of its rows count.

A stage reads what another wrote through this module, so that no stage imports another.
"""

import hashlib
import lzma
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, get_args

import pandas as pd
import yaml
from pydantic import ValidationError

from majani.frozen import FrozenModel
from majani.taxonomy import REJECT_CLASSES, Taxonomy, parse_taxonomy

SplitName = Literal["train", "val", "test"]
# Stands as ``split`` of photos that only heads learn.
OUTLIER: Final = "outlier"

TAXONOMY_FILE = Path("data/taxonomy.yaml")
# code
CODE_FILE = Path("training/code.json")
# fetch
RAW_DIR = Path("data/raw")
# curate
PHOTOS_FILE = Path("data/curated/photos.csv")
FINDINGS_FILE = Path("data/curated/findings.json")
# split
SPLITS_FILE = Path("data/splits/splits.csv")
SOURCE_WEIGHTS_FILE = Path("data/splits/sources.csv")
# train
NETWORK_FILE = Path("models/trained/network.pt")
CLASSES_FILE = Path("models/trained/classes.json")
HISTORY_FILE = Path("reports/training.csv")
# export
FP32_FILE = Path("models/exported/fp32.onnx")
INT8_FILE = Path("models/exported/int8.onnx")
# embed
EMBEDDINGS_FILE = Path("models/embeddings/learned.npz")
TEST_EMBEDDINGS_FILE = Path("models/embeddings/test.npz")
# leave_out
PLACES_DIR = Path("models/places")
PLACES_FILE = Path("reports/places.json")
# calibrate
CANDIDATE_DIR = Path("models/candidate")
# evaluate
PREDICTIONS_FILE = Path("reports/predictions.csv")
EVALUATION_FILE = Path("reports/evaluation.json")
# stress_test
PLOTS_DIR = Path("reports/plots")
STRESS_TEST_FILE = Path("reports/stress_test.json")
CORRUPTION_FILE = PLOTS_DIR / "corruption.csv"
ACTIONS_FILE = PLOTS_DIR / "actions.csv"
# gate
GATE_FILE = Path("reports/gate.json")
# report
REPORT_FILE = Path("reports/report.html")
METRICS_FILE = Path("reports/metrics.json")
RELIABILITY_FILE = PLOTS_DIR / "reliability.csv"
COVERAGE_FILE = PLOTS_DIR / "coverage.csv"
CONFUSION_FILE = PLOTS_DIR / "confusion.csv"
CLASS_ACCURACY_FILE = PLOTS_DIR / "classes.csv"
# promote
CURRENT_DIR = Path("models/current")
NETWORKS_DIR = Path("models/networks")
# What begins with the running bundle on another machine; in the repository.
WARM_START_DIR = Path("models/warm_start")
CARRIED_MANIFEST, CARRIED_NETWORK, CARRIED_PHOTOS = "manifest.json", "network.safetensors", "seen_photos.xz"
CARRIED_PLACES = "places.json.xz"

# Cases that farmers left with the service.
REVIEWS_SOURCE = "field_reviews"
FIELD_DOMAINS = ("field", "web")
# Columns of tables of photos, see majani.image.quality.
MEASURED = ("side_px", "luminance", "sharpness")


class SplitsMissingError(Exception):
    """The stage ``split`` has not run here."""

    def __init__(self) -> None:
        super().__init__(f"{SPLITS_FILE} is missing; `dvc repro split` makes it")


class WarmStartError(Exception):
    """The network to start from is missing, damaged, or of another kind, or its training photos are unknown."""


@contextmanager
def refusing(stage: str, *errors: type[Exception]) -> Iterator[None]:
    """End a stage with one line instead of a traceback where it refuses something with one of these errors."""
    try:
        yield
    except errors as error:
        sys.exit(f"{stage}: {error}")


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


def read_taxonomy(path: Path = TAXONOMY_FILE) -> Taxonomy:
    """The project's taxonomy; raises TaxonomyError if it contradicts itself."""
    return parse_taxonomy(yaml.safe_load(path.read_text(encoding="utf-8")))


def read_table(path: Path) -> pd.DataFrame:
    """A table of photos as a stage wrote it; an empty cell is an empty text."""
    return pd.read_csv(path, keep_default_na=False)


def read_splits(*names: SplitName | Literal["outlier"]) -> pd.DataFrame:
    """The photos of the named splits, in a fixed order; columns as in :mod:`training.curation.partition`.

    Raises:
        SplitsMissingError: If the stage ``split`` has not run.
    """
    if not SPLITS_FILE.exists():
        raise SplitsMissingError
    rows = read_table(SPLITS_FILE)
    return rows[rows["split"].isin(names)].reset_index(drop=True)


def split_sizes(photos: pd.DataFrame) -> pd.DataFrame:
    """By source, how many photos of a table of splits are in ``train``, ``val``, ``test`` and :data:`OUTLIER`."""
    columns = [*get_args(SplitName), OUTLIER]
    return pd.crosstab(photos["source"], photos["split"]).reindex(columns=columns, fill_value=0)


def read_source_weights() -> pd.DataFrame:
    """By source: ``weight`` in drawing photos, and ``is_reviewed``, for cases of farmers."""
    return pd.read_csv(SOURCE_WEIGHTS_FILE, index_col="source")


def is_sound_crop(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Which photos count in headline figures: those of crops, without the folders that are marked as doubtful."""
    return ~rows["class_id"].isin(REJECT_CLASSES) & (rows["doubt"] == "")


def is_sound_field(photos: pd.DataFrame) -> "pd.Series[bool]":
    """Which photos may calibrate: those taken in the field, without the folders that are marked as doubtful."""
    return photos["domain"].isin(FIELD_DOMAINS) & (photos["doubt"] == "")


def network_file(version: str) -> Path:
    """Where ``promote`` keeps the trained network of a bundle."""
    return NETWORKS_DIR / f"{version}.pt"


def seen_photos_file(version: str) -> Path:
    """Where ``promote`` lists the photos that this network was trained on: one sha256 a line."""
    return NETWORKS_DIR / f"{version}.learned"


def places_file(version: str) -> Path:
    """Where ``promote`` keeps what was said of places left out when this network was trained."""
    return NETWORKS_DIR / f"{version}.places"


def find_network(version: str) -> Path:
    """The kept network of a bundle; one that came with the repository joins the kept ones first.

    Raises:
        WarmStartError: If it is neither on this machine nor in the repository.
    """
    path = network_file(version)
    if not path.exists():
        try:
            _keep_carried(version)
        except WarmStartError as error:
            known = ", ".join(sorted(file.stem for file in NETWORKS_DIR.glob("*.pt"))) or "none"
            text = f"train.start_from: no network of {version} on this machine; there is: {known}; {error}"
            raise WarmStartError(text) from error
    return path


def _keep_carried(version: str) -> None:
    """The round's own promotion replaces what came with the repository, and the round may run again after it."""
    from safetensors.torch import load_file  # noqa: PLC0415 - needs torch, and most stages do not

    start = read_warm_start(version)
    NETWORKS_DIR.mkdir(parents=True, exist_ok=True)
    seen_photos_file(version).write_bytes(lzma.decompress((WARM_START_DIR / CARRIED_PHOTOS).read_bytes()))
    if CARRIED_PLACES in start.sha256:
        shutil.copyfile(WARM_START_DIR / CARRIED_PLACES, places_file(version))
    stored = {"backbone": start.backbone, "weights": load_file(WARM_START_DIR / CARRIED_NETWORK)}
    write_network(version, {**stored, "classes": list(start.classes)})


def write_network(version: str, stored: Mapping[str, object]) -> None:
    """Keep a bundle's network in one step: half a file of a killed run would count as the network."""
    import torch  # noqa: PLC0415 - most stages need no torch

    unfinished = network_file(version).with_suffix(f".{os.getpid()}")
    torch.save(stored, unfinished)
    unfinished.replace(network_file(version))


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
            "that have others"
        )
    return start


def read_seen_photos(version: str | None) -> frozenset[str]:
    """Checksums of the photos that a network was trained on in earlier rounds.

    Args:
        version: Of the bundle whose network the round starts from; None for ImageNet's weights, which know no photo.

    Raises:
        WarmStartError: If that network, or the list of its photos, is not on this machine.
    """
    if version is None:
        return frozenset()
    find_network(version)
    try:
        return frozenset(seen_photos_file(version).read_text(encoding="utf-8").split())
    except FileNotFoundError as error:
        raise WarmStartError(
            f"train.start_from: {seen_photos_file(version)} is missing, so the photos that {version} was trained "
            "on are unknown; train in full, with null there"
        ) from error
