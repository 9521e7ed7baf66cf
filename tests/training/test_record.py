"""What is said of the running bundle is true of the repository."""

import subprocess

from majani.model.bundle import read_bundle, sha256_hex
from tests.training.described import PARAMS_FILE, ROOT
from training.artifacts.files import CURRENT_DIR, WARM_START_DIR, read_taxonomy
from training.fit.trainer import precision_here
from training.places.answer_table import read_answers
from training.settings import TrainParams, read_params
from training.sources.description import SOURCES_DIR, read_sources


def test_the_settings_of_the_running_bundle_are_committed() -> None:
    """``dvc.lock`` is of another day; so the manifest speaks."""
    wanted = read_bundle(ROOT / CURRENT_DIR).manifest.provenance.params_sha256
    git = ("git", "-C", str(ROOT))
    commits = subprocess.run(
        [*git, "log", "--format=%H", "--", "params.yaml"], capture_output=True, text=True, check=True
    )
    contents = (
        subprocess.run([*git, "show", f"{commit}:params.yaml"], capture_output=True, check=True).stdout
        for commit in commits.stdout.split()
    )
    assert wanted in {sha256_hex(content) for content in contents}


def test_domains_of_places_are_those_of_their_sources() -> None:
    table = read_answers(ROOT / WARM_START_DIR / "places.parquet")
    sources = read_sources(ROOT / SOURCES_DIR, read_taxonomy(ROOT / "data/taxonomy.yaml"))
    of_places = table[table["kind"] != ""].groupby("source")["domain"].agg(lambda domains: domains.mode()[0])
    assert {source: sources[source].domain.value for source in of_places.index} == of_places.to_dict()


def test_precision_asks_the_device_that_trains() -> None:
    train = read_params(PARAMS_FILE).train
    on_cpu: TrainParams = train.model_copy(update={"precision": "auto", "accelerator": "cpu"})
    assert precision_here(on_cpu) in {"32-true", "bf16-mixed"}
