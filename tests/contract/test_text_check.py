"""Every rule about texts bites: one violation of each kind is planted into sound texts and found where it stands."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from majani.errors import LanguageError
from majani.text.advice import parse_facts
from majani.text.language import parse_language
from serving.i18n.texts import read_yaml
from tests.text_check import Finding, Texts, facts_findings, language_findings
from tests.tiny_texts import FACTS, LANGUAGE, TAXONOMY

FORBIDDEN = read_yaml(Path(__file__).parents[2] / "data/advice/forbidden.yaml")
OWN_WORDS = {"en": ["spray*"], "hi": ["छिड़काव*", "मि.ली.", "नीम का तेल"], "ar": ["رش*", "نحاس*"]}


def found(*planted: tuple[str, str, Any], **facts: Any) -> list[Finding]:
    """All findings in texts of a tiny taxonomy in which nothing else is wrong than these texts and facts on rust."""
    languages = {}
    for tag in OWN_WORDS:
        raw = deepcopy(LANGUAGE) | {"tag": tag}
        raw["advice"]["bean.rust"] |= {key: value for one, key, value in planted if one == tag}
        languages[tag] = parse_language(raw, TAXONOMY)
    known = parse_facts({**FACTS, "bean.rust": {**FACTS["bean.rust"], **facts}}, TAXONOMY)
    texts = Texts(known, languages, OWN_WORDS, FORBIDDEN)
    return [*facts_findings(texts), *(one for tag in languages for one in language_findings(texts, tag))]


def test_sound_texts_are_found_sound() -> None:
    assert found() == []


# Language, place in the advice on rust, what is put there, and the rule that it breaks.
PLANTED: dict[str, tuple[str, str, Any, str]] = {
    "blank text": ("en", "why", " ", "empty"),
    "draft": ("en", "why", "Nobody has written this yet.", "to do"),
    "question without a text": ("ar", "ask", {}, "questions"),
    # Length
    "long question": ("en", "ask.bean.wilt", {"bean.wilt": "x" * 121}, "long"),
    "long in English": ("en", "see", "x" * 241, "long"),
    "long in another language": ("ar", "call", "ا" * 241, "long"),
    "an item lost in translation": ("hi", "today", ["चुनें।"], "items"),
    "signs of a disease": ("en", "signs", ["x"], "items"),
    "long message in English": ("en", "text_short", "x" * 141, "long"),
    "long message with accents": ("hi", "text_short", "é" * 161, "long"),
    "long message in another script": ("ar", "text_short", "ا" * 71, "long"),
    "message long because of one character": ("hi", "text_short", "x" * 70 + "→", "long"),
    # Form
    "not composed": ("en", "why", "Cafe\u0301.", "nfc"),
    "blank at the end": ("en", "why", "Rain. ", "blank"),
    "two blanks": ("en", "why", "Rain.  Wind.", "blank"),
    "line break": ("en", "why", "Rain.\nWind.", "blank"),
    # Words of chemical control
    "forbidden beginning": ("en", "season[0]", ["Spraying helps."], "forbidden"),
    "forbidden with a vowel sign": ("hi", "why", "आज छिड़काव करें।", "forbidden"),
    "forbidden with dots": ("hi", "why", "कुछ मि.ली. डालें।", "forbidden"),
    "forbidden phrase": ("hi", "why", "नीम का तेल लगाएँ।", "forbidden"),
    "forbidden in Arabic": ("ar", "why", "ثم رشّ الأوراق.", "forbidden"),
    "forbidden with an article": ("ar", "why", "والنحاس.", "forbidden"),
    # Products
    "active ingredient": ("en", "why", "Use Mancozeb.", "product"),
    "active ingredient in another language": ("hi", "why", "Du mancozèbe.", "product"),
    "active ingredient in Hindi": ("hi", "why", "मैनकोज़ेब डालें।", "product"),
    "active ingredient in Bangla": ("hi", "why", "ম্যানকোজেব দিন।", "product"),
    "active ingredient with an article": ("ar", "why", "استعمل الأميداكلوبرايد", "product"),
    "product": ("en", "text_short", "Bean: RIDOMIL", "product"),
    # Doses
    "dose": ("en", "today[0]", ["Mix 20 g.", "Bury."], "dose"),
    "dose in one word": ("en", "why", "Take 10ml of it.", "dose"),
    "dose with the unit first": ("hi", "why", "Weka gramu 20.", "dose"),
    "dose in Hindi": ("hi", "why", "२ ग्राम डालें।", "dose"),
    "dose in Bangla": ("hi", "why", "২ গ্রাম দিন।", "dose"),
    "dose in Arabic": ("ar", "why", "أضف ٥ مل.", "dose"),
    "dose as a share": ("en", "why", "A 2 % solution.", "dose"),
    "rate in words": ("en", "why", "Two spoons per litre.", "dose"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_violation_is_found(name: str) -> None:
    tag, place, value, rule = PLANTED[name]
    findings = found((tag, re.split(r"\W", place)[0], value))
    assert (rule, f"{tag} bean.rust.{place}") in {(one.rule, one.where) for one in findings}, findings


def test_a_draft_of_a_source_is_found() -> None:
    draft = {"title": "To do", "publisher": "Beans", "year": None}
    findings = found(sources=[*FACTS["bean.rust"]["sources"], draft])
    assert [(one.rule, one.where) for one in findings] == [("to do", "facts.bean.rust.sources[1].title")]


def test_a_text_without_a_question_is_found() -> None:
    assert {(one.rule, one.where) for one in found(questions={})} == {
        ("questions", f"{tag} bean.rust.ask") for tag in OWN_WORDS
    }


def test_what_is_not_translated_is_found() -> None:
    raw = deepcopy(LANGUAGE)
    raw["advice"].pop("bean.rust")
    hindi = parse_language(raw | {"tag": "hi"}, TAXONOMY, parse_language({**LANGUAGE, "tag": "en"}, TAXONOMY))
    texts = Texts(parse_facts(FACTS, TAXONOMY), {"en": hindi, "hi": hindi}, {"hi": []}, FORBIDDEN)
    assert [(one.rule, one.where) for one in language_findings(texts, "hi")] == [("missing", "hi bean.rust")]


@pytest.mark.parametrize(
    "questions",
    [
        {"bean.wilt": {"ratio": 3, "source": "Peas"}},
        {"tomato.wilt": {"ratio": 3, "source": "Beans"}},
        {"bean.drought": {"ratio": 3, "source": "Beans"}},
        {"bean.healthy": {"ratio": 3, "source": "Beans"}},
        {"bean.wilt": {"ratio": 5, "source": "Beans"}},
        {"bean.wilt": {"ratio": 1, "source": "Beans"}},
    ],
    ids=["unknown source", "another crop", "unknown condition", "being healthy", "counts too much", "counts nothing"],
)
def test_a_question_that_makes_no_sense_is_refused(questions: dict[str, Any]) -> None:
    with pytest.raises(LanguageError, match=r"facts about bean\.rust"):
        found(questions=questions)


INNOCENT = {
    "years": "Rotate for 2 to 3 years.",
    "centimetres": "Plant 30 cm apart.",
    "times": "Look 2 times a week.",
    "harvest in Portuguese": "Olhe 2 vezes ao colher.",
    "spots in Spanish": "Vea 2 pintas.",
    "straw in Arabic": "فرش القش",
    "workshop in Arabic": "ورشة",
    "village in Bangla": "গ্রামের মাঠে",
    "black gram": "Black gram",
}


@pytest.mark.parametrize("name", INNOCENT)
def test_innocent_words_pass(name: str) -> None:
    assert found(*((tag, "why", INNOCENT[name]) for tag in OWN_WORDS)) == []
