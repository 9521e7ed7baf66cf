"""What every text has to keep to beyond what the core checks at every start, as functions that report all they find.

They stand beside the tests and not in the core: nothing that answers a farmer needs them, and a phone should not carry
them. ``tests/contract/test_texts.py`` applies them to what is shipped; ``tests/contract/test_text_check.py`` plants one
violation of each kind and sees that it is caught.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from majani.taxonomy import parse_taxonomy
from majani.text.advice import Facts, parse_facts
from majani.text.language import CAUSES, ENGLISH, AdviceText, Language
from serving.i18n.texts import ADVICE_DIR, LANGUAGES_DIR, TAXONOMY_FILE, read_by_crop, read_languages, read_yaml
from serving.messaging.short_message import fold, segments
from tests.text_words import find, find_doses, pattern

LISTS = ("today", "season", "next_season")
# Other causes have these, and only they; a leaflet on one page has no room for more.
MOST_ITEMS = {"signs": 7, "never": 3}
# What may name chemicals: a leaflet about herbicide, and what keeps people from spraying.
_MAY_NAME_CHEMICALS = re.compile(r"other_causes\.(herbicide|\w+\.never)\b")
# Characters per field (for a list, per item): on a small screen, and read aloud, longer ones lose the reader.
# Translations may be longer than English, which is short among the eight languages.
ENGLISH_LIMITS = {"see": 240, "why": 200, "call": 160, **dict.fromkeys((*LISTS, *MOST_ITEMS, "ask"), 120)}
LIMITS = {"see": 340, "why": 300, "call": 240, **dict.fromkeys((*LISTS, *MOST_ITEMS, "ask"), 180)}
# In a text message English leaves room for the sender.
ENGLISH_MESSAGE = 140
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
# How training.sources.new_crop marks what nobody has written yet.
DRAFTS = ("To do", "Nobody has written this yet")
# Two in a row, or any but the plain one and those that French sets before ":" and "?".
_ODD_BLANK = re.compile("\\s\\s|[^\\S \u00a0\u202f]")


class Finding(NamedTuple):
    """One violation: which rule, where, and what stands there."""

    rule: str
    where: str
    what: str


@dataclass(frozen=True)
class Texts:
    """What the core has read and found whole, with the words that no text may have: each language's own, and all's."""

    facts: Mapping[str, Facts]
    languages: Mapping[str, Language]
    own_words: Mapping[str, Sequence[str]]
    forbidden: Mapping[str, Any]


def read_texts(directory: Path) -> Texts:
    taxonomy = parse_taxonomy(read_yaml(directory / TAXONOMY_FILE))
    languages = read_languages(directory / LANGUAGES_DIR, taxonomy)
    return Texts(
        parse_facts(read_by_crop(directory / ADVICE_DIR, taxonomy), taxonomy),
        languages,
        {tag: read_words(directory / LANGUAGES_DIR / tag / "forbidden.txt") for tag in languages},
        read_yaml(directory / ADVICE_DIR / "forbidden.yaml"),
    )


def facts_findings(texts: Texts) -> Iterator[Finding]:
    """What is wrong with the facts: nobody has written them yet."""
    for where, text in strings("facts", {id_: known.model_dump() for id_, known in texts.facts.items()}):
        if text.startswith(DRAFTS):
            yield Finding("to do", where, text)


def language_findings(texts: Texts, tag: str) -> Iterator[Finding]:
    """What is wrong with the names and advice of one language."""
    language = texts.languages[tag]
    for id_ in sorted(language.untranslated):
        yield Finding("missing", f"{tag} {id_}", "all of it")
    for id_, advice in language.advice.items():
        yield from _entry_findings(f"{tag} {id_}", advice, texts.languages[ENGLISH].advice[id_], texts.facts[id_])
    own = pattern(texts.own_words[tag])
    for where, text in all_texts(language):
        yield from text_findings(where, text)
        yield from chemical_findings(where, text, texts.forbidden)
        if not _MAY_NAME_CHEMICALS.search(where):
            yield from (Finding("forbidden", where, hit) for hit in find(own, text))


def text_findings(where: str, text: str) -> Iterator[Finding]:
    """What is wrong with the form of one text."""
    if not text.strip():
        yield Finding("empty", where, repr(text))
    if text.startswith(DRAFTS):
        yield Finding("to do", where, text)
    if text != unicodedata.normalize("NFC", text):
        yield Finding("nfc", where, text)
    if text != text.strip() or _ODD_BLANK.search(text):
        yield Finding("blank", where, repr(text))


def chemical_findings(where: str, text: str, forbidden: Mapping[str, Any]) -> Iterator[Finding]:
    """Products and doses that ``forbidden.yaml`` names for all languages."""
    units, rates = pattern(forbidden["doses"]["units"]), pattern(forbidden["doses"]["rates"])
    yield from (Finding("product", where, hit) for hit in find(pattern(named_words(forbidden)), text))
    yield from (Finding("dose", where, hit) for hit in find_doses(units, rates, text))


def all_texts(language: Language) -> Iterator[tuple[str, str]]:
    """Every string of a language with the place where it stands."""
    said = language.model_dump(include={"names", "advice", "practices", "views", "remarks"})
    for part, content in (said.pop("advice") | said).items():
        yield from strings(f"{language.tag} {part}", content)


def named_words(forbidden: Mapping[str, Any]) -> list[str]:
    """Active ingredients and products of all groups of ``forbidden.yaml``."""
    return [word for group in forbidden["groups"].values() for word in group["words"]]


def strings(where: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every string in nested mappings and lists, with the place where it stands."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from strings(f"{where}.{key}", one)
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from strings(f"{where}[{number}]", one)


def _entry_findings(where: str, advice: AdviceText, english: AdviceText, facts: Facts) -> Iterator[Finding]:
    tag, id_ = where.split(" ")
    for key, most in MOST_ITEMS.items():
        items = len(getattr(advice, key))
        if not (1 <= items <= most if id_ in CAUSES else items == 0):
            yield Finding("items", f"{where}.{key}", f"{items} items")
    if advice.ask.keys() != facts.questions.keys():
        yield Finding("questions", f"{where}.ask", f"{[*advice.ask]}, in the facts {[*facts.questions]}")
    for key, limit in (ENGLISH_LIMITS if tag == ENGLISH else LIMITS).items():
        own, original = (list(strings(f"{where}.{key}", getattr(one, key))) for one in (advice, english))
        if len(own) != len(original):
            yield Finding("items", f"{where}.{key}", f"{len(own)} items, in English {len(original)}")
        yield from (Finding("long", place, f"{len(text)} > {limit}") for place, text in own if len(text) > limit)
    message = fold(advice.text_short)
    if len(segments(message)) > 1 or (tag == ENGLISH and len(message) > ENGLISH_MESSAGE):
        yield Finding("long", f"{where}.text_short", f"{len(message)}: {message!r}")


def read_words(file: Path) -> list[str]:
    """A language's own words of chemical control."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
