"""A clone of the project with tiny settings and a few real photos, in which tests run the pipeline and the service."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
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
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/agronomist.md"
# The condition that is unknown at first.
NEW = "bean.rust"
# Photos per folder of the mirror. Of each field source so few for tests that they decide nothing at the gate: at this
# size the first model is no better than chance.
MIRRORED = {
    "ibean/train/angular_leaf_spot": 24,
    "ibean/train/healthy": 24,
    "ibean/val/angular_leaf_spot": 6,
    "ibean/val/healthy": 6,
    "ibean/test/angular_leaf_spot": 1,
    "ibean/test/healthy": 2,
    "plantdoc/train/Bell_pepper leaf*": 8,
    "plantdoc/test/Bell_pepper leaf": 1,
    "plantdoc/test/Bell_pepper leaf spot": 2,
    "plantvillage/Pepper*": 8,
    "deepweeds/*": 6,
    "negatives_objects/*": 2,
}
_PHASE = {"epochs": 1, "side_px": 48, "frozen_stages": 3, "min_crop_area": 0.4}
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "reviews": {"resamples": 100},
    "soft_labels": {"folds": 2, "phases": [_PHASE], "photos_per_epoch": 64},
    "train": {
        "phases": [{**_PHASE, "epochs": 2}, {**_PHASE, "side_px": 64, "frozen_stages": 2}],
        "photos_per_epoch": 128,
        # The libraries make a program for each size of a bfloat16 layer anew in every process.
        "precision": "32-true",
    },
    "export": {"side_px": 64, "calibration_photos": 16},
    "evaluate": {"resamples": 100},
    "stress_test": {"resamples": 100, "photos": 12},
    "gate": {"resamples": 100, "min_photos": 4, "min_groups": 4, "targets": ["field_reviews"]},
}


@dataclass
class Site:
    """Its commands run as an agronomist's, an operator's, a farmer's or a reviewer's."""

    root: Path
    mirror: Path
    environment: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    def start(self, *command: str, environment: Mapping[str, str] = {}) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self.root,
            env={**self.environment, **environment},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *command: str, environment: Mapping[str, str] = {}) -> str:
        process = self.start(*command, environment=environment)
        try:
            output, _ = process.communicate(timeout=500)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        assert process.returncode == 0, output[-3000:]
        return output

    def follow(self, block: str) -> None:
        """Run a block of the page as a person would, and stop at the first failure."""
        self.run("bash", "-euc", block)

    def json(self, path: str) -> Any:
        return json.loads((self.root / path).read_text(encoding="utf-8"))

    def splits(self) -> pd.DataFrame:
        return pd.read_csv(self.root / "data/splits/splits.csv", keep_default_na=False)

    def field_photos(self) -> pd.DataFrame:
        splits = self.splits()
        return splits[splits["source"] == "field_reviews"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

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

    @contextmanager
    def serving(self) -> Iterator[None]:
        """The service, answering from the bundle in ``models/current``."""
        command = ["gunicorn", "-c", "serving/gunicorn.conf.py", "--pid", "majani.pid"]
        process = subprocess.Popen(command, cwd=self.root, env=self.environment)
        try:
            wait_until_ready(self.url, process, timeout_s=60)
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)

    def review(self) -> None:
        """Two reviewers look at the cases, the second at every third; a few they cannot tell."""
        engine = self.engine
        tokens, reviews = AccessTokens(engine), Reviews(engine)
        for name in ("desk 1", "desk 2"):
            tokens.create(name, Role.AGRONOMIST, pd.Timedelta(days=1).to_pytimedelta())
        first, second = (one.id for one in tokens.list())
        for number, case in enumerate(self.tokens):
            said = NewReview(ReviewVerdict.CONDITION, NEW) if number % 15 else NewReview(ReviewVerdict.CANNOT_TELL)
            reviews.save(case, first, said)
            if number % 3 == 0:
                reviews.save(case, second, said)
        engine.dispose()


def commands() -> list[str]:
    """The page's commands, in order, a block each."""
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def make_site(root: Path, mirror: Path, real: Path) -> Site:
    """Clone the project to ``root``; fill ``mirror`` with some of the ``real`` photos, none of the new condition."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(root)], check=True)
    for pattern, count in MIRRORED.items():
        for folder in sorted(real.glob(pattern)):
            copied = mirror / folder.relative_to(real)
            copied.mkdir(parents=True, exist_ok=True)
            for photo in sorted(folder.glob("*.jpg"))[:count]:
                shutil.copyfile(photo, copied / photo.name)
    for path in (root / "data/sources").glob("*.yaml"):
        if path.stem != "field_reviews" and not (mirror / path.stem).is_dir():
            path.unlink()
    params = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    for stage, settings in SETTINGS.items():
        params[stage] |= settings
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    shutil.rmtree(root / "models/current")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # The clone's code, whatever is installed.
        "PYTHONPATH": str(root),
        "MAJANI_MIRROR": str(mirror),
        "MAJANI_DATABASE_URL": f"sqlite:///{root / 'majani.sqlite3'}",
        "MAJANI_PHOTOS_URL": str(root / "photos"),
        "MAJANI_RATE_LIMIT": "1000000 per second",
        "PORT": str(free_port()),
        "WEB_CONCURRENCY": "1",
        **{f"GIT_{who}_{what}": "round@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    return Site(root, mirror, environment)
