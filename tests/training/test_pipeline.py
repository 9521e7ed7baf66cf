"""The whole pipeline as an agronomist runs it: ``dvc repro`` on a few photos; extended, in two processes, killed.

The photos are a few of each real folder, or made-up ones where there is no mirror. The network is trained for seconds,
so nothing here says how good it is.
"""

import html
import shutil
import time
from collections.abc import Iterator

import pandas as pd
import pytest
import torch
import yaml

from benchmarks.harness import s3_server
from benchmarks.harness.process import kill_family
from benchmarks.harness.s3_server import BUCKET, S3Server
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import read_bundle
from tests.training.workspace import ROOT, Workspace, made_up_photo, make_workspace
from training.figures import bundle_sha256

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(1500)]
NETWORK, HISTORY = "models/trained/network.pt", "reports/training.csv"
TORCHRUN = (
    "python",
    "-m",
    "torch.distributed.run",
    "--standalone",
    "--nproc-per-node=2",
    "-m",
    "training.stages.train",
    "--devices=2",
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("mirror"))


@pytest.fixture
def store() -> Iterator[S3Server]:
    with s3_server.run_server() as server:
        yield server


def trained(workspace: Workspace) -> tuple[dict[str, torch.Tensor], pd.DataFrame]:
    """Read the trained weights and the training history."""
    weights: dict[str, torch.Tensor] = torch.load(workspace.root / NETWORK, weights_only=True)["weights"]
    return weights, pd.read_csv(workspace.root / HISTORY)


def remove_trained(workspace: Workspace) -> None:
    """What an earlier training wrote must not stand for what the next one writes."""
    for path in (NETWORK, HISTORY):
        (workspace.root / path).unlink()


def test_photos_are_judged_by_networks_that_have_not_seen_them(workspace: Workspace) -> None:
    workspace.run("dvc", "repro", "--quiet", "soft_labels")

    soft_labels = pd.read_csv(workspace.root / "data/soft_labels/soft_labels.csv")
    splits = workspace.splits()
    asked = splits[(splits["source"] == "plantdoc") & (splits["split"] == "train")]
    assert set(soft_labels["photo"]) == set(asked["photo"])
    beliefs = soft_labels.groupby("photo")["belief"].sum()
    assert beliefs.between(0.2, 1.01).all()
    assert not list((workspace.root / "build/train").glob("*/*.ckpt")), "nothing is left that a training could resume"
    # What was found is kept: the same photos with the same settings are not asked about again.
    assert "Epoch 0:" not in workspace.run("python", "-m", "training.stages.soft_labels")


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
    sha256 = bundle_sha256(read_bundle(workspace.root / "models/current").manifest)
    shares = {key: one for key, one in figures.items() if one["unit"] == "%"}
    assert {"plantdoc.top1", "ibean.top1", "plantvillage.top1", "negatives_objects.refused"} <= set(shares)
    for key, figure in shares.items():
        assert figure["low"] <= figure["value"] <= figure["high"], key
        assert figure["n"] > 0, key
        assert figure["bundle_sha256"] == sha256, key


def test_the_running_bundle_is_measured_again_without_a_trace(workspace: Workspace) -> None:
    figures = workspace.json("reports/evaluation.json")
    printed = workspace.run("python", "-m", "training.stages.evaluate", "--bundle", "models/current")
    listed = {line.split()[0]: float(line.split()[1]) for line in printed.splitlines() if ".top1 " in line}
    assert listed == {key: pytest.approx(one["value"], abs=0.01) for key, one in figures.items() if key in listed}
    assert {"plantdoc.top1", "field.top1"} <= set(listed)
    assert "Data and pipelines are up to date" in workspace.run("dvc", "status")


def test_what_was_measured_is_on_one_page(workspace: Workspace) -> None:
    page = (workspace.root / "reports/report.html").read_text(encoding="utf-8")
    assert read_bundle(workspace.root / "models/current").manifest.version in page
    probed = workspace.json("reports/stress_test.json")
    assert {"corruption.none.top1", "hint.field.top1", "harm.field.mean", "gap.field.top1"} <= set(probed)
    assert set(workspace.json("reports/metrics.json")) == {*probed, *workspace.json("reports/evaluation.json")}
    assert all(
        figure["title"] in html.unescape(page) for key, figure in probed.items() if not key.startswith("corruption.")
    )


def test_two_processes_learn_what_one_learns(workspace: Workspace) -> None:
    alone, watched_alone = trained(workspace)
    remove_trained(workspace)
    assert "2 processes" in workspace.run("python", "-m", "training.stages.train", "--devices", "2")
    together, watched_together = trained(workspace)
    assert {name: tensor.shape for name, tensor in together.items()} == {
        name: tensor.shape for name, tensor in alone.items()
    }
    assert list(watched_together["epoch"]) == list(watched_alone["epoch"]) == [0, 1, 2]
    # The same photos in other halves of a batch: not the same numbers, but near.
    assert list(watched_together["loss"]) == pytest.approx(list(watched_alone["loss"]), rel=0.1)
    assert watched_together["val_top1"].between(0, 1).all()


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
    workspace.run("python", "-m", "training.stages.gate")
    workspace.run("python", "-m", "training.stages.promote")
    assert workspace.json("reports/gate.json")["decision"] == "keep"
    assert {path.name: path.read_bytes() for path in current.iterdir()} == before


def test_torchrun_killed_goes_on_from_a_store_on_another_machine(workspace: Workspace, store: S3Server) -> None:
    remove_trained(workspace)
    there = {**store.environment, "MAJANI_CHECKPOINTS": f"s3://{BUCKET}/checkpoints"}
    process = workspace.start(*TORCHRUN, environment=there)
    deadline = time.monotonic() + 200
    while not any(path.endswith("epoch=0.ckpt") for path in checkpoints(store)):
        assert process.poll() is None, process.communicate()[0][-3000:]
        assert time.monotonic() < deadline
        time.sleep(0.1)
    # torchrun puts its processes into groups of their own.
    kill_family(process.pid)
    process.communicate()
    # What another machine does not have.
    for folder in (workspace.root / "build/train").iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)

    output = workspace.run(*TORCHRUN, environment=there)

    assert "Epoch 2:" in output
    assert "Epoch 0:" not in output, "the first epoch was trained again"
    assert all(tensor.isfinite().all() for tensor in trained(workspace)[0].values())
    assert checkpoints(store) == [], "checkpoints of a finished run stay in the store"


def checkpoints(store: S3Server) -> list[str]:
    return [str(path) for path in store.client().find(BUCKET)]
