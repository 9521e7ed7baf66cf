"""A taxonomy of one crop with facts and one language about it, all made up: enough to see every code of advice."""

from collections.abc import Mapping
from typing import Any

from majani.decision.practice import View
from majani.taxonomy import parse_taxonomy
from majani.text.advice import Adviser, parse_facts
from majani.text.language import CAUSES, parse_language
from majani.text.practice import parse_practices

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
    condition: {
        "spread": "none" if condition == "bean.healthy" else "weeks",
        "sign": "rust",
        "cure": [] if condition == "bean.healthy" else ["hand"],
        "confused_with": ["bean.mosaic", "bean.wilt"] if condition == "bean.rust" else [],
        "sources": [{"title": "Beans", "publisher": "A university", "year": 2020, "link": "https://example.org/beans"}],
        "review": _NOT_REVIEWED,
        "practices": {"helps": {"Beans": ["weed"]}, "indifferent": ["water"]},
        "questions": {"bean.wilt": {"ratio": 3, "source": "Beans"}} if condition == "bean.rust" else {},
    }
    for condition in (*_CONDITIONS, *CAUSES)
}
PRACTICES: Mapping[str, Any] = {
    "weed": {"reversible": True, "free": True, "harmless": False},
    "water": {"reversible": True, "free": True, "harmless": False},
    "look": {"reversible": True, "free": True, "harmless": True},
}
LANGUAGE: Mapping[str, Any] = {
    "tag": "sw",
    "name": "Kiswahili",
    "direction": "ltr",
    "review": {"status": "machine_drafted", "by": None, "on": None},
    "practices": {"weed": "Palilia.", "water": "Mwagilia.", "look": "Tazama."},
    "views": {view.value: f"Piga picha: {view}." for view in View},
    "names": {
        "crops": {"bean": {"name": "Maharagwe", "local": []}},
        "conditions": {
            condition: {
                "name": f"Jina la {condition}",
                "local": ["Kutu ya maharage"] if condition == "bean.rust" else [],
            }
            for condition in _CONDITIONS
        },
        "causes": {cause: {"name": f"Jina la {cause}", "local": []} for cause in CAUSES},
        "parents": {"rust": "kutu", "virus": "virusi", "wilt_or_rot": "mnyauko"},
    },
    "advice": {
        condition: {
            "see": f"Tazama {condition}.",
            "why": "Mvua.",
            "today": ["Chuma majani.", "Yafukie."],
            "season": ["Palilia."],
            "next_season": ["Panda mbegu safi."],
            "call": "Piga simu.",
            "text_short": "Chuma majani.",
            **({"signs": ["Safu nzima."], "never": ["Usinunue."]} if condition in CAUSES else {}),
            "ask": {"bean.wilt": "Je, vumbi hutoka?"} if condition == "bean.rust" else {},
        }
        for condition in (*_CONDITIONS, *CAUSES)
    },
}


def tiny_adviser() -> Adviser:
    """The three together."""
    language = parse_language(LANGUAGE, TAXONOMY)
    return Adviser(TAXONOMY, parse_facts(FACTS, TAXONOMY), {language.tag: language}, parse_practices(PRACTICES))
