"""Every stage of the pipeline runs again when code that it imports has changed, and only then."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml
from click.testing import CliRunner

from training import fingerprint
from training.artifacts.files import CODE_FILE
from training.cli import OTHERS, STAGES, main
from training.fingerprint import code_fingerprint, stage_fingerprint

ROOT = Path(__file__).parents[2]
PACKAGES = ("majani", "training")
PIPELINE: Mapping[str, Mapping[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def hashes(tree: Path) -> dict[str, str]:
    """What the stage ``code`` writes in a copy of the project."""
    subprocess.run([sys.executable, "-c", "from training.stages.code import main; main()"], cwd=tree, check=True)
    found: dict[str, str] = json.loads((tree / CODE_FILE).read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code."""
    folder = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "dvc.yaml", folder)
    return folder


@pytest.fixture(scope="module")
def before(tree: Path) -> dict[str, str]:
    return hashes(tree)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def test_the_hashes_are_those_of_the_code() -> None:
    """`majani-train code` writes them; the pipeline does so at each start."""
    found = {name: stage_fingerprint(f"training.stages.{name}") for name in PIPELINE if name != "code"}
    assert json.loads((ROOT / CODE_FILE).read_text(encoding="utf-8")) == found


@pytest.mark.parametrize("module", ["training.calibration.head", "training.fit.trainer", "majani.decision.rules"])
def test_another_token_runs_the_stages_that_import_it_and_no_other(
    module: str, tree: Path, before: dict[str, str], graph: grimp.ImportGraph
) -> None:
    file = (tree / Path(*module.split("."))).with_suffix(".py")
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "\n_OTHER = 1\n", encoding="utf-8")
    after = hashes(tree)
    file.write_text(text, encoding="utf-8")
    importing = {name for name in before if graph.find_shortest_chain(f"training.stages.{name}", module)}
    assert {name for name in before if before[name] != after[name]} == importing
    assert 0 < len(importing) < len(before)


def test_comments_docstrings_and_layout_run_no_stage_again(tree: Path, before: dict[str, str]) -> None:
    for file in tree.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('"""', '"""Other words. ', 1) + "\n\n# A remark.\n", encoding="utf-8")
    assert hashes(tree) == before


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("def f(a):\n    'Say.'\n    return a  # why\n", "def f(a): return a", True),
        ("class A:\n    'What.'\n    b: int = 1\n", "class A:\n\n    b: int = 1\n", True),
        ("a = 'text'\n", "a = 'other'\n", False),
        ("def f(a): return a", "def f(a): return (a,)", False),
        ("def f(*, a=None): ...", "def f(*, a=0): ...", False),
    ],
)
def test_what_counts_is_what_runs(
    one: str, other: str, is_same: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hashed(text: str) -> str:
        (tmp_path / "module.py").write_text(text, encoding="utf-8")
        for kept in (fingerprint._tree, fingerprint._canonical):
            kept.cache_clear()
        return code_fingerprint("module")

    monkeypatch.setattr(fingerprint, "_file", lambda _: tmp_path / "module.py")
    assert (hashed(one) == hashed(other)) is is_same


@pytest.mark.parametrize("name", PIPELINE)
def test_a_stage_is_a_command_that_depends_on_its_hash(name: str) -> None:
    command = name.replace("_", "-")
    assert PIPELINE[name]["cmd"] == f"majani-train {command}"
    assert STAGES[command][0] == f"training.stages.{name}"
    if name != "code":
        assert {str(CODE_FILE): [name]} in PIPELINE[name]["params"]


def test_no_module_imports_a_stage_and_each_is_a_command(graph: grimp.ImportGraph) -> None:
    stages = graph.find_children("training.stages")
    assert stages <= {module for module, _ in (STAGES | OTHERS).values()}
    assert set().union(*map(graph.find_modules_that_directly_import, stages)) == set()


@pytest.mark.parametrize("name", [*STAGES, *OTHERS])
def test_every_command_says_what_it_takes(name: str) -> None:
    told = CliRunner().invoke(main, [name, "--help"], prog_name="majani-train", catch_exceptions=False)
    assert told.output.startswith(f"Usage: majani-train {name}")


@pytest.mark.parametrize("name", sorted({*STAGES, *OTHERS} - {"init", "fit", "adapt", "test"}))
def test_outside_the_repository_a_command_says_so_in_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of own photos are given a folder, and are tried elsewhere."""
    monkeypatch.chdir(tmp_path)
    words = {"take-back": ["beans"], "new-crop": ["okra", "--yes"], "hub": ["laid_out"]}.get(name, [])
    told = CliRunner().invoke(main, [name, *words], prog_name="majani-train")
    assert isinstance(told.exception, SystemExit), told.exception
    assert told.exit_code == 1
    assert told.stderr.splitlines()[-1].startswith("Error: ")
