"""No code that trains or chooses reads test photos. docs/measuring.md lists the code that does; no other may."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Those that ask for test photos by the name of their split.
ASKING = {
    # Of own photos alone, what is put aside tells of the field.
    "training.adaptation.own_photos",
    "training.stages.embed",
    "training.stages.evaluate",
    "training.stages.stress_test",
}
# Those that open the tables themselves, in which all splits stand, and are no module above.
OPENING = {
    # Of the splits: their checksum, their sizes, and their making.
    "SPLITS_FILE": {
        "training.artifacts.files",
        "training.bundle.assemble",
        "training.stages.promote",
        "training.stages.report",
        "training.stages.split",
    },
    # Of what was said of test photos: to judge, and to show.
    "PREDICTIONS_FILE": {
        "training.artifacts.files",
        "training.stages.evaluate",
        "training.stages.gate",
        "training.stages.report",
    },
}


@cache
def modules() -> dict[str, frozenset[str]]:
    """What each module imports, names or takes from something, by whatever way it came there; and its constants."""
    found = {}
    for path in (path for package in ("training", "benchmarks") for path in (ROOT / package).rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        used = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
        used |= {node.id for node in nodes if isinstance(node, ast.Name)}
        used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        used |= {repr(node.value) for node in nodes if isinstance(node, ast.Constant)}
        found[".".join(path.relative_to(ROOT).with_suffix("").parts)] = frozenset(used)
    return found


def test_only_what_measures_asks_for_test_photos() -> None:
    asking = {name for name, used in modules().items() if {repr("test"), "read_splits"} <= used}
    assert asking - {"training.artifacts.files"} == ASKING


@pytest.mark.parametrize("table", OPENING)
def test_nobody_else_opens_the_tables(table: str) -> None:
    assert {name for name, used in modules().items() if table in used} == OPENING[table]


def test_the_document_names_them() -> None:
    page = (ROOT / "docs/measuring.md").read_text(encoding="utf-8")
    named = {name.split(".")[-1] for name in re.findall(r"`([\w.]+)`", page)}
    assert {"adapt", "embed", "evaluate", "stress_test", "gate"} <= named
