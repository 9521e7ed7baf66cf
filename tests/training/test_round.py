"""A round as the agronomist's page describes it: its commands are read from it and run on a fresh clone, in order.

A condition is unknown at first. Real photos of it are sent to the running service, reviewed through the desk's store,
learned by the pipeline, promoted, swapped to, and taken back. The networks are trained for seconds.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
import yaml

from benchmarks.harness.port import free_port
from benchmarks.harness.waiting import wait_until_ready
from majani.model.bundle import read_bundle
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from tests.training.workspace import TINY
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/agronomist.md"
NEW = "bean.rust"
CASES = 90
# Photos per folder of the mirror; what the datasets show must not decide at the gate, because chance would.
MIRRORED = {
    "ibean/train/angular_leaf_spot": 24,
    "ibean/train/healthy": 24,
    "ibean/val/angular_leaf_spot": 6,
    "ibean/val/healthy": 6,
    # So few that they decide nothing: at this size the first model is no better than chance.
    "ibean/test/angular_leaf_spot": 1,
    "ibean/test/healthy": 2,
    "deepweeds/*": 6,
    "negatives_objects/*": 2,
}
FARMERS = "ibean/train/bean_rust"
SETTINGS: dict[str, dict[str, Any]] = {
    **{stage: dict(settings) for stage, settings in TINY.items()},
    "reviews": {"resamples": 100},
    "leave_out": {"runs": []},
    "gate": {"resamples": 100, "min_photos": 4, "min_groups": 4, "targets": ["field_reviews"]},
}

pytestmark = [pytest.mark.pipeline, pytest.mark.mirror, pytest.mark.timeout(1500)]


def commands() -> list[str]:
    """The page's commands, in order, a block each."""
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@dataclass
class Site:
    """A clone of the project in which the pipeline and the service run."""

    root: Path
    environment: dict[str, str]
    port: int
    tokens: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self.root, env=self.environment, text=True, capture_output=True, timeout=900, check=False
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done.stdout

    def follow(self, block: str) -> None:
        """Run a block of the page as a person would, and stop at the first failure."""
        self.run("bash", "-euc", block)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def engine(self) -> Any:
        return connect(self.environment["MAJANI_DATABASE_URL"])

    def version(self) -> str:
        """Of the bundle that answers."""
        found: str = requests.get(f"{self.url}/readyz", timeout=5).json()["model_version"]
        return found

    def await_version(self, version: str) -> None:
        wait_until(lambda: self.version() == version, most_s=60)

    def send(self, photo: bytes) -> None:
        """As a farmer who lets the photo be kept."""
        answered = requests.post(
            f"{self.url}/v1/diagnoses?consent=photos", photo, headers={"Content-Type": "image/jpeg"}, timeout=30
        )
        assert answered.status_code == 201, answered.text
        answer = answered.json()
        self.tokens[answer["id"]] = answer["token"]

    def delete(self, case: str) -> None:
        """As the farmer who sent it."""
        shown = {"Authorization": f"Bearer {self.tokens[case]}"}
        assert requests.delete(f"{self.url}/v1/diagnoses/{case}", headers=shown, timeout=30).status_code == 204

    def current(self) -> set[str]:
        """What the bundle in ``models/current`` can name."""
        return {entry.id for entry in read_bundle(self.root / "models/current").manifest.classes}

    def field_photos(self) -> pd.DataFrame:
        splits = pd.read_csv(self.root / "data/splits/splits.csv", keep_default_na=False)
        return splits[splits["source"] == "field_reviews"]


def fill(target: Path, mirror: Path) -> None:
    """A small mirror of real photos without the new condition."""
    for pattern, count in MIRRORED.items():
        for folder in sorted(mirror.glob(pattern)):
            copied = target / folder.relative_to(mirror)
            copied.mkdir(parents=True)
            for photo in sorted(folder.glob("*.jpg"))[:count]:
                shutil.copyfile(photo, copied / photo.name)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, mirror: Path) -> Iterator[Site]:
    """A fresh clone whose first model does not know the new condition, and the service that answers from it."""
    root, small = tmp_path_factory.mktemp("round") / "majani", tmp_path_factory.mktemp("mirror")
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(root)], check=True)
    fill(small, mirror)
    for path in (root / "data/sources").glob("*.yaml"):
        if path.stem != "field_reviews" and not (small / path.stem).is_dir():
            path.unlink()
    params = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    for stage, settings in SETTINGS.items():
        params[stage] |= settings
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    shutil.rmtree(root / "models/current")
    port = free_port()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # The clone's code, whatever is installed.
        "PYTHONPATH": str(root),
        "MAJANI_MIRROR": str(small),
        "MAJANI_DATABASE_URL": f"sqlite:///{root / 'majani.sqlite3'}",
        "MAJANI_PHOTOS_URL": str(root / "photos"),
        "MAJANI_RATE_LIMIT": "1000000 per second",
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        **{f"GIT_{who}_{what}": "round@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    made = Site(root, environment, port)
    made.run("dvc", "repro", "--quiet", "promote")
    made.run("git", "add", "--all")
    made.run("git", "commit", "--quiet", "--message", "A first model")
    with serving(made):
        yield made


@contextmanager
def serving(site: Site) -> Iterator[None]:
    command = ["gunicorn", "-c", "serving/gunicorn.conf.py", "--pid", "majani.pid"]
    process = subprocess.Popen(command, cwd=site.root, env=site.environment)
    try:
        wait_until_ready(site.url, process, timeout_s=60)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def review(site: Site) -> None:
    """Two reviewers look at the cases, the second at every third; a few they cannot tell."""
    engine = site.engine
    tokens, reviews = AccessTokens(engine), Reviews(engine)
    for name in ("desk 1", "desk 2"):
        tokens.create(name, Role.AGRONOMIST, pd.Timedelta(days=1).to_pytimedelta())
    first, second = (one.id for one in tokens.list())
    for number, case in enumerate(site.tokens):
        said = NewReview(ReviewVerdict.CONDITION, NEW) if number % 15 else NewReview(ReviewVerdict.CANNOT_TELL)
        reviews.save(case, first, said)
        if number % 3 == 0:
            reviews.save(case, second, said)
    engine.dispose()


def test_the_round(site: Site, mirror: Path) -> None:
    export, fetch, measure, promote, write_down, swap, roll_back = commands()
    first = site.version()
    assert NEW not in site.current()
    for photo in sorted((mirror / FARMERS).glob("*.jpg"))[:CASES]:
        site.send(photo.read_bytes())
    review(site)

    site.follow(export)
    site.follow(fetch)
    site.follow(measure)
    labelled = CASES - CASES // 15
    assert len(site.field_photos()) == labelled
    assert set(site.field_photos()["class_id"]) == {NEW}
    gate = json.loads((site.root / "reports/gate.json").read_text(encoding="utf-8"))
    assert gate["decision"] == "promote", gate
    report = (site.root / "reports/report.html").read_text(encoding="utf-8")
    assert f"field_reviews: {labelled} of {CASES} reviewed cases have a label." in report
    assert NEW not in site.current(), "nothing is replaced before somebody has read the report"

    site.follow(promote)
    assert NEW in site.current()
    site.follow(write_down)
    assert site.run("git", "status", "--porcelain", "models", "reports", "dvc.lock") == ""
    tracked = site.run("git", "ls-files", "data/raw", "models/former", "models/networks", "models/trained/network.pt")
    assert tracked == "", "photos and networks are not for the repository"

    assert site.version() == first
    site.follow(swap)
    second = read_bundle(site.root / "models/current").manifest.version
    site.await_version(second)

    site.follow(roll_back)
    site.await_version(first)
    assert NEW not in site.current()
    site.run("dvc", "repro", "--quiet", "promote")
    assert NEW not in site.current(), "what was taken back is not promoted again"
    record = pd.read_csv(site.root / "reports/promotions.csv", keep_default_na=False)
    # Before it stands what the repository's own record says.
    assert list(zip(record["did"], record["version"], record["before"], strict=True))[-3:] == [
        ("promoted", first, ""),
        ("promoted", second, first),
        ("rolled_back", first, second),
    ]


def test_a_quick_round_begins_with_the_promoted_network(site: Site) -> None:
    params = yaml.safe_load((site.root / "params.yaml").read_text(encoding="utf-8"))
    before = dict(params["train"])
    params["train"] |= {
        "start_from": site.version(),
        "quick": {
            **before["quick"],
            "phases": [{"epochs": 1, "side_px": 48, "frozen_stages": 6, "min_crop_area": 0.5}],
            "photos_per_epoch": 64,
        },
    }
    (site.root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    site.run("dvc", "repro", "--quiet", "train")
    assert len(pd.read_csv(site.root / "reports/training.csv")) == 1
    assert NEW in json.loads((site.root / "models/trained/classes.json").read_text(encoding="utf-8"))


def test_a_deleted_case_is_gone_from_the_next_version(site: Site) -> None:
    export, fetch, *_ = commands()
    before = set(site.field_photos()["sha256"])
    site.delete(list(site.tokens)[1])
    site.follow(export)
    site.follow(fetch)
    site.run("dvc", "repro", "--quiet", "split")
    after = set(site.field_photos()["sha256"])
    assert len(before - after) == 1
    assert after < before
    raw = {path.stem for path in (site.root / "data/raw/field_reviews").rglob("*.jpg")}
    assert len(list((site.root / "data/raw/field_reviews").rglob("*.jpg"))) == CASES - 1, raw
