"""A copy of the project with tiny parameters and a few photos, for tests that run the pipeline itself."""

import json
import os
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from PIL import Image

from training.artifacts import read_taxonomy
from training.sources.description import Source, read_sources

ROOT = Path(__file__).parents[2]
PHOTOS_PER_FOLDER = 6
COPIED = ("majani", "training", "data/sources", "data/taxonomy.yaml", "dvc.yaml", ".dvcignore")
TINY: Mapping[str, Mapping[str, Any]] = {
    "soft_labels": {
        "folds": 2,
        "phases": [{"epochs": 1, "side_px": 48, "frozen_stages": 3, "min_crop_area": 0.4}],
        "photos_per_epoch": 64,
    },
    "train": {
        "phases": [
            {"epochs": 2, "side_px": 48, "frozen_stages": 3, "min_crop_area": 0.4},
            {"epochs": 1, "side_px": 64, "frozen_stages": 2, "min_crop_area": 0.5},
        ],
        "photos_per_epoch": 128,
    },
    "export": {"side_px": 64, "calibration_photos": 16},
    "leave_out": {
        "phases": [{"epochs": 1, "side_px": 48, "frozen_stages": 3, "min_crop_area": 0.4}],
        "photos_per_epoch": 64,
        "side_px": 64,
        "runs": [["plantdoc", "deepweeds", "mango.anthracnose"]],
    },
    "evaluate": {"resamples": 100},
    "stress_test": {"resamples": 100, "photos": 12},
    "gate": {"resamples": 100},
}


class Workspace:
    """A copy of the project with tiny parameters and its own mirror."""

    def __init__(self, root: Path, mirror: Path) -> None:
        self.root = root
        self.mirror = mirror
        self._environment = {
            **os.environ,
            "MAJANI_MIRROR": str(mirror),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def start(self, *command: str, environment: Mapping[str, str] = {}) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self.root,
            env={**self._environment, **environment},
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

    def json(self, path: str) -> Any:
        return json.loads((self.root / path).read_text(encoding="utf-8"))

    def splits(self) -> pd.DataFrame:
        return pd.read_csv(self.root / "data/splits/splits.csv", keep_default_na=False)


def made_up_photo(seed: int) -> bytes:
    generator = np.random.default_rng(seed)
    rough = generator.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    encoded = BytesIO()
    Image.fromarray(rough).resize((200, 160), Image.Resampling.BICUBIC).save(encoded, "JPEG")
    return encoded.getvalue()


def class_folders(source: Source) -> Iterator[Path]:
    """Where a source's photos lie, relative to it."""
    splits = sorted(source.official_splits) or (["all"] if "{split}" in source.layout else [""])
    for split in splits:
        for folder in source.classes:
            yield Path(split) / ("anything" if folder == "*" else folder)


def fill_mirror(target: Path) -> None:
    """A few photos of each folder of the real mirror, or made-up ones in the described folders."""
    real = os.environ.get("MAJANI_MIRROR", "")
    if real and Path(real).is_dir():
        for folder in {path.parent for path in Path(real).rglob("*.jpg")}:
            copied = target / folder.relative_to(real)
            copied.mkdir(parents=True)
            for photo in sorted(folder.glob("*.jpg"))[:PHOTOS_PER_FOLDER]:
                shutil.copyfile(photo, copied / photo.name)
        return
    for source in read_sources(ROOT / "data/sources", read_taxonomy(ROOT / "data/taxonomy.yaml")).values():
        for number, folder in enumerate(class_folders(source)):
            made = target / source.id / folder
            made.mkdir(parents=True)
            for photo in range(PHOTOS_PER_FOLDER):
                (made / f"{photo}.jpg").write_bytes(made_up_photo(zlib.crc32(f"{source.id} {number} {photo}".encode())))


def make_workspace(root: Path, mirror: Path) -> Workspace:
    """Fill two empty folders: with the project, and with photos."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=ignored)
        else:
            shutil.copyfile(ROOT / name, target)
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for stage, settings in TINY.items():
        params[stage] |= settings
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    fill_mirror(mirror)
    made = Workspace(root, mirror)
    made.run("dvc", "init", "--no-scm", "--quiet")
    made.run("dvc", "config", "core.analytics", "false")
    return made
