"""Sentences come from the translators' own files, and English stands in for what they lack."""

from pathlib import Path

import pytest

from majani.errors import ErrorCode, LanguageError
from serving.i18n.catalogue import load_catalogues

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


BROKEN = {
    "no catalogue": "A leaf: Liść\n",
    "no such encoding": POLISH.replace("utf-8", "utf-7½"),
    "no such rule": POLISH.replace("n==1 ?", "open(n) ?"),
    "no language": HEADER + '\nmsgid "A leaf"\nmsgstr "Liść"\n',
    "no such language": POLISH.replace("Language: pl", "Language: xq"),
}


def write(directory: Path, text: str) -> Path:
    (directory / "pl").mkdir()
    (directory / "pl/interface.po").write_text(text, encoding="utf-8")
    return directory


def test_english_stands_in_and_a_number_chooses_the_form_also_on_a_phone(tmp_path: Path) -> None:
    polish = load_catalogues(write(tmp_path, POLISH))["pl"]
    # Translated, not confirmed, not translated, unknown.
    said = {"A leaf": "Liść", "A root": "A root", "A stem": "A stem", "A seed": "A seed"}
    assert {sentence: polish.gettext(sentence) for sentence in said} == said
    forms = {1: "%(count)d liść", 3: "%(count)d liście", 12: "%(count)d liści"}
    assert {number: polish.ngettext("%(count)d leaf", "%(count)d leaves", number) for number in forms} == forms
    del said["A seed"]
    assert polish.messages() == said | {
        "%(count)d leaves_one": forms[1],
        "%(count)d leaves_few": forms[3],
        "%(count)d leaves_many": forms[12],
    }


@pytest.mark.parametrize("case", BROKEN)
def test_broken_file_is_refused_by_name(case: str, tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match=r"interface\.po") as raised:
        load_catalogues(write(tmp_path, BROKEN[case]))
    assert raised.value.code is ErrorCode.LANGUAGE_INVALID
