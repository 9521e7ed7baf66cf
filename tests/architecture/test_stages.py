"""Every stage of the pipeline runs again when code that it imports has changed, and only then."""

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
