"""A source that is taken back leaves nothing behind but what the running bundle has learned, which is said."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from majani.model.bundle import LearnedSource, read_bundle, write_bundle
from majani.model.head import Answers
from majani.text.example_photos import LIST_FILE, ExamplePhotos
from tests.tiny_bundle import tiny_bundle
from tests.training.described import ROOT, description
from tests.training.seen import table_of
from tests.training.typed import typed
from training.artifacts.embeddings import EmbeddingTable, read_embeddings, write_embeddings
from training.artifacts.files import (
    ANSWERS_FILE,
    CURRENT_DIR,
    EMBEDDINGS_FILE,
    EXAMPLES_DIR,
    NETWORKS_DIR,
    PLACES_DIR,
    RAW_DIR,
    WARM_START_DIR,
)
from training.calibration.situations import Place
from training.places.answer_table import LeftOut, as_table, places_in, read_answers, write_answers
from training.places.rows import Kind
from training.sources.description import CATALOGUE_DIR, SOURCES_DIR
from training.warm_start.kept_networks import places_file
from training.warm_start.repository import CARRIED_PLACES, LEARNED, TESTED, WarmStart, read_samples, read_warm_start

SOURCES = ["beans", "peas", "peas", "beans"]


def of_both() -> EmbeddingTable:
    return table_of(np.arange(8).reshape(4, 2), source=SOURCES, class_id="bean.rust", split="train")


@pytest.fixture(autouse=True)
def project(folder: Path) -> Path:
    """A project with two sources, a bundle, its warm start and two example photos."""
    for made in (SOURCES_DIR, CATALOGUE_DIR, RAW_DIR / "peas/fine", WARM_START_DIR, EXAMPLES_DIR):
        made.mkdir(parents=True)
    shutil.copy(ROOT / "data/taxonomy.yaml", "data/taxonomy.yaml")
    for name in ("beans", "peas"):
        (SOURCES_DIR / f"{name}.yaml").write_text(yaml.safe_dump(description(name)), encoding="utf-8")
    (RAW_DIR / "peas/fine/1.jpg").write_bytes(b"a photo")
    (RAW_DIR / "peas.json").write_text("{}", encoding="utf-8")
    for name in (LEARNED, TESTED):
        write_embeddings(of_both(), WARM_START_DIR / name)
    answers = Answers(("bean.rust", "unknown_plant", "not_a_plant"), np.eye(4, 3, dtype=np.float32))
    places = [
        LeftOut(Kind.PLACE, Place(name, answers, of_both().rows.assign(source=source)))
        for name, source in (("mixed", SOURCES), ("peas", "peas"))
    ]
    write_answers(as_table(places), WARM_START_DIR / CARRIED_PLACES)
    start = WarmStart(
        version="v", backbone="b", classes=(), share=1, sha256=dict.fromkeys((LEARNED, TESTED, CARRIED_PLACES), "")
    )
    (WARM_START_DIR / "manifest.json").write_text(start.model_dump_json(), encoding="utf-8")
    files = {name: f"{number:016x}.webp" for number, name in enumerate(("beans", "peas"))}
    credit = {"title": "x", "licence": "CC0 1.0", "home": "", "authors": ["x"], "licence_link": "https://example.org"}
    photos = {
        "bean.rust": [{"file": file, "source": name} for name, file in files.items()],
        "bean.healthy": [{"file": files["peas"], "source": "peas.part"}],
    }
    examples = ExamplePhotos.model_validate({"photos": photos, "sources": dict.fromkeys((*files, "peas.part"), credit)})
    (EXAMPLES_DIR / LIST_FILE).write_text(examples.model_dump_json(exclude={"bytes"}), encoding="utf-8")
    for file in files.values():
        (EXAMPLES_DIR / file).write_bytes(b"webp")
    return folder


def learned_by(*parts: str, known_as: str | None = "peas") -> None:
    bundle = tiny_bundle()
    source = LearnedSource(title="peas", licence="CC0", home="", id=known_as, learned_by=parts)
    provenance = bundle.manifest.provenance.model_copy(update={"sources": (source,)})
    manifest = bundle.manifest.model_copy(update={"provenance": provenance})
    write_bundle(type(bundle)(manifest, bundle.model), CURRENT_DIR)


def test_nothing_of_it_is_kept() -> None:
    learned_by("head")
    # Of this machine; what comes next begins with it.
    for file in (EMBEDDINGS_FILE, PLACES_DIR / "00-run.npz"):
        write_embeddings(of_both(), file)
    NETWORKS_DIR.mkdir()
    for file in (ANSWERS_FILE, places_file("v")):
        shutil.copy(WARM_START_DIR / CARRIED_PLACES, file)
    assert typed("take-back", "peas") == 0
    assert not list(RAW_DIR.iterdir())
    assert sorted(path.name for path in SOURCES_DIR.iterdir()) == ["beans.yaml"]
    assert (CATALOGUE_DIR / "peas.yaml").exists()
    # Its checksums hold.
    assert read_warm_start("v").version == "v"
    for kept in (*read_samples(), read_embeddings(EMBEDDINGS_FILE), read_embeddings(PLACES_DIR / "00-run.npz")):
        assert kept.rows["source"].tolist() == ["beans", "beans"]
        assert kept.embeddings.tolist() == [[0, 1], [6, 7]]
    for file in (WARM_START_DIR / CARRIED_PLACES, ANSWERS_FILE, places_file("v")):
        (mixed,) = places_in(read_answers(file))
        assert (mixed.place.name, mixed.place.rows["source"].tolist()) == ("mixed", ["beans", "beans"])
    examples = ExamplePhotos.model_validate_json((EXAMPLES_DIR / LIST_FILE).read_bytes())
    assert (
        {photo.source for photos in examples.photos.values() for photo in photos} == set(examples.sources) == {"beans"}
    )
    assert examples.files == {path.name for path in EXAMPLES_DIR.glob("*.webp")}


@pytest.mark.parametrize(
    ("parts", "known_as", "said"),
    [
        (("head",), "peas", "the head"),
        (("network", "head"), "peas", "the network"),
        ((), None, "the network"),
        (("network",), "lentils", "nothing"),
    ],
)
def test_it_says_what_the_running_bundle_has_learned(
    parts: tuple[str, ...], known_as: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    learned_by(*parts, known_as=known_as)
    assert read_bundle(CURRENT_DIR).manifest.provenance.sources[0].id == known_as
    typed("take-back", "peas")
    assert said in capsys.readouterr().out


def test_an_unknown_source_is_refused() -> None:
    assert typed("take-back", "lentils") == 1
    assert len(read_embeddings(WARM_START_DIR / LEARNED).rows) == 4


def test_parts_of_a_place_go_with_it_and_not_alone() -> None:
    (SOURCES_DIR / "late_peas.yaml").write_text(yaml.safe_dump(description("late_peas", part_of="peas")), "utf-8")
    assert typed("take-back", "late_peas") == 1
    assert len(read_embeddings(WARM_START_DIR / LEARNED).rows) == 4
    assert typed("take-back", "peas") == 0
    assert [path.name for path in SOURCES_DIR.iterdir()] == ["beans.yaml"]
    assert {path.name for path in CATALOGUE_DIR.iterdir()} == {"peas.yaml", "late_peas.yaml"}
