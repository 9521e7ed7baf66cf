"""Every stage of the pipeline is run again when any first-party code that it uses has changed."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml

ROOT = Path(__file__).parents[2]
PIPELINE = ROOT / "dvc.yaml"
PACKAGES = ("majani", "training")
_COMMAND = re.compile(r"python -m (?P<module>training\.\w+)(?: [^&|;<>]*)?")


def stages() -> dict[str, Mapping[str, Any]]:
    """Name to definition; of a ``foreach`` stage what is done for each item, of a ``matrix`` the stage as it stands."""
    if not PIPELINE.exists():
        return {}
    found = yaml.safe_load(PIPELINE.read_text(encoding="utf-8"))["stages"]
    return {name: stage.get("do", stage) for name, stage in found.items()}


def module_of(stage: Mapping[str, Any]) -> str | None:
    """The module that the stage runs, or None if its command is of any other form."""
    command = stage["cmd"]
    matched = _COMMAND.fullmatch(" ".join(command.split())) if isinstance(command, str) else None
    return matched["module"] if matched else None


def file_of(module: str) -> str:
    """Path from the repository root."""
    path = Path(*module.split("."))
    return str(path / "__init__.py" if (ROOT / path).is_dir() else path.with_suffix(".py"))


def needed_files(graph: grimp.ImportGraph, module: str) -> set[str]:
    """The module's file and those of all first-party modules that it imports, directly or not.

    A package's ``__init__`` is run by importing anything below it, but ours hold a docstring only: asking for them
    would make every stage depend on prose.
    """
    modules = {module, *graph.find_upstream_modules(module)}
    return {file_of(one) for one in modules if one not in PACKAGES}


def listed_files(stage: Mapping[str, Any]) -> set[str]:
    """The stage's ``deps``, with folders spelt out."""

    def spelt_out() -> Iterator[str]:
        for dep in stage.get("deps", ()):
            if (ROOT / dep).is_dir():
                yield from (str(path.relative_to(ROOT)) for path in (ROOT / dep).rglob("*.py"))
            else:
                yield dep

    return set(spelt_out())


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def test_the_pipeline_exists() -> None:
    assert stages()


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_hold_a_docstring_only(package: str) -> None:
    lines = (ROOT / package / "__init__.py").read_text(encoding="utf-8")
    assert not re.search(r"^(import|from) ", lines, re.MULTILINE)


@pytest.mark.parametrize("name", stages())
def test_a_stage_runs_one_module_of_training(name: str) -> None:
    module = module_of(stages()[name])
    assert module is not None, f"{name}: the command is not of the form 'python -m training.X ...'"
    assert (ROOT / file_of(module)).is_file()


@pytest.mark.parametrize("name", stages())
def test_a_stage_lists_all_code_that_it_imports(graph: grimp.ImportGraph, name: str) -> None:
    stage = stages()[name]
    module = module_of(stage)
    assert module is not None
    missing = needed_files(graph, module) - listed_files(stage)
    assert not missing, f"{name}: add to its deps: {sorted(missing)}"


@pytest.mark.parametrize("name", stages())
def test_a_stage_lists_no_code_that_does_not_exist(name: str) -> None:
    gone = {dep for dep in stages()[name].get("deps", ()) if dep.endswith(".py") and not (ROOT / dep).is_file()}
    assert not gone, f"{name}: remove from its deps: {sorted(gone)}"


@pytest.mark.parametrize(
    ("command", "module"),
    [
        ("python -m training.stages.train", "training.stages.train"),
        ("python -m training.stages.fetch ${item}  --all", "training.stages.fetch"),
        ("python -m training.stages.train\n--epochs 3", "training.stages.train"),
        ("python training/stages/train.py", None),
        ("python -m serving.app", None),
        ("python -m training.stages.train && rm -r data", None),
        (["python -m training.stages.train", "true"], None),
    ],
)
def test_commands_are_told_apart(command: object, module: str | None) -> None:
    assert module_of({"cmd": command}) == module


def test_imports_are_followed(graph: grimp.ImportGraph) -> None:
    assert needed_files(graph, "training.sources.description") == {
        "training/sources/description.py",
        "majani/taxonomy.py",
        "majani/errors.py",
    }
