from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.training.described import source
from training.curation.groups import name_groups
from training.sources.description import Source, SourceError

FRAME = {"pattern": r"^(?P<series>[a-z]+)_(?P<frame>\d+)$", "max_gap": 1}
BARE_FRAME = {"pattern": r"(?P<frame>\d+)$", "max_gap": 3}
CLOCK = {"pattern": r"_(?P<time>\d{6})$", "max_gap": 2}


def grouped(photos: Iterable[tuple[Source, str]]) -> set[frozenset[str]]:
    """Names that share a group; alone is not together with anybody."""
    named = [(source, Path(relative)) for source, relative in photos]
    groups = [frozenset(str(named[position][1]) for position in group) for group in name_groups(named)]
    assert sum(len(group) for group in groups) <= len(named), "a photo in two groups"
    return {group for group in groups if len(group) > 1}


def together(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("patterns", "names", "expected"),
    [
        pytest.param([FRAME], ["a_1", "a_2", "a_3"], {together("a_1", "a_2", "a_3")}, id="a run is one group"),
        pytest.param([FRAME], ["a_1", "a_2", "a_4", "a_5"], {together("a_1", "a_2"), together("a_4", "a_5")}, id="gap"),
        pytest.param([FRAME], ["a_3", "a_1", "a_2"], {together("a_1", "a_2", "a_3")}, id="in any order"),
        pytest.param([FRAME], ["a_0009", "a_10"], {together("a_0009", "a_10")}, id="frames are numbers"),
        pytest.param([FRAME], ["a_1", "b_2"], set(), id="two series"),
        pytest.param([FRAME], ["a_1", "A_2", "a_2x", "leaf"], set(), id="names that do not match stand alone"),
        pytest.param([], ["a_1", "a_2"], set(), id="no pattern"),
        pytest.param([BARE_FRAME], ["x1", "y4", "z8"], {together("x1", "y4")}, id="no series is one series"),
        pytest.param([CLOCK], ["p_095959", "p_100001"], {together("p_095959", "p_100001")}, id="over the full hour"),
        pytest.param([CLOCK], ["p_100058", "p_100101"], set(), id="three seconds apart"),
        pytest.param([FRAME, BARE_FRAME], ["a_1", "A3", "A2"], {together("A3", "A2")}, id="first pattern that matches"),
    ],
)
def test_groups_by_name(patterns: list[dict[str, Any]], names: list[str], expected: set[frozenset[str]]) -> None:
    described = source(grouping=patterns)
    found = grouped((described, f"rusty/{name}.jpg") for name in names)
    assert {frozenset(Path(name).stem for name in group) for group in found} == expected


@pytest.mark.parametrize("held", ["test", "te\u0301st"], ids=["plain", "accents apart"])
def test_class_folders_and_sources_divide_and_split_folders_do_not(held: str) -> None:
    described, other = (source(name, grouping=[FRAME], layout="{split}/{class}/{file}") for name in ("beans", "peas"))
    names = ("train/rusty/a_1.jpg", f"{held}/rusty/a_2.jpg", "train/fine/a_2.jpg")
    photos = [*((described, name) for name in names), (other, "train/rusty/a_3.jpg")]
    assert grouped(photos) == {together("train/rusty/a_1.jpg", f"{held}/rusty/a_2.jpg")}


@pytest.mark.parametrize(
    "pattern", [r"(?P<frame>\w+)$", r"p(?P<frame>\d)?_", r"_(?P<time>\d+)$"], ids=["letters", "nothing", "short time"]
)
def test_a_pattern_that_finds_no_number_names_source_and_photo(pattern: str) -> None:
    with pytest.raises(SourceError, match=r"beans.*rusty/p_0959\.jpg"):
        grouped([(source(grouping=[{"pattern": pattern, "max_gap": 1}]), "rusty/p_0959.jpg")])
