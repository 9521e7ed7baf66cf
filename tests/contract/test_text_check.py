"""Every rule about texts bites: one violation of each kind is planted into sound texts and found where it stands."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from serving.i18n.texts import read_yaml
from tests.text_check import RawLanguage, RawTexts, findings
from tests.tiny_texts import FACTS, LANGUAGE, TAXONOMY

ROOT = Path(__file__).parents[2]
FORBIDDEN = read_yaml(ROOT / "data/advice/forbidden.yaml")


def sound() -> RawTexts:
    """Texts of a tiny taxonomy in which nothing is wrong; each call makes new ones."""

    def language(*forbidden: str) -> RawLanguage:
        return RawLanguage(deepcopy(LANGUAGE["names"]), deepcopy(LANGUAGE["advice"]), forbidden)

    languages = {
        "en": language("spray*"),
        "hi": language("छिड़काव*", "मि.ली.", "नीम का तेल"),
        "ar": language("رش*", "نحاس*"),
    }
    return RawTexts(TAXONOMY, deepcopy(FACTS), languages, FORBIDDEN)


def rust(texts: RawTexts, tag: str) -> dict[str, Any]:
    entry = texts.languages[tag].advice["bean.rust"]
    assert isinstance(entry, dict)
    return entry


def put(tag: str, key: str, value: Any) -> Callable[[RawTexts], None]:
    """Plants a text into the advice on rust."""
    return lambda texts: rust(texts, tag).update({key: value})


def put_fact(condition_id: str, **facts: Any) -> Callable[[RawTexts], None]:
    return lambda texts: texts.facts[condition_id].update(facts)


def put_question(about: str = "bean.wilt", **facts: Any) -> Callable[[RawTexts], None]:
    return put_fact("bean.rust", questions={about: {"ratio": 3, "source": "Beans", **facts}})


PLANTED: dict[str, tuple[Callable[[RawTexts], Any], str, str]] = {
    # What is missing or left over
    "condition without facts": (lambda t: t.facts.pop("bean.rust"), "missing", "data/advice/bean.yaml"),
    "condition without advice": (
        lambda t: t.languages["hi"].advice.pop("bean.rust"),
        "missing",
        "data/languages/hi/advice/bean.yaml",
    ),
    "advice without a key": (lambda t: rust(t, "ar").pop("call"), "missing", "ar bean.rust"),
    "advice with another key": (put("ar", "spray", "No."), "unknown", "ar bean.rust"),
    "condition without a name": (
        lambda t: t.languages["hi"].names["conditions"].pop("bean.rust"),
        "missing",
        "data/languages/hi/names.yaml: conditions",
    ),
    "empty text": (put("en", "why", ""), "empty", "en bean.rust.why"),
    "draft": (put("en", "why", "Nobody has written this yet."), "to do", "en bean.rust.why"),
    # Facts
    "draft of a source": (
        put_fact("bean.rust", sources=[{"title": "To do", "publisher": "To do", "year": None}]),
        "to do",
        "data/advice/bean.yaml",
    ),
    "no source": (put_fact("bean.rust", sources=[]), "facts", "facts bean.rust.sources"),
    "question without a known source": (put_question(source="Peas"), "facts", "facts bean.rust"),
    "question about another crop": (put_question("tomato.wilt"), "facts", "facts bean.rust"),
    "question about an unknown condition": (put_question("bean.drought"), "facts", "facts bean.rust"),
    "question about being healthy": (put_question("bean.healthy"), "facts", "facts bean.rust"),
    "reply that counts too much": (put_question(ratio=5), "facts", "facts bean.rust.questions.bean.wilt.ratio"),
    "reply that counts nothing": (put_question(ratio=1), "facts", "facts bean.rust.questions.bean.wilt.ratio"),
    "question without a text": (put("ar", "ask", {}), "missing", "ar bean.rust.ask"),
    "text without a question": (lambda t: t.facts["bean.rust"].pop("questions"), "unknown", "hi bean.rust.ask"),
    # Length
    "long question": (put("en", "ask", {"bean.wilt": "x" * 121}), "long", "en bean.rust.ask"),
    "long in English": (put("en", "see", "x" * 241), "long", "en bean.rust.see"),
    "long in another language": (put("ar", "call", "ا" * 241), "long", "ar bean.rust.call"),
    "four items": (lambda t: [put(tag, "today", ["x"] * 4)(t) for tag in t.languages], "items", "en bean.rust.today"),
    "an item lost in translation": (put("hi", "today", ["चुनें।"]), "items", "hi bean.rust.today"),
    "long message in English": (put("en", "text_short", "x" * 141), "long", "en bean.rust.text_short"),
    "long message with accents": (put("hi", "text_short", "é" * 161), "long", "hi bean.rust.text_short"),
    "long message in another script": (put("ar", "text_short", "ا" * 71), "long", "ar bean.rust.text_short"),
    "message long because of one character": (
        put("hi", "text_short", "x" * 70 + "→"),
        "long",
        "hi bean.rust.text_short",
    ),
    # Form
    "not composed": (put("en", "why", "Cafe\u0301."), "nfc", "en bean.rust.why"),
    "blank at the end": (put("en", "why", "Rain. "), "blank", "en bean.rust.why"),
    "two blanks": (put("en", "why", "Rain.  Wind."), "blank", "en bean.rust.why"),
    "line break": (put("en", "why", "Rain.\nWind."), "blank", "en bean.rust.why"),
    # Words of chemical control
    "forbidden beginning": (put("en", "season", ["Spraying helps."]), "forbidden", "en bean.rust.season[0]"),
    "forbidden with a vowel sign": (put("hi", "why", "आज छिड़काव करें।"), "forbidden", "hi bean.rust.why"),
    "forbidden with dots": (put("hi", "why", "कुछ मि.ली. डालें।"), "forbidden", "hi bean.rust.why"),
    "forbidden phrase": (put("hi", "why", "नीम का तेल लगाएँ।"), "forbidden", "hi bean.rust.why"),
    "forbidden in Arabic": (put("ar", "why", "ثم رشّ الأوراق."), "forbidden", "ar bean.rust.why"),
    # Products
    "active ingredient": (put("en", "why", "Use Mancozeb."), "product", "en bean.rust.why"),
    "active ingredient in another language": (put("hi", "why", "Du mancozèbe."), "product", "hi bean.rust.why"),
    "active ingredient in Hindi": (put("hi", "why", "मैनकोज़ेब डालें।"), "product", "hi bean.rust.why"),
    "active ingredient in Bangla": (put("hi", "why", "ম্যানকোজেব দিন।"), "product", "hi bean.rust.why"),
    "forbidden with an article": (put("ar", "why", "والنحاس."), "forbidden", "ar bean.rust.why"),
    "active ingredient with an article": (put("ar", "why", "استعمل الأميداكلوبرايد"), "product", "ar bean.rust.why"),
    "product": (put("en", "text_short", "Bean: RIDOMIL"), "product", "en bean.rust.text_short"),
    # Doses
    "dose": (put("en", "today", ["Mix 20 g.", "Bury."]), "dose", "en bean.rust.today[0]"),
    "dose in one word": (put("en", "why", "Take 10ml of it."), "dose", "en bean.rust.why"),
    "dose with the unit first": (put("hi", "why", "Weka gramu 20."), "dose", "hi bean.rust.why"),
    "dose in Hindi": (put("hi", "why", "२ ग्राम डालें।"), "dose", "hi bean.rust.why"),
    "dose in Bangla": (put("hi", "why", "২ গ্রাম দিন।"), "dose", "hi bean.rust.why"),
    "dose in Arabic": (put("ar", "why", "أضف ٥ مل."), "dose", "ar bean.rust.why"),
    "dose as a share": (put("en", "why", "A 2 % solution."), "dose", "en bean.rust.why"),
    "rate in words": (put("en", "why", "Two spoons per litre."), "dose", "en bean.rust.why"),
}


def test_sound_texts_are_found_sound() -> None:
    assert list(findings(sound())) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_violation_is_found(name: str) -> None:
    plant, rule, where = PLANTED[name]
    texts = sound()
    plant(texts)
    found = list(findings(texts))
    assert (rule, where) in {(one.rule, one.where) for one in found}, found


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
    texts = sound()
    for tag in texts.languages:
        put(tag, "why", INNOCENT[name])(texts)
    assert list(findings(texts)) == []
