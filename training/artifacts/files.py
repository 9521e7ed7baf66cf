"""Where each file of the pipeline lies, how tables are read, and which of their rows count."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, get_args

import pandas as pd
import yaml

from majani.errors import RefusedError
from majani.taxonomy import HEALTHY, REJECT_CLASSES, Taxonomy, parse_taxonomy

SplitName = Literal["train", "val", "test"]
# Stands as ``split`` of photos that only heads learn.
OUTLIER: Final = "outlier"
# Likewise of photos that nothing is learned from: they are asked about, as places left out are.
ASKED: Final = "asked"

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
ANSWERS_FILE = Path("models/places.parquet")
CANDIDATE_DIR = Path("models/candidate")
# evaluate
PREDICTIONS_FILE = Path("reports/predictions.csv")
EVALUATION_FILE = Path("reports/evaluation.json")
# stress_test
PLOTS_DIR = Path("reports/plots")
STRESS_TEST_FILE = Path("reports/stress_test.json")
CORRUPTION_FILE = PLOTS_DIR / "corruption.csv"
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

# Photos that the repository passes on.
EXAMPLES_DIR = Path("data/examples")

# Cases that farmers left with the service.
REVIEWS_SOURCE = "field_reviews"
FIELD_DOMAINS = ("field", "web")
# Columns of tables of photos, see majani.image.quality.
MEASURED = ("side_px", "luminance", "sharpness")


class SplitsMissingError(RefusedError):
    """The stage ``split`` has not run here."""

    def __init__(self) -> None:
        super().__init__(f"{SPLITS_FILE} is missing; `dvc repro split` makes it")


@contextmanager
def refusing(*errors: type[Exception]) -> Iterator[None]:
    """Turn errors that have other bases into refusals, which a command says in one line."""
    try:
        yield
    except errors as error:
        raise RefusedError(str(error)) from error


def read_taxonomy(path: Path = TAXONOMY_FILE) -> Taxonomy:
    """The project's taxonomy; raises TaxonomyError if it contradicts itself."""
    return parse_taxonomy(yaml.safe_load(path.read_text(encoding="utf-8")))


def read_table(path: Path) -> pd.DataFrame:
    """A table of photos as a stage wrote it; an empty cell is an empty text."""
    return pd.read_csv(path, keep_default_na=False)


def read_splits(*names: SplitName | Literal["outlier", "asked"]) -> pd.DataFrame:
    """The photos of the named splits, in a fixed order; columns as in :mod:`training.curation.partition`.

    Raises:
        SplitsMissingError: If the stage ``split`` has not run.
    """
    if not SPLITS_FILE.exists():
        raise SplitsMissingError
    rows = read_table(SPLITS_FILE)
    return rows[rows["split"].isin(names)].reset_index(drop=True)


def learned_under(photos: pd.DataFrame, terms: Literal["open", "all"]) -> pd.DataFrame:
    """A table of photos in which those that may not be learned from under these terms are :data:`ASKED`."""
    if terms == "all":
        return photos
    is_closed = (photos["terms"] != "open") & photos["split"].isin(["train", "val", OUTLIER])
    return photos.assign(split=photos["split"].mask(is_closed, ASKED))


def split_sizes(photos: pd.DataFrame) -> pd.DataFrame:
    """By source, how many photos of a table of splits are in ``train``, ``val``, ``test`` and :data:`OUTLIER`."""
    columns = [*get_args(SplitName), OUTLIER]
    return pd.crosstab(photos["source"], photos["split"]).reindex(columns=columns, fill_value=0)


def read_source_weights() -> pd.DataFrame:
    """By source: ``weight`` in drawing photos, and ``is_reviewed``, for cases of farmers."""
    return pd.read_csv(SOURCE_WEIGHTS_FILE, index_col="source")


def is_healthy(class_ids: "pd.Series[str]") -> "pd.Series[bool]":
    """Which classes stand for a healthy leaf."""
    return class_ids.str.endswith(f".{HEALTHY}")


def is_sound_crop(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Which photos count in headline figures: those of crops, without the folders that are marked as doubtful."""
    return ~rows["class_id"].isin(REJECT_CLASSES) & (rows["doubt"] == "")


def is_sound_field(photos: pd.DataFrame) -> "pd.Series[bool]":
    """Which photos may calibrate: those taken in the field, without the folders that are marked as doubtful."""
    return photos["domain"].isin(FIELD_DOMAINS) & (photos["doubt"] == "")
