"""Rooms stay small, and imports between them run one way."""

import ast
from pathlib import Path

import pytest

from benchmarks.house import PRODUCT, ROOT, floors, imports_between_rooms, modules_per_folder

# Import floors. Lower a bound when a change makes it possible.
MOST_FLOORS = {"majani": 7, "training": 7, "serving": 9}
MOST_MODULES = 16


@pytest.mark.parametrize("package", PRODUCT)
def test_imports_between_rooms_run_one_way_and_few_floors_deep(package: str) -> None:
    rooms = imports_between_rooms(package)
    found = floors(rooms)
    assert rooms.keys() - found.keys() == set(), "a circle, or above one"
    assert max(found.values()) <= MOST_FLOORS[package]


@pytest.mark.parametrize("package", PRODUCT)
def test_folders_are_small(package: str) -> None:
    assert {folder: size for folder, size in modules_per_folder(package).items() if size > MOST_MODULES} == {}


def test_floors_count_the_longest_chain_and_leave_circles_out() -> None:
    rooms = {"roof": {"wall", "floor"}, "wall": {"floor"}, "floor": set(), "a": {"b"}, "b": {"a"}}
    assert floors(rooms) == {"floor": 1, "wall": 2, "roof": 3}


@pytest.mark.parametrize("path", [path for name in PRODUCT for path in (ROOT / name).rglob("*/__init__.py")], ids=str)
def test_a_room_says_in_one_sentence_what_belongs_there(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    sentence = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
    assert sentence.endswith(".")
    assert ". " not in sentence
    # What the core exports stands in its front door.
    assert len(tree.body) == 1 or path == ROOT / "majani/__init__.py", "a docstring and nothing else"
