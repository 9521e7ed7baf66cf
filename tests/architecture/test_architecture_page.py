"""The page on architecture shows the rooms and arrows that there are, and its answers lead to files that exist."""

import re

import pytest

from benchmarks.house import PRODUCT, ROOT
from tests.architecture.rooms import PAGE, PICTURE, drawn_arrows, levels, page_with_tables, picture, rooms

TEXT = PAGE.read_text(encoding="utf-8")
HOW = "python -m tests.architecture.rooms writes it anew"


def test_tables_show_rooms_as_they_are() -> None:
    assert page_with_tables(TEXT) == TEXT, HOW


def test_the_picture_shows_rooms_and_arrows_as_they_are() -> None:
    assert picture() == PICTURE.read_text(encoding="utf-8"), HOW


@pytest.mark.parametrize("package", PRODUCT)
def test_every_folder_with_code_is_a_room_in_its_table(package: str) -> None:
    folders = {path.parent.name for path in (ROOT / package).glob("*/*.py")}
    assert {room.split(".")[1] for room in rooms(package)} == folders
    assert set(re.findall(rf"^\| `{package}/(\w+)` \|", TEXT, re.MULTILINE)) == folders


def test_answers_of_where_to_find_things_exist() -> None:
    section = TEXT.split("## Where to find things\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| [^|]+\? \| (.+) \|$", section, re.MULTILINE)
    paths = [path for row in rows for path in re.findall(r"`([^`]+)`", row)]
    assert len(rows) == 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_a_room_stands_above_what_it_imports_and_no_arrow_is_drawn_twice() -> None:
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
    assert levels(graph) == [["c"], ["b"], ["a"]]
    assert drawn_arrows(graph) == [("a", "b"), ("b", "c")]
