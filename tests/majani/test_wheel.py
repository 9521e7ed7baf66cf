"""The contents of an installation of the core alone."""

import configparser
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def build(target: Path) -> Path:
    """The wheel of this checkout, made from a copy: building leaves traces."""
    source = target / "source"
    source.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "majani", source / "majani", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", target, source]
    subprocess.run(command, check=True)
    (wheel,) = target.glob("majani-*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(build(tmp_path_factory.mktemp("wheel")))


def test_it_holds_the_core_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == {
        path.relative_to(ROOT).as_posix()
        for path in Path(ROOT / "majani").rglob("*")
        if path.suffix in (".py", ".pyi", ".json") or path.name == "py.typed"
    }


def test_it_wants_what_the_core_needs_and_brings_the_command(wheel: zipfile.ZipFile) -> None:
    folder = f"majani-{PROJECT['version']}.dist-info"
    described = message_from_bytes(wheel.read(f"{folder}/METADATA"))
    wanted = [one for one in described.get_all("Requires-Dist", []) if "extra ==" not in one]
    assert sorted(wanted) == sorted(PROJECT["dependencies"])
    commands = configparser.ConfigParser()
    commands.read_string(wheel.read(f"{folder}/entry_points.txt").decode())
    assert commands["console_scripts"]["majani"] == "majani.cli:main"


@pytest.mark.parametrize(("command", "extra"), [("admin", "serve"), ("train", "train")])
def test_a_command_that_it_lacks_says_in_a_line_what_to_do(wheel: zipfile.ZipFile, command: str, extra: str) -> None:
    code = f"import sys; sys.path.insert(0, {wheel.filename!r}); from majani.checkout import {command}; {command}()"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert f"'.[{extra}]'" in done.stderr
