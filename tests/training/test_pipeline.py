"""The whole pipeline as an agronomist runs it: ``dvc repro`` on a few photos, killed, resumed, extended.

The photos are a few of each real folder, or made-up ones where there is no mirror. The network is trained for seconds,
so nothing here says how good it is.
"""

import html
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from PIL import Image

from majani.bundle import read_bundle
from majani.diagnoser import Diagnoser
from training.sources import Source, read_sources, read_taxonomy
from training.train import last_checkpoint

ROOT = Path(__file__).parents[2]
PHOTOS_PER_FOLDER = 6
COPIED = ("majani", "training", "data/sources", "data/taxonomy.yaml", "dvc.yaml", ".dvcignore")
TINY: Mapping[str, Mapping[str, Any]] = {
    "train": {
        "phases": [
            {"epochs": 2, "side_px": 48, "frozen_stages": 3, "min_crop_area": 0.4},
            {"epochs": 1, "side_px": 64, "frozen_stages": 2, "min_crop_area": 0.5},
        ],
        "photos_per_epoch": 256,
    },
    "export": {"side_px": 64, "calibration_photos": 16},
    "evaluate": {"resamples": 100},
    "probe": {"resamples": 100, "photos": 12, "trees": 10},
    "gate": {"resamples": 100},
}

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(600)]


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

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=self._environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *command: str) -> str:
        process = self.start(*command)
        output, _ = process.communicate(timeout=500)
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


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root, mirror = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("mirror")
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


def test_a_killed_training_goes_on_where_it_was(workspace: Workspace) -> None:
    workspace.run("dvc", "repro", "--quiet", "split")
    process = workspace.start("python", "-m", "training.train")
    deadline = time.monotonic() + 200
    while not list((workspace.root / "build/train").glob("*/epoch=0.ckpt")):
        assert process.poll() is None, process.communicate()[0][-3000:]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (workspace.root / "models/trained/network.pt").exists()

    output = workspace.run("python", "-m", "training.train")

    assert "Epoch 2:" in output
    assert "Epoch 0:" not in output, "the first epoch was trained again"
    assert (workspace.root / "models/trained/network.pt").exists()
    watched = pd.read_csv(workspace.root / "reports/training.csv")
    assert list(watched["epoch"]) == [0, 1, 2]
    assert watched["val_top1"].notna().all()


def test_a_training_killed_behind_its_last_epoch_ends_with_the_same_weights(workspace: Workspace) -> None:
    trained = workspace.root / "models/trained/network.pt"
    workspace.run("python", "-m", "training.train")
    whole = torch.load(trained, weights_only=True)["weights"]
    trained.unlink()
    kill_before_saving = (
        "import os, signal, training.train as t; save = t.torch.save;"
        "t.torch.save = lambda what, where:"
        " os.kill(0, signal.SIGKILL) if where == t.NETWORK_FILE else save(what, where);"
        "t.main()"
    )
    process = workspace.start("python", "-c", kill_before_saving)
    process.communicate(timeout=200)
    assert process.returncode == -signal.SIGKILL
    assert not trained.exists()

    output = workspace.run("python", "-m", "training.train")
    assert "Epoch 0:" not in output

    resumed = torch.load(trained, weights_only=True)["weights"]
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_from_photos_to_a_running_bundle(workspace: Workspace) -> None:
    workspace.run("dvc", "repro")

    bundle = read_bundle(workspace.root / "models/current")
    assert workspace.json("reports/gate.json")["reason"] == "no bundle is running"
    photo = next((workspace.mirror / "ibean").rglob("*.jpg")).read_bytes()
    answer = Diagnoser(bundle).diagnose([photo])
    assert answer.model_version == bundle.manifest.version
    assert "Data and pipelines are up to date" in workspace.run("dvc", "status")


def test_every_figure_has_n_and_interval(workspace: Workspace) -> None:
    figures = workspace.json("reports/evaluation.json")
    sha256 = read_bundle(workspace.root / "models/current").manifest.model.sha256
    shares = {key: one for key, one in figures.items() if one["unit"] == "%"}
    assert {"plantdoc.top1", "ibean.top1", "plantvillage.top1", "negatives_objects.refused"} <= set(shares)
    for key, figure in shares.items():
        assert figure["low"] <= figure["value"] <= figure["high"], key
        assert figure["n"] > 0, key
        assert figure["bundle_sha256"] == sha256, key


def test_what_was_measured_is_on_one_page(workspace: Workspace) -> None:
    page = (workspace.root / "reports/report.html").read_text(encoding="utf-8")
    assert read_bundle(workspace.root / "models/current").manifest.version in page
    probed = workspace.json("reports/probes.json")
    assert {"corruption.none.top1", "hint.field.top1", "harm.field.mean", "gap.field.top1"} <= set(probed)
    assert set(workspace.json("reports/metrics.json")) == {*probed, *workspace.json("reports/evaluation.json")}
    assert all(
        figure["title"] in html.unescape(page) for key, figure in probed.items() if not key.startswith("corruption.")
    )


def test_no_group_is_on_two_sides(workspace: Workspace) -> None:
    used = workspace.splits()
    used = used[used["split"] != "leaks"]
    assert used.groupby("group")["split"].nunique().max() == 1
    assert set(used["split"]) == {"train", "val", "test"}
    official = used[(used["source"] == "plantdoc") & (used["official_split"] == "test")]
    assert set(official["split"]) == {"test"}


def test_a_dataset_is_added_by_one_file_and_a_broken_photo_stops_nothing(workspace: Workspace) -> None:
    folder = workspace.mirror / "extra_beans" / "rusty"
    folder.mkdir(parents=True)
    for number in range(10):
        (folder / f"{number}.jpg").write_bytes(made_up_photo(1000 + number))
    (folder / "broken.jpg").write_bytes(made_up_photo(7)[:200])
    described = yaml.safe_load((ROOT / "data/sources/ibean.yaml").read_text(encoding="utf-8"))
    described |= {
        "id": "extra_beans",
        "layout": "{class}/{file}",
        "official_splits": {},
        "classes": {"rusty": {"to": "bean.rust"}},
    }
    (workspace.root / "data/sources/extra_beans.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")

    workspace.run("dvc", "repro", "--quiet", "split")

    splits = workspace.splits()
    assert (splits["source"] == "extra_beans").sum() == 10
    curated = pd.read_csv(workspace.root / "data/curated/photos.csv", keep_default_na=False)
    problems = dict(zip(curated["photo"], curated["problem"], strict=True))
    assert problems["extra_beans/rusty/broken.jpg"] == "photo_broken"


def test_a_candidate_that_is_no_better_leaves_the_running_bundle_alone(workspace: Workspace) -> None:
    current = workspace.root / "models/current"
    before = {path.name: path.read_bytes() for path in current.iterdir()}
    workspace.run("python", "-m", "training.gate")
    workspace.run("python", "-m", "training.promote")
    assert workspace.json("reports/gate.json")["decision"] == "keep"
    assert {path.name: path.read_bytes() for path in current.iterdir()} == before


def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    torch.save({"state_dict": {}}, tmp_path / "epoch=0.ckpt")
    whole = (tmp_path / "epoch=0.ckpt").read_bytes()
    (tmp_path / "epoch=1.ckpt").write_bytes(whole[: len(whole) // 2])
    os.utime(tmp_path / "epoch=0.ckpt", (1, 1))
    assert last_checkpoint(tmp_path) == tmp_path / "epoch=0.ckpt"
    assert not (tmp_path / "epoch=1.ckpt").exists()
