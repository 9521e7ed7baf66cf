"""A taxonomy of one crop with facts and one language about it, all made up: enough to see every code of advice."""

from collections.abc import Mapping
from typing import Any

from majani.taxonomy import parse_taxonomy
from majani.text.advice import Adviser, parse_facts
from majani.text.language import parse_language

# Id to kind, parent, action.
_CONDITIONS = {
    "bean.rust": ("fungus", "rust", "spray"),
    "bean.mosaic": ("virus", "virus", "rogue_and_vector"),
    "bean.wilt": ("fungus", "wilt_or_rot", "sanitation"),
    "bean.greening": ("bacterium", "rust", "rogue_and_vector"),
    "bean.hunger": ("deficiency", "rust", "feed"),
    "bean.healthy": ("healthy", None, "nothing"),
}
TAXONOMY = parse_taxonomy(
    {
        "version": "2026.1",
        "crops": [{"id": "bean", "name": "Bean", "scientific": "Phaseolus vulgaris"}],
        "parents": [{"id": one, "name": one} for one in ("rust", "virus", "wilt_or_rot")],
        "conditions": [
            {"id": one, "crop": "bean", "names": [one], "kind": kind, "parent": parent, "action": action}
            for one, (kind, parent, action) in _CONDITIONS.items()
        ],
    }
)
_NOT_REVIEWED = {"status": "not_reviewed", "by": None, "on": None}
FACTS: Mapping[str, Any] = {
    one: {
        "spread": "none" if one == "bean.healthy" else "weeks",
        "sign": "rust",
        "cure": [] if one == "bean.healthy" else ["hand"],
        "confused_with": ["bean.mosaic", "bean.wilt"] if one == "bean.rust" else [],
        "sources": [{"title": "Beans", "publisher": "A university", "year": 2020, "link": "https://example.org/beans"}],
        "review": _NOT_REVIEWED,
        "questions": {"bean.wilt": {"ratio": 3, "source": "Beans"}} if one == "bean.rust" else {},
    }
    for one in _CONDITIONS
}
LANGUAGE: Mapping[str, Any] = {
    "tag": "sw",
    "name": "Kiswahili",
    "direction": "ltr",
    "review": {"status": "machine_drafted", "by": None, "on": None},
    "names": {
        "crops": {"bean": {"name": "Maharagwe", "local": []}},
        "conditions": {
            one: {"name": f"Jina la {one}", "local": ["Kutu ya maharage"] if one == "bean.rust" else []}
            for one in _CONDITIONS
        },
        "parents": {"rust": "kutu", "virus": "virusi", "wilt_or_rot": "mnyauko"},
    },
    "advice": {
        one: {
            "see": f"Tazama {one}.",
            "why": "Mvua.",
            "today": ["Chuma majani.", "Yafukie."],
            "season": ["Palilia."],
            "next_season": ["Panda mbegu safi."],
            "call": "Piga simu.",
            "text_short": "Chuma majani.",
            "ask": {"bean.wilt": "Je, vumbi hutoka?"} if one == "bean.rust" else {},
        }
        for one in _CONDITIONS
    },
}


def tiny_adviser() -> Adviser:
    """The three together."""
    language = parse_language(LANGUAGE, TAXONOMY)
    return Adviser(TAXONOMY, parse_facts(FACTS, TAXONOMY), {language.tag: language})
