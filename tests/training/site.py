"""A copy of the project with tiny settings and a few photos, in which the pipeline and the service run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import requests
import yaml
from PIL import Image

from benchmarks.harness.port import free_port
from benchmarks.harness.waiting import wait_until_ready
from tests.training.described import ROOT

# Photos by folder. Of each dataset so few test photos that they decide nothing at the gate: at this size the first
# model is no better than chance. No dataset shows bean rust.
PHOTOS = {
    **{f"ibean/train/{name}": 24 for name in ("angular_leaf_spot", "healthy")},
    **{f"ibean/val/{name}": 6 for name in ("angular_leaf_spot", "healthy")},
    "ibean/test/angular_leaf_spot": 1,
    "ibean/test/healthy": 2,
    **{f"plantdoc/train/{name}": 6 for name in ("Tomato leaf", "Tomato leaf late blight")},
    **{f"plantdoc/test/{name}": 1 for name in ("Tomato leaf", "Tomato leaf late blight")},
    **{f"plantvillage/{name}": 8 for name in ("Tomato___healthy", "Tomato___Late_blight")},
    **{f"deepweeds/{name}": 6 for name in ("lantana", "parthenium", "snake_weed")},
    **{f"negatives_objects/{name}": 4 for name in ("chair", "dolphin", "ferry", "lamp", "llama")},
}
ONE_EPOCH = [{"epochs": 1, "side_px": 48, "frozen_stages": 3, "min_crop_area": 0.4}]
TINY: Mapping[str, Mapping[str, Any]] = {
    "reviews": {"resamples": 100},
    "train": {
        # The shipped one, which takes longer, is trained and exported by the test of the learner's pages.
        "backbone": "test_efficientnet",
        "weights": "none",
        "phases": [
            {"epochs": 2, "side_px": 48, "frozen_stages": 3, "min_crop_area": 0.4},
            {"epochs": 1, "side_px": 64, "frozen_stages": 2, "min_crop_area": 0.5},
        ],
        "photos_per_epoch": 128,
        # Most processors compute bfloat16 more slowly; tests of the trainer keep it.
        "precision": "32-true",
        # A process that only augments takes longer to start than it saves; tests of the trainer keep it too.
        "workers": 0,
    },
    "export": {"side_px": 64, "calibration_photos": 16},
    "leave_out": {
        "phases": ONE_EPOCH,
        "photos_per_epoch": 64,
        "side_px": 64,
        "runs": [["plantvillage", "deepweeds", "bean.angular_leaf_spot"]],
    },
    "adapt": {"folds": 2},
    "evaluate": {"resamples": 100},
    "stress_test": {"resamples": 100, "photos": 4},
    "gate": {"resamples": 100, "min_photos": 4, "min_groups": 4, "targets": ["field_reviews"]},
}


class Site:
    """A project of its own, its photos, and the service beside it."""

    def __init__(self, root: Path, mirror: Path) -> None:
        self.root = root
        self.port = free_port()
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            # The copy's code, whatever is installed.
            "PYTHONPATH": str(root),
            # Else each of many processes compiles all of torch anew.
            "PYTHONDONTWRITEBYTECODE": "",
            "MAJANI_MIRROR": str(mirror),
            "MAJANI_DATABASE_URL": f"sqlite:///{root / 'majani.sqlite3'}",
            "MAJANI_PHOTOS_URL": str(root / "photos"),
            "MAJANI_RATE_LIMIT": "1000000 per second",
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "1",
            **{
                f"GIT_{who}_{what}": "round@example.org"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        }

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
            output, _ = process.communicate(timeout=900)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        assert process.returncode == 0, output[-3000:]
        return output

    def follow(self, block: str) -> None:
        """Run a block of a page as a person would, and stop at the first failure."""
        self.run("bash", "-euc", block)

    def set(self, stages: Mapping[str, Mapping[str, Any]]) -> None:
        params = yaml.safe_load((self.root / "params.yaml").read_text(encoding="utf-8"))
        for stage, settings in stages.items():
            params[stage] |= settings
        (self.root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")

    def json(self, path: str) -> Any:
        return json.loads((self.root / path).read_text(encoding="utf-8"))

    def photos_of(self, source: str) -> pd.DataFrame:
        """Their rows in the table of splits."""
        splits = pd.read_csv(self.root / "data/splits/splits.csv", keep_default_na=False)
        return splits[splits["source"] == source]

    @contextmanager
    def serving(self) -> Iterator[None]:
        command = ["gunicorn", "-c", "serving/gunicorn.conf.py", "--pid", "majani.pid"]
        process = subprocess.Popen(command, cwd=self.root, env=self.environment)
        try:
            wait_until_ready(self.url, process, timeout_s=60)
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def version(self) -> str:
        found: str = requests.get(f"{self.url}/readyz", timeout=5).json()["model_version"]
        return found


def made_up_photo(seed: int) -> bytes:
    generator = np.random.default_rng(seed)
    rough = generator.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    encoded = BytesIO()
    Image.fromarray(rough).resize((200, 160), Image.Resampling.BICUBIC).save(encoded, "JPEG")
    return encoded.getvalue()


def fill_mirror(target: Path) -> None:
    """A few photos of the real mirror, or made-up ones where there is none."""
    real = os.environ.get("MAJANI_MIRROR", "")
    for name, count in PHOTOS.items():
        found = sorted(Path(real, name).glob("*.jpg"))[:count] if real else []
        (target / name).mkdir(parents=True)
        for number in range(count):
            made = found[number].read_bytes() if found else made_up_photo(zlib.crc32(f"{name} {number}".encode()))
            (target / name / f"{number}.jpg").write_bytes(made)


def copy_project(root: Path) -> None:
    """Fill an empty folder with the project as a fresh clone has it, with all changes of this working tree."""
    listed = subprocess.check_output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file() or (ROOT / name).is_symlink():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name, follow_symlinks=False)
    # Dozens of processes import torch and its kin, and would look for garbage in them for a second each.
    (root / "sitecustomize.py").write_text("import gc\n\ngc.set_threshold(20_000, 50, 50)\n")


def make_site(root: Path, mirror: Path) -> Site:
    """Fill two empty folders: with the project, no bundle running, and with photos."""
    fill_mirror(mirror)
    copy_project(root)
    (root / "models/current").unlink()
    for folder in ("models/releases", "models/warm_start"):
        shutil.rmtree(root / folder)
    for path in (root / "data/sources").glob("*.yaml"):
        if path.stem != "field_reviews" and not (mirror / path.stem).is_dir():
            path.unlink()
    made = Site(root, mirror)
    made.set(TINY)
    made.run("git", "init", "--quiet")
    return made
