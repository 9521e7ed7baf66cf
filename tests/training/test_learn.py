"""``docs/learn`` as a learner types it: every block marked ``sh``, page after page, with photos of the mirror."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from majani.model.bundle import read_bundle
from serving.persistence.engine import connect
from tests.documents import code_blocks
from tests.serving.live import Server, serve
from tests.training.site import Site, copy_project

WRITTEN = "http://localhost:8000"
# The page's own setting for slow computers: one step in each epoch.
FEW_DRAWS = {"DRAWS": "32"}
KINDS = {"apple.healthy", "apple.cedar_apple_rust"}

pytestmark = [pytest.mark.mirror, pytest.mark.pipeline, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, mirror: Path) -> Site:
    """The project's folder on a learner's computer, with a leaf."""
    site = Site(tmp_path_factory.mktemp("learn") / "majani", mirror)
    copy_project(site.root)
    site.run("git", "init", "--quiet")
    site.run("git", "add", "--all")
    site.run("git", "commit", "--quiet", "--message", "The project")
    shutil.copy(site.root / "docs/leaf.jpg", site.root / "leaf.jpg")
    # Git knows nobody there.
    own = {name: value for name, value in site.environment.items() if not name.startswith("GIT_")}
    site.environment = own | {"HOME": str(tmp_path_factory.mktemp("home"))}
    return site


@pytest.fixture
def server(project: Site) -> Iterator[Server]:
    kept = {"database_url": project.environment["MAJANI_DATABASE_URL"], "photos_url": project.root / "photos"}
    with serve(project.root / "models/current", log_level="ERROR", **kept) as running:
        yield running


def commands(*pages: str) -> str:
    blocks = [block for page in pages for block in code_blocks(f"learn/{page}.md")]
    return "\n".join(block.code for block in blocks if block.language == "sh")


def follow(project: Site, script: str) -> None:
    project.run("bash", "-euo", "pipefail", "-c", script, environment=FEW_DRAWS)


def test_a_learner_asks_and_looks_inside(project: Site, server: Server) -> None:
    follow(project, commands("ask", "look").replace(WRITTEN, server.url))
    assert (project.root / "heatmap.png").read_bytes().startswith(b"\x89PNG")
    ours, bolder = (read_bundle(project.root / folder) for folder in ("models/current", "build/bolder"))
    assert bolder.model == ours.model
    written = json.loads((project.root / "build/bolder/manifest.json").read_text(encoding="utf-8"))
    assert written["rules"]["reject"] == 1 > ours.manifest.rules.reject
    # Two were sent, and the first was deleted.
    engine = connect(project.environment["MAJANI_DATABASE_URL"])
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM cases").scalar() == 1
    engine.dispose()


@pytest.mark.nightly
def test_a_learner_teaches_tests_and_publishes_a_model(project: Site) -> None:
    follow(project, commands("teach"))
    learner = project.root.parent / "leaf-class"
    splits = pd.read_csv(learner / "data/splits/splits.csv")
    assert splits["split"].value_counts().to_dict() == {"train": 24, "test": 12, "val": 4}
    bundle = read_bundle(learner / "models/current")
    assert {entry.id for entry in bundle.manifest.classes if entry.crop is not None} == KINDS
    figure = json.loads((learner / "reports/evaluation.json").read_text(encoding="utf-8"))["my_leaves.top1"]
    assert figure["n"] == 12
    assert figure["low"] <= figure["value"] <= figure["high"]
    answers = pd.read_csv(learner.parent / "answers.csv")
    assert len(answers) == 40
    # One that is refused has no candidate.
    assert set(answers["candidate_1"].dropna()) <= KINDS

    # What the page removes at its end is looked at before.
    *tested, clean = [block.code for block in code_blocks("learn/test.md") if block.language == "sh"]
    there = f"cd ../leaf-class\nexport MAJANI_MIRROR={learner.parent / 'photos'}\n"
    follow(project, there + "\n".join(tested))
    curated = pd.read_csv(learner / "data/curated/photos.csv", keep_default_na=False)
    copies = curated[curated["copy_of"].str.startswith("sent_test/")]
    assert set(copies["photo"]) == set(curated.loc[curated["source"] == "my_leaves", "photo"])
    splits = pd.read_csv(learner / "data/splits/splits.csv")
    assert set(zip(splits["source"], splits["split"], strict=True)) == {("other_place", "test"), ("sent_test", "test")}

    follow(project, "\n".join([there, clean, commands("publish")]))
    published = learner.parent / "published"
    assert read_bundle(published).manifest.version == bundle.manifest.version
    assert bundle.manifest.version in (published / "README.md").read_text(encoding="utf-8")
