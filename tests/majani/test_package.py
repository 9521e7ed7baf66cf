"""The front door: the names of the package itself."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import majani
from majani import Diagnoser, __version__

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_names_are_those_of_the_product() -> None:
    assert Diagnoser.__module__ == "majani.decision.diagnoser"
    assert __version__ == tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    assert set(majani.__all__) <= set(dir(majani))
    with pytest.raises(AttributeError, match="diagnoser"):
        majani.diagnoser  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    stub = Path(majani.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    seen: dict[str, object] = {}
    exec(stub, seen)  # noqa: S102 - our own file
    assert seen["__all__"] == majani.__all__
    assert seen["Diagnoser"] is Diagnoser


def test_importing_it_imports_nothing() -> None:
    script = "import sys; before = set(sys.modules); import majani; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["majani"]
