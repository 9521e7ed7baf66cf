"""What DVC's users type, on what the last round left and against a real object store."""

import importlib.util
import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.harness import s3_server
from benchmarks.harness.s3_server import BUCKET
from tests.documents import code_blocks
from tests.training.described import ROOT

COLUMNS = 120


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The pipeline and its reports, as a clone has them; nothing of what they were made from."""
    for file in ("dvc.yaml", "params.yaml", "reports"):
        (shutil.copytree if (ROOT / file).is_dir() else shutil.copy)(ROOT / file, tmp_path / file)
    run(tmp_path, "git init --quiet")
    (tmp_path / ".dvc").mkdir()
    return tmp_path


def run(folder: Path, command: str, **environment: str) -> str:
    done = subprocess.run(
        shlex.split(command), cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_metrics_fit_a_terminal_and_plots_need_no_network(project: Path) -> None:
    run(project, "git add --all")
    run(project, "git -c user.name=somebody -c user.email=somebody@example.org commit --quiet --message first")
    file = project / "reports/metrics.json"
    metrics = json.loads(file.read_text(encoding="utf-8"))
    shown = run(project, "dvc metrics show").splitlines()
    cells = dict(zip(*(line.split() for line in shown), strict=True))
    assert cells == {"Path": "reports/metrics.json", **{key: str(value) for key, value in metrics.items()}}
    file.write_text(json.dumps({key: value + 1 for key, value in metrics.items()}), encoding="utf-8")
    differences = run(project, "dvc metrics diff").splitlines()
    assert {line.split()[1] for line in differences[1:]} == set(metrics)
    assert max(map(len, [*shown, *differences])) <= COLUMNS

    run(project, "dvc plots show --out build/plots")
    page = (project / "build/plots/index.html").read_text(encoding="utf-8")
    assert page.count("<img") == 3
    assert "http" not in page


@pytest.mark.skipif(importlib.util.find_spec("dvc_s3") is None, reason="the extra `remote` is not installed")
def test_outputs_come_back_from_an_object_store(project: Path) -> None:
    commands = next(block.code for block in code_blocks("pipeline.md") if "dvc remote add" in block.code).splitlines()
    with s3_server.run_server() as store:
        for command in commands[:-1]:
            run(project, command.replace("BUCKET", BUCKET).replace("https://s3.example.org", store.url))
        output = project / "network.pt"
        output.write_bytes(b"a network")
        run(project, "dvc add --quiet network.pt")
        run(project, commands[-1], **store.environment)
        output.unlink()
        shutil.rmtree(project / ".dvc/cache")
        run(project, "dvc pull network.pt", **store.environment)
        assert output.read_bytes() == b"a network"
