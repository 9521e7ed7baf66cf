"""What a language must hold to be spoken; the shipped ones are tested in ``tests/contract``."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from majani.errors import ErrorCode, LanguageError
from majani.text.language import parse_language
from tests.majani.conftest import refused
from tests.tiny_texts import LANGUAGE, TAXONOMY

Raw = dict[str, Any]


def changed(change: Callable[[Raw], Any]) -> Raw:
    raw = deepcopy(LANGUAGE)
    change(raw)
    return raw


def entry(raw: Raw) -> Raw:
    found: Raw = raw["advice"]["bean.rust"]
    return found


def test_names_and_advice_are_found_by_id() -> None:
    language = parse_language(LANGUAGE, TAXONOMY)
    assert (language.tag, language.name, language.direction) == ("sw", "Kiswahili", "ltr")
    assert language.names.crops["bean"].name == "Maharagwe"
    assert language.names.conditions["bean.rust"].local == ("Kutu ya maharage",)
    assert language.names.parents["rust"] == "kutu"
    assert language.advice["bean.rust"].today == ("Chuma majani.", "Yafukie.")


REFUSED: dict[str, Callable[[Raw], Any]] = {
    "tag in capitals": lambda raw: raw.update(tag="SW"),
    "tag with a name": lambda raw: raw.update(tag="kiswahili"),
    "tag is a path": lambda raw: raw.update(tag="../sw"),
    "no own name": lambda raw: raw.pop("name"),
    "empty own name": lambda raw: raw.update(name=""),
    "unknown direction": lambda raw: raw.update(direction="up"),
    "unknown field": lambda raw: raw.update(flag="tz"),
    "review as for facts": lambda raw: raw["review"].update(status="not_reviewed"),
    "reviewed by nobody": lambda raw: raw["review"].update(status="reviewed"),
    "reviewed on no day": lambda raw: raw["review"].update(status="reviewed", by="A. Mwalimu"),
    "drafted, yet by somebody": lambda raw: raw["review"].update(by="A. Mwalimu"),
    "crop without name": lambda raw: raw["names"]["crops"].pop("bean"),
    "unknown crop": lambda raw: raw["names"]["crops"].update(pea={"name": "Njegere", "local": []}),
    "condition without name": lambda raw: raw["names"]["conditions"].pop("bean.rust"),
    "empty name": lambda raw: raw["names"]["conditions"]["bean.rust"].update(name=""),
    "local names as one string": lambda raw: raw["names"]["crops"]["bean"].update(local="Maharage"),
    "parent without name": lambda raw: raw["names"]["parents"].pop("rust"),
    "condition without advice": lambda raw: raw["advice"].pop("bean.rust"),
    "advice about nothing": lambda raw: raw["advice"].update({"pea.rust": entry(raw)}),
    "advice without a key": lambda raw: entry(raw).pop("call"),
    "advice with another key": lambda raw: entry(raw).update(spray="Ndiyo."),
    "empty text": lambda raw: entry(raw).update(why=""),
    "nothing to do today": lambda raw: entry(raw).update(today=[]),
    "four things to do today": lambda raw: entry(raw).update(today=["x"] * 4),
    "text where a list belongs": lambda raw: entry(raw).update(today="Chuma majani."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_incomplete_or_odd_is_refused(name: str) -> None:
    with refused(LanguageError, ErrorCode.LANGUAGE_INVALID):
        parse_language(changed(REFUSED[name]), TAXONOMY)


def test_what_is_missing_is_named() -> None:
    renamed = changed(lambda raw: raw["advice"].update({"pea.rust": raw["advice"].pop("bean.rust")}))
    with pytest.raises(LanguageError, match=r"languages/sw/advice: missing \['bean.rust'\], unknown \['pea.rust'\]"):
        parse_language(renamed, TAXONOMY)


def test_what_a_language_lacks_is_said_in_english() -> None:
    english = parse_language(changed(lambda raw: raw.update(remarks={"ask_rain": "Rain?", "watch": "Look."})), TAXONOMY)
    lacking = changed(lambda raw: (raw.update(tag="sw", remarks={"watch": "Angalia."}), raw["advice"].pop("bean.rust")))
    found = parse_language(lacking, TAXONOMY, english)
    assert found.remarks == {"ask_rain": "Rain?", "watch": "Angalia."}
    assert (found.advice["bean.rust"], found.untranslated) == (english.advice["bean.rust"], {"bean.rust"})
