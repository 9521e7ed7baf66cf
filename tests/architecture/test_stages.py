"""Every stage of the pipeline runs again when code that it imports has changed, and only then."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = ("majani", "training")
STAGES: Mapping[str, Mapping[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def needed_files(graph: grimp.ImportGraph, module: str) -> set[str]:
    """The module's file and those of all first-party modules that it imports, directly or not.

    Importing a module also runs the ``__init__`` of its packages. They hold a docstring only, and are left out.
    """
    files = {Path(*name.split(".")) for name in {module, *graph.find_upstream_modules(module)}}
    return {str(path.with_suffix(".py")) for path in files if not (ROOT / path).is_dir()}


def files_of(dependency: str) -> Iterator[str]:
    """The dependency itself, or all Python files of a folder."""
    if (ROOT / dependency).is_dir():
        yield from (str(path.relative_to(ROOT)) for path in (ROOT / dependency).rglob("*.py"))
    else:
        yield dependency


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_all_code_that_it_imports_and_on_nothing_else(graph: grimp.ImportGraph, name: str) -> None:
    module = f"training.stages.{name}"
    assert STAGES[name]["cmd"] == f"python -m {module}"
    needed = needed_files(graph, module)
    code = {dep: set(files_of(dep)) for dep in STAGES[name]["deps"] if dep.startswith(PACKAGES)}
    assert needed - set().union(*code.values()) == set(), "add these to the stage's deps"
    assert {dep for dep, files in code.items() if not files & needed} == set(), "remove these"


def test_no_module_imports_a_stage(graph: grimp.ImportGraph) -> None:
    assert {name: graph.find_modules_that_directly_import(f"training.stages.{name}") for name in STAGES} == {
        name: set() for name in STAGES
    }


def dvc(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def paths_of(stage: Mapping[str, Any], kind: str) -> Iterator[str]:
    for entry in stage.get(kind, ()):
        yield next(iter(entry)) if isinstance(entry, dict) else entry


def test_a_comment_in_fetching_code_does_not_train_again(tmp_path: Path) -> None:
    for name in (*PACKAGES, "data/sources"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", "params.yaml", ".dvcignore", "data/taxonomy.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    # Outputs of the right names stand in for those of a run; a folder may be an output, or hold one.
    outputs = {path for stage in STAGES.values() for kind in ("outs", "metrics") for path in paths_of(stage, kind)}
    inputs = {dep for stage in STAGES.values() for dep in stage["deps"] if not (tmp_path / dep).exists()}
    for path in sorted(outputs | inputs):
        target = tmp_path / path
        if target.suffix:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path, encoding="utf-8")
        else:
            target.mkdir(parents=True, exist_ok=True)
            (target / "file").write_text(path, encoding="utf-8")
    dvc(tmp_path, "init", "--no-scm", "--quiet")
    dvc(tmp_path, "commit", "--force", "--quiet")
    assert json.loads(dvc(tmp_path, "status", "--json")) == {}

    changed = tmp_path / "training/sources/download.py"
    changed.write_text(changed.read_text(encoding="utf-8") + "# A comment.\n", encoding="utf-8")

    stale = set(json.loads(dvc(tmp_path, "status", "--json")))
    assert "fetch" in stale
    assert stale.isdisjoint({"split", "soft_labels", "train", "export", "calibrate", "evaluate", "gate", "promote"})
