"""Sentences come from the translators' own files, and English stands in for what they lack."""

from pathlib import Path

import pytest

from majani.errors import ErrorCode, LanguageError
from serving.i18n.catalogue import Catalogue, load_catalogues

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
POLISH = (
    HEADER + '"Language: pl\\n"\n'
    '"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"\n'
    '\nmsgid "A leaf"\nmsgstr "Liść"\n'
    '\n#, fuzzy\nmsgid "A root"\nmsgstr "Pień"\n'
    '\nmsgid "A stem"\nmsgstr ""\n'
    '\nmsgid "%(count)d leaf"\nmsgid_plural "%(count)d leaves"\n'
    'msgstr[0] "%(count)d liść"\nmsgstr[1] "%(count)d liście"\nmsgstr[2] "%(count)d liści"\n'
)


def write(directory: Path, text: str, tag: str = "pl") -> Path:
    folder = directory / tag
    folder.mkdir()
    (folder / "interface.po").write_text(text, encoding="utf-8")
    return directory


@pytest.fixture
def polish(tmp_path: Path) -> Catalogue:
    return load_catalogues(write(tmp_path, POLISH))["pl"]


def test_english_stands_in_and_a_number_chooses_the_form(polish: Catalogue) -> None:
    # Translated, not confirmed, not translated, unknown.
    said = {"A leaf": "Liść", "A root": "A root", "A stem": "A stem", "A seed": "A seed"}
    assert {sentence: polish.gettext(sentence) for sentence in said} == said
    forms = {1: "%(count)d liść", 3: "%(count)d liście", 12: "%(count)d liści"}
    assert {number: polish.ngettext("%(count)d leaf", "%(count)d leaves", number) for number in forms} == forms


def test_a_phone_gets_every_sentence_and_every_form(polish: Catalogue) -> None:
    assert polish.messages() == {
        "A leaf": "Liść",
        "A root": "A root",
        "A stem": "A stem",
        "%(count)d leaves_one": "%(count)d liść",
        "%(count)d leaves_few": "%(count)d liście",
        "%(count)d leaves_many": "%(count)d liści",
    }


BROKEN = {
    "no catalogue": "A leaf: Liść\n",
    "no such encoding": POLISH.replace("utf-8", "utf-7½"),
    "no such rule": POLISH.replace("n==1 ?", "open(n) ?"),
    "no language": HEADER + '\nmsgid "A leaf"\nmsgstr "Liść"\n',
    "no such language": POLISH.replace("Language: pl", "Language: xq"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_file_is_refused_by_name(case: str, tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match=r"interface\.po") as raised:
        load_catalogues(write(tmp_path, BROKEN[case]))
    assert raised.value.code is ErrorCode.LANGUAGE_INVALID
