"""The interface's sentences in every language."""

from collections.abc import Iterable, Iterator
from functools import cache
from gettext import c2py  # type: ignore[attr-defined]
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from babel.plural import PluralRule, to_gettext

from serving.i18n.messages import (
    CAUTION,
    EXPERT,
    EXPLANATIONS,
    HEADLINES,
    LABELS,
    PRODUCT,
    RETAKE,
    SOMETHING_ELSE,
    SPREAD,
    VERDICTS,
)
from serving.i18n.texts import read_yaml
from tests.sentences import extract
from tests.text_check import PLACEHOLDER, Finding, chemical_findings, read_words, text_findings
from tests.text_words import find, pattern

LANGUAGES = Path(__file__).parents[2] / "data/languages"
TAGS = sorted(folder.name for folder in LANGUAGES.iterdir() if folder.is_dir())
FORBIDDEN = read_yaml(LANGUAGES.parent / "advice/forbidden.yaml")
# Translations of these sentences must say "spray"; no other may.
ABOUT_PRODUCTS = {CAUTION, SOMETHING_ELSE, *PRODUCT.values()}


@cache
def catalog(tag: str) -> Catalog:
    with (LANGUAGES / tag / "interface.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """The sentence itself, or all forms of a plural."""
    return (text,) if isinstance(text, str) else tuple(text or ())


@pytest.mark.parametrize("tag", TAGS)
def test_every_sentence_is_translated_and_none_is_left_over(tag: str) -> None:
    own, all_said = ({forms(one.id) for one in said if one.id} for said in (catalog(tag), extract()))
    assert own == all_said, "run `make sentences`"
    assert [message.id for message in catalog(tag) if message.fuzzy or not all(forms(message.string))] == []


@pytest.mark.parametrize("tag", TAGS)
def test_translations_keep_to_the_rules(tag: str) -> None:
    findings = [one for message in catalog(tag) if message.id for one in message_findings(tag, message)]
    assert not findings, "\n".join(map(str, findings))


def message_findings(tag: str, message: Message) -> Iterator[Finding]:
    said, translated = forms(message.id), forms(message.string)
    where = f"{tag} interface: {said[0]}"
    yield from placeholder_findings(where, said, translated)
    if tag == "en" and translated != said:
        yield Finding("English", where, f"{translated}")
    for text in translated:
        yield from text_findings(where, text)
        yield from chemical_findings(where, text, FORBIDDEN)
        # A full sentence stays one, in the sign of its script.
        if (said[0][-1] == ".") != (text[-1] in ".।"):
            yield Finding("sentence", where, text)
        if said[0] not in ABOUT_PRODUCTS:
            yield from (
                Finding("forbidden", where, hit)
                for hit in find(pattern(read_words(LANGUAGES / tag / "forbidden.txt")), text)
            )


def placeholder_findings(where: str, said: tuple[str, ...], translated: tuple[str, ...]) -> Iterator[Finding]:
    """Placeholders that a translation lost, made up or misspelt.

    A form of a plural may do without the number ("one photo"), but not all of them.
    """
    expected, given = (set(PLACEHOLDER.findall(" ".join(texts))) for texts in (said, translated))
    if given != expected:
        yield Finding("placeholder", where, f"{sorted(expected)} -> {sorted(given)}")
    # A bare percent sign breaks a sentence that is filled in, and only that one.
    if expected and any("%" in PLACEHOLDER.sub("", form).replace("%%", "") for form in translated):
        yield Finding("placeholder", where, f"a bare % in {translated}")


def test_the_phone_app_says_what_the_page_says() -> None:
    """A sentence that was changed on one side only would be there twice, each said by one."""
    shared = (LABELS, HEADLINES, EXPLANATIONS, RETAKE, SPREAD, PRODUCT, VERDICTS, EXPERT)
    said = extract()
    for sentence in {one for sentences in shared for one in sentences.values()}:
        message = said.get(sentence)
        assert message is not None, sentence
        assert {file.split("/")[0] for file, _ in message.locations} == {"serving", "web"}, sentence


def test_templates_say_what_depends_on_a_number_through_the_code() -> None:
    """What a template would call on the catalogue itself is not found by the extraction, and stays English."""
    templates = Path(__file__).parents[2] / "serving/templates"
    assert [file.name for file in templates.glob("*.html") if "ngettext" in file.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("tag", TAGS)
def test_plural_rules_are_those_of_the_language(tag: str) -> None:
    """Numbers that the language's grammar tells apart get forms of their own, and only they."""
    rule, locale = c2py(catalog(tag).plural_expr), catalog(tag).locale
    assert locale is not None
    assert locale.language == tag.split("-", maxsplit=1)[0]
    pairs = {(locale.plural_form(number), rule(number)) for number in range(500)}
    told_apart = {category for category, _ in pairs}
    rules = {category: text for category, text in locale.plural_form.rules.items() if category in told_apart}
    right = f'write "Plural-Forms: {to_gettext(PluralRule(rules))}\\n"'
    assert len(told_apart) == len({form for _, form in pairs}) == len(pairs) == catalog(tag).num_plurals, right


@pytest.mark.parametrize("tag", TAGS)
def test_file_says_that_it_awaits_a_native_reader(tag: str) -> None:
    """The line goes when a native reader has read the file; then ``language.yaml`` names the reader."""
    reviewed = "status: reviewed" in (LANGUAGES / tag / "language.yaml").read_text(encoding="utf-8")
    assert ("native reader" in catalog(tag).header_comment) is not reviewed
