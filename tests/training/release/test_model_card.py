import pandas as pd
import pytest

from majani.model.bundle import CARD_FILE, SOURCES_FILE, Manifest
from tests.training.described import source
from tests.training.figures import figure
from training.places.rows import PlaceTable
from training.release.model_card import model_card

SOURCES = {
    "beans": source(
        "beans",
        licence="CC BY 4.0",
        taken_in={"Uganda": [1.4, 32.3]},
        doubts=["Taken in one garden.", "By one camera."],
    ),
    "weeds": source("weeds", classes={"*": {"to": "unknown_plant"}}, family="weeds", domain="web"),
    "secret": source("secret", licence="on request", redistributable=False),
    "unused": source("unused", licence="GPL-3.0", doubts=["Nobody looked."]),
}
HELD = [
    *(("beans", split) for split in ("train", "train", "val", "test", "leaks")),
    ("weeds", "test"),
    ("secret", "train"),
]
PHOTOS = pd.DataFrame(HELD, columns=["source", "split"])


FIGURE = figure(61.2, "beans: top-1", n=321, low=56.2, high=66.2, command="dvc repro evaluate")


PLACES = PlaceTable.model_validate(
    {
        "graded": {
            "fields": [
                {
                    **{"place": "far", "crop": "bean", "kind": "place", "crop_named": True, "several": False, "n": 50},
                    **{"conditions": 3, "refused": 0, "first": 41.7, "listed": 93.2, "length": 2, "sick": 40},
                    **{"grades": {"most_likely": {"share": 20, "right": 90}}, "called_healthy": {"most_likely": 1.3}},
                }
            ]
        }
    }
)


PROMOTED = "the gate said keep: no reason; by hand: a second place"


@pytest.fixture
def pages(tiny_manifest: Manifest) -> dict[str, str]:
    figures = {"beans.top1": FIGURE, "field.top1": FIGURE}
    (source,) = tiny_manifest.provenance.sources
    beans = source.model_copy(update={"id": "beans", "learned_by": ("network", "head")})
    provenance = tiny_manifest.provenance.model_copy(update={"sources": (beans,)})
    return model_card(
        tiny_manifest.model_copy(update={"provenance": provenance}),
        figures=figures,
        places=PLACES,
        sources=SOURCES,
        photos=PHOTOS,
        promoted=PROMOTED,
    )


@pytest.fixture
def card(pages: dict[str, str]) -> str:
    return pages[CARD_FILE]


def test_only_sources_with_photos_are_listed_with_counts_licence_and_doubts(pages: dict[str, str]) -> None:
    page = pages[SOURCES_FILE]
    lines = page.splitlines()
    assert {
        "| [beans](https://example.org/) | field | Uganda | 2 | 1 | 1 | 0 | network, head |",
        "| [weeds](https://example.org/) | web | unknown | 0 | 0 | 1 | 0 | – |",
        "| [secret](https://example.org/) | field | unknown | 1 | 0 | 0 | 0 | – |",
    } <= set(lines)
    assert "- **beans**: Taken in one garden. By one camera." in lines
    assert not [one for one in ("unused", "Nobody looked.", "- **weeds**") if one in page.partition("\n## Lic")[0]]
    for name, licence in (("beans", "CC BY 4.0"), ("weeds", "CC0-1.0"), ("secret", "on request")):
        (attribution,) = (line for line in lines if line.startswith(f"- **{name}**: The makers of {name}."))
        assert licence in attribution
        assert ("Not passed on" in attribution) == (not SOURCES[name].redistributable)


def test_places_that_nothing_was_learned_from_come_first_and_the_card_says_why_the_bundle_runs(
    card: str, pages: dict[str, str]
) -> None:
    shown = "61.2 % (56.2 – 66.2; 321) |  |  |"
    assert card.index("| bean | 3 | 1 | 41.7 | 93.2 | 20.0 | 90.0 | – | 1.3 |") < card.index(
        f"| all field sources | {shown}"
    )
    assert f"| beans | {shown}" in pages[SOURCES_FILE].splitlines()
    assert PROMOTED in card


def test_what_was_measured_with_other_heads_stands_apart(tiny_manifest: Manifest) -> None:
    figures = {"beans.top1": FIGURE, "outliers.weeds.refused": FIGURE, "weeds.top1": FIGURE}
    pages = model_card(tiny_manifest, figures=figures, places=PLACES, sources=SOURCES, photos=PHOTOS, promoted="")
    before, after = pages[SOURCES_FILE], pages[CARD_FILE].partition("### On what no class")[2]
    assert ("| beans | 61.2 %" in before, "| weeds | 61.2 %" in before) == (True, True)
    assert "| weeds | 61.2 % (56.2 – 66.2; 321) |  |" in after.splitlines()


def test_facts_come_from_the_manifest(card: str, pages: dict[str, str], tiny_manifest: Manifest) -> None:
    assert not {"{", "}"} & set("".join(pages.values())), "something is left to fill in"
    text = " ".join(card.split())
    assert f"bundle {tiny_manifest.version}" in text
    assert "which of 5 classes" in text
    assert "of 2 crops it shows" in text
    assert "best of all 7 classes" in pages[SOURCES_FILE]
    assert "together reach 0.5" in text
    assert tiny_manifest.model.sha256 in text
