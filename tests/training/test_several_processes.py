"""Training in several processes, started by torchrun and by Lightning, killed and resumed, with a store."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks.harness import s3_server
from benchmarks.harness.process import kill_family
from benchmarks.harness.s3_server import BUCKET, S3Server
from tests.training.workspace import Workspace, make_workspace

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(600)]
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
    made = make_workspace(tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("mirror"))
    made.run("dvc", "repro", "--quiet", "soft_labels")
    return made


@pytest.fixture
def store() -> Iterator[S3Server]:
    with s3_server.run_server() as server:
        yield server


def trained(workspace: Workspace) -> tuple[dict[str, torch.Tensor], pd.DataFrame]:
    """Read the trained weights and the training history, and remove both files before the next training."""
    network, history = workspace.root / "models/trained/network.pt", workspace.root / "reports/training.csv"
    weights: dict[str, torch.Tensor] = torch.load(network, weights_only=True)["weights"]
    watched = pd.read_csv(history)
    network.unlink()
    history.unlink()
    return weights, watched


def test_torchrun_killed_goes_on_from_a_store_on_another_machine(workspace: Workspace, store: S3Server) -> None:
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
    for folder in Path(workspace.root / "build/train").iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)

    output = workspace.run(*TORCHRUN, environment=there)

    assert "Epoch 2:" in output
    assert "Epoch 0:" not in output, "the first epoch was trained again"
    assert all(tensor.isfinite().all() for tensor in trained(workspace)[0].values())
    assert checkpoints(store) == [], "checkpoints of a finished run stay in the store"


def checkpoints(store: S3Server) -> list[str]:
    return [str(path) for path in store.client().find(BUCKET)]


def test_two_processes_learn_what_one_learns(workspace: Workspace) -> None:
    output = workspace.run("python", "-m", "training.stages.train", "--devices", "2")
    assert "2 processes" in output
    together, watched_together = trained(workspace)
    workspace.run("python", "-m", "training.stages.train")
    alone, watched_alone = trained(workspace)
    assert {name: tensor.shape for name, tensor in together.items()} == {
        name: tensor.shape for name, tensor in alone.items()
    }
    assert list(watched_together["epoch"]) == list(watched_alone["epoch"]) == [0, 1, 2]
    # The same photos in other halves of a batch: not the same numbers, but near.
    assert list(watched_together["loss"]) == pytest.approx(list(watched_alone["loss"]), rel=0.1)
    assert watched_together["val_top1"].between(0, 1).all()
