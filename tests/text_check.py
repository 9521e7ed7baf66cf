"""What every text has to keep to, as plain functions that report all they find.

They stand beside the tests and not in the core: nothing that answers a farmer needs them, and a phone should not carry
them. ``tests/contract/test_texts.py`` applies them to what is shipped; ``tests/contract/test_text_check.py`` plants one
violation of each kind and sees that it is caught. That everything is there and of the right form is checked by the core
itself, at every start; here it is reported for all files at once.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from majani.taxonomy import Taxonomy, parse_taxonomy
from majani.text.advice import Facts, contradictions
from majani.text.language import CAUSES, ENGLISH
from serving.i18n.texts import ADVICE_DIR, LANGUAGES_DIR, NAMES_FILE, PRACTICES_FILE, TAXONOMY_FILE, read_yaml
from tests.text_words import find, find_doses, pattern

FORBIDDEN_FILE = "forbidden.yaml"
FORBIDDEN_WORDS_FILE = "forbidden.txt"
WORDING_FILE = "wording.yaml"
LISTS = ("today", "season", "next_season")
KEYS = ("see", "why", *LISTS, "call", "text_short")
# Other causes have these too; a leaflet on one page has no room for more.
MOST_ITEMS = {"signs": 7, "never": 3}
# What may name chemicals: a leaflet about herbicide, and what keeps people from spraying.
_MAY_NAME_CHEMICALS = re.compile(r"other_causes\.(herbicide|\w+\.never)\b")
# Characters per field (for a list, per item): on a small screen, and read aloud, longer ones lose the reader.
# Translations may be longer than English, which is short among the eight languages.
ENGLISH_LIMITS = {"see": 240, "why": 200, "call": 160, **dict.fromkeys((*LISTS, *MOST_ITEMS, "ask"), 120)}
LIMITS = {"see": 340, "why": 300, "call": 240, **dict.fromkeys((*LISTS, *MOST_ITEMS, "ask"), 180)}
# One text message: 160 characters of the GSM alphabet (English leaves room for the sender), or 70 of any other.
GSM_LENGTH, ENGLISH_GSM_LENGTH, UCS2_LENGTH = 160, 140, 70
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# How training.sources.new_crop marks what nobody has written yet.
DRAFTS = ("To do", "Nobody has written this yet")
# Two in a row, or any but the plain one and those that French sets before ":" and "?".
_ODD_BLANK = re.compile("\\s\\s|[^\\S \u00a0\u202f]")
_OUTSIDE_GSM = {"’": "'", "œ": "oe", "Œ": "OE"}


class Finding(NamedTuple):
    """One violation: which rule, where, and what stands there."""

    rule: str
    where: str
    what: str


@dataclass(frozen=True)
class RawLanguage:
    """A language as its files have it, without any check."""

    names: Mapping[str, Any]
    advice: Mapping[str, Any]
    forbidden: tuple[str, ...]
    wording: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RawTexts:
    """The folder of texts as its files have it."""

    taxonomy: Taxonomy
    facts: Mapping[str, Any]
    languages: Mapping[str, RawLanguage]
    forbidden: Mapping[str, Any] = field(default_factory=lambda: {"groups": {}, "doses": {"units": [], "rates": []}})

    @property
    def condition_ids(self) -> list[str]:
        return [condition.id for condition in self.taxonomy.conditions]


def read_texts(directory: Path) -> RawTexts:
    """Read the folder as far as it can be read; a missing file is a missing entry."""
    taxonomy = parse_taxonomy(read_yaml(directory / TAXONOMY_FILE))
    folders = [path for path in (directory / LANGUAGES_DIR).iterdir() if path.is_dir()]
    return RawTexts(
        taxonomy=taxonomy,
        facts=_by_crop(directory / ADVICE_DIR),
        languages={folder.name: _read_language(folder) for folder in sorted(folders)},
        forbidden=read_yaml(directory / ADVICE_DIR / FORBIDDEN_FILE),
    )


def findings(texts: RawTexts) -> Iterator[Finding]:
    """Everything that is wrong."""
    yield from facts_findings(texts)
    for tag in texts.languages:
        yield from language_findings(texts, tag)


def facts_findings(texts: RawTexts) -> Iterator[Finding]:
    """What is wrong with the facts: missing, without source, against the taxonomy, or not understood."""
    conditions = {condition.id: condition for condition in texts.taxonomy.conditions}
    yield from _gaps_by_crop("data/advice", set(texts.facts), {*conditions, *CAUSES})
    for id_ in texts.facts.keys() & {*conditions, *CAUSES}:
        yield from (
            Finding("to do", f"data/advice/{id_.split('.')[0]}.yaml", where)
            for where, text in strings(id_, texts.facts[id_])
            if text.startswith(DRAFTS)
        )
        try:
            facts = Facts.model_validate(texts.facts[id_])
        except ValidationError as error:
            for one in error.errors():
                yield Finding("facts", f"facts {id_}.{'.'.join(map(str, one['loc']))}", one["msg"])
            continue
        if id_ in conditions:
            for contradiction in contradictions(conditions[id_], facts, set(conditions)):
                yield Finding("facts", f"facts {id_}", contradiction)
        elif facts.sign is None:
            yield Finding("facts", f"facts {id_}", "has no drawing")


def language_findings(texts: RawTexts, tag: str) -> Iterator[Finding]:
    """What is wrong with the names and advice of one language."""
    language = texts.languages[tag]
    expected = {
        "crops": {crop.id for crop in texts.taxonomy.crops},
        "conditions": set(texts.condition_ids),
        "causes": set(CAUSES),
        "parents": {parent.id for parent in texts.taxonomy.parents},
    }
    for part, ids in expected.items():
        yield from _gaps(f"data/languages/{tag}/names.yaml: {part}", set(language.names.get(part, {})), ids)
    yield from _gaps_by_crop(f"data/languages/{tag}/advice", set(language.advice), {*texts.condition_ids, *CAUSES})
    for condition_id, entry in language.advice.items():
        asked = set(texts.facts.get(condition_id, {}).get("questions", {}))
        keys = {*KEYS, *(MOST_ITEMS if condition_id in CAUSES else ())}
        yield from _entry_findings(f"{tag} {condition_id}", tag, entry, _english(texts, condition_id), asked, keys)
    own, named = pattern(language.forbidden), pattern(named_words(texts.forbidden))
    units, rates = pattern(texts.forbidden["doses"]["units"]), pattern(texts.forbidden["doses"]["rates"])
    for where, text in all_texts(tag, language):
        yield from text_findings(where, text)
        if not _MAY_NAME_CHEMICALS.search(where):
            yield from (Finding("forbidden", where, hit) for hit in find(own, text))
        yield from (Finding("product", where, hit) for hit in find(named, text))
        yield from (Finding("dose", where, hit) for hit in find_doses(units, rates, text))


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


def all_texts(tag: str, language: RawLanguage) -> Iterator[tuple[str, str]]:
    """Every string of a language with the place where it stands."""
    yield from strings(f"{tag} names", language.names)
    for condition_id, entry in language.advice.items():
        yield from strings(f"{tag} {condition_id}", entry)


def named_words(forbidden: Mapping[str, Any]) -> list[str]:
    """Active ingredients and products of all groups of ``forbidden.yaml``."""
    return [word for group in forbidden["groups"].values() for word in group["words"]]


def fold_to_gsm(text: str) -> str:
    """A text as a text message carries it: accents that the GSM alphabet lacks are taken off."""
    return "".join(char if char in GSM else _OUTSIDE_GSM.get(char, _without_accents(char)) for char in text)


def _entry_findings(
    where: str, tag: str, entry: Any, english: Mapping[str, Any], asked: set[str], keys: set[str]
) -> Iterator[Finding]:
    if not isinstance(entry, dict):
        yield Finding("missing", where, "all of it")
        return
    yield from _gaps(where, set(entry) - {"ask"}, keys)
    yield from _gaps(f"{where}.ask", set(entry.get("ask", {})), asked)
    limits = ENGLISH_LIMITS if tag == ENGLISH else LIMITS
    for key, limit in limits.items():
        items = _items(entry.get(key))
        if key in (*LISTS, *(keys & MOST_ITEMS.keys())) and not 1 <= len(items) <= MOST_ITEMS.get(key, 3):
            yield Finding("items", f"{where}.{key}", f"{len(items)} items")
        if key in english and len(items) != len(_items(english[key])):
            yield Finding("items", f"{where}.{key}", f"{len(items)} items, in English {len(_items(english[key]))}")
        yield from (Finding("long", f"{where}.{key}", f"{len(item)} > {limit}") for item in items if len(item) > limit)
    yield from _message_findings(f"{where}.text_short", tag, str(entry.get("text_short", "")))


def _message_findings(where: str, tag: str, text: str) -> Iterator[Finding]:
    folded = fold_to_gsm(text)
    is_gsm = set(folded) <= GSM
    limit = (ENGLISH_GSM_LENGTH if tag == ENGLISH else GSM_LENGTH) if is_gsm else UCS2_LENGTH
    if len(folded if is_gsm else text) > limit:
        odd = "" if is_gsm else f", because of {sorted(set(folded) - GSM)}"
        yield Finding("long", where, f"{len(folded if is_gsm else text)} > {limit}{odd}")


def _gaps(where: str, given: set[str], expected: set[str]) -> Iterator[Finding]:
    yield from (Finding("missing", where, one) for one in sorted(expected - given))
    yield from (Finding("unknown", where, one) for one in sorted(given - expected))


def _gaps_by_crop(folder: str, given: set[str], expected: set[str]) -> Iterator[Finding]:
    for crop in sorted({id_.split(".")[0] for id_ in given | expected}):
        own = [{id_ for id_ in ids if id_.split(".")[0] == crop} for ids in (given, expected)]
        yield from _gaps(f"{folder}/{crop}.yaml", *own)


def _english(texts: RawTexts, condition_id: str) -> Mapping[str, Any]:
    entry = texts.languages[ENGLISH].advice.get(condition_id) if ENGLISH in texts.languages else None
    return entry if isinstance(entry, dict) else {}


def _items(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [str(one) for one in value.values()]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value is not None else []


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


def _without_accents(char: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))


def _read_language(folder: Path) -> RawLanguage:
    listed = folder / FORBIDDEN_WORDS_FILE
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    return RawLanguage(
        names=read_yaml(folder / NAMES_FILE) if (folder / NAMES_FILE).exists() else {},
        advice=_by_crop(folder / ADVICE_DIR),
        forbidden=tuple(line.strip() for line in lines if line.strip() and not line.startswith("#")),
        wording=read_yaml(folder / WORDING_FILE) if (folder / WORDING_FILE).exists() else None,
    )


def _by_crop(directory: Path) -> dict[str, Any]:
    files = [file for file in sorted(directory.glob("*.yaml")) if file.name not in (FORBIDDEN_FILE, PRACTICES_FILE)]
    return {condition_id: entry for file in files for condition_id, entry in read_yaml(file).items()}
