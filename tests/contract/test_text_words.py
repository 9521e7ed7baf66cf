"""Words are found in every script, whole or by their beginning."""

import pytest

from tests.text_check import fold_to_gsm
from tests.text_words import find, pattern, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L'été, 10ml!", ["l", "ete", "10", "ml"]),
        ("छिड़काव करें।", ["छिडकाव", "करें"]),
        ("ম্যানকোজেব", ["ম্যানকোজেব"]),
        ("الأوراقُ", ["الاوراق"]),
        ("क\u094d\u200dष", ["क्ष"]),
        ("२१ दिन", ["२१", "दिन"]),
        ("", []),
    ],
    ids=["Latin", "nukta", "conjuncts", "hamza and vowel", "joiner", "digits", "nothing"],
)
def test_words_of_every_script(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("entries", "text", "hits"),
    [
        (["ml"], "html mlima ML", ["ml"]),
        (["spray*"], "Respray, spraying", ["spraying"]),
        (["lime sulphur*"], "lime; sulphurs", ["lime sulphurs"]),
        (["oil", "oils"], "soil oils", ["oils"]),
        ([], "anything", []),
    ],
    ids=["whole", "beginning", "phrase", "inside another word", "empty list"],
)
def test_words_are_found_whole_or_by_their_beginning(entries: list[str], text: str, hits: list[str]) -> None:
    assert list(find(pattern(entries), text)) == hits


@pytest.mark.parametrize(
    ("text", "folded"),
    [("São", "Sao"), ("où ñ é", "où ñ é"), ("cœur d’été", "coeur d'été"), ("ê\u00a0!", "e !"), ("हि", "हि")],
    ids=["tilde", "part of the alphabet", "ligature and quote", "hard space", "another script"],
)
def test_accents_are_folded_as_text_messages_need_it(text: str, folded: str) -> None:
    assert fold_to_gsm(text) == folded
