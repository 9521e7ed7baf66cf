"""Rooms stay small and light, imports between them run one way, and the page on architecture shows them."""

import ast
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import majani
from tests.architecture.rooms import (
    PAGE,
    PICTURE,
    ROOT,
    drawn_arrows,
    floors,
    imports_between_rooms,
    levels,
    page_with_tables,
    picture,
    rooms,
)

PRODUCT = ("majani", "training", "serving")
TEXT = PAGE.read_text(encoding="utf-8")
# Import floors. Lower a bound when a change makes it possible.
MOST_FLOORS = {"majani": 7, "training": 7, "serving": 9}
MOST_MODULES = 16
# What an application or a workbench needs, and a phone-sized install of the core does not.
HEAVY = """albumentations cv2 dvc flask matplotlib onnx pandas pytorch_lightning requests scipy serving sklearn
sqlalchemy timm torch torchvision training yaml"""


def test_the_core_loads_nothing_heavy() -> None:
    modules = ", ".join(f"majani.{found.name}" for found in pkgutil.iter_modules(majani.__path__))
    script = f"import json, sys, {modules}; print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(HEAVY.split()).isdisjoint(json.loads(done.stdout))


@pytest.mark.parametrize("package", PRODUCT)
def test_imports_between_rooms_run_one_way_and_few_floors_deep(package: str) -> None:
    imports = imports_between_rooms(package)
    found = floors(imports)
    assert imports.keys() - found.keys() == set(), "a circle, or above one"
    assert max(found.values()) <= MOST_FLOORS[package]


def modules_per_folder(package: str) -> dict[str, int]:
    """By folder, the Python modules directly in it, without ``__init__``."""
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    return {str(folder.relative_to(ROOT)): len({*folder.glob("*.py")} - {folder / "__init__.py"}) for folder in folders}


@pytest.mark.parametrize("package", PRODUCT)
def test_folders_are_small(package: str) -> None:
    assert {folder: size for folder, size in modules_per_folder(package).items() if size > MOST_MODULES} == {}


def test_a_room_stands_above_what_it_imports_circles_nowhere_and_no_arrow_is_drawn_twice() -> None:
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
    assert levels(graph) == [["c"], ["b"], ["a"]]
    assert drawn_arrows(graph) == [("a", "b"), ("b", "c")]
    assert floors({**graph, "d": {"e"}, "e": {"d"}}) == {"c": 1, "b": 2, "a": 3}


@pytest.mark.parametrize("path", [path for name in PRODUCT for path in (ROOT / name).rglob("*/__init__.py")], ids=str)
def test_a_room_says_in_one_sentence_what_belongs_there(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    sentence = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
    assert sentence.endswith(".")
    assert ". " not in sentence
    # What the core exports stands in its front door.
    assert len(tree.body) == 1 or path == ROOT / "majani/__init__.py", "a docstring and nothing else"


def test_the_page_and_its_picture_show_rooms_and_arrows_as_they_are() -> None:
    how = "python -m tests.architecture.rooms writes it anew"
    assert page_with_tables(TEXT) == TEXT, how
    assert picture() == PICTURE.read_text(encoding="utf-8"), how


@pytest.mark.parametrize("package", PRODUCT)
def test_every_folder_with_code_is_a_room_in_its_table(package: str) -> None:
    folders = {path.parent.name for path in (ROOT / package).glob("*/*.py")}
    assert {room.split(".")[1] for room in rooms(package)} == folders
    assert set(re.findall(rf"^\| `{package}/(\w+)` \|", TEXT, re.MULTILINE)) == folders


def test_answers_of_where_to_find_things_exist() -> None:
    section = TEXT.split("## Where to find things\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| [^|]+\? \| (.+) \|$", section, re.MULTILINE)
    paths = [path for row in rows for path in re.findall(r"`([^`]+)`", row)]
    assert len(rows) == 11
    assert [path for path in paths if not (ROOT / path).exists()] == []
