"""The interface's sentences in every language."""

from functools import cache
from gettext import c2py  # type: ignore[attr-defined]
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
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
from tests.interface_check import forms, interface_findings
from tests.sentences import extract
from tests.text_check import read_words
from tests.text_words import find, pattern

LANGUAGES = Path(__file__).parents[2] / "data/languages"
TAGS = sorted(folder.name for folder in LANGUAGES.iterdir() if folder.is_dir())
# Translations of these sentences must say "spray"; no other may.
ABOUT_PRODUCTS = {CAUTION, SOMETHING_ELSE, *PRODUCT.values()}


@cache
def catalog(tag: str) -> Catalog:
    with (LANGUAGES / tag / "interface.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def sentences(said: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """All forms of each sentence, and of its translation."""
    return {forms(message.id): forms(message.string) for message in said if message.id}


@pytest.mark.parametrize("tag", TAGS)
def test_every_sentence_is_translated_and_none_is_left_over(tag: str) -> None:
    forbidden = read_yaml(LANGUAGES.parent / "advice/forbidden.yaml")
    findings = interface_findings(tag, catalog(tag), extract(), forbidden)
    assert "\n".join(f"{one.where}: {one.rule}: {one.what}" for one in findings) == ""
    assert sentences(catalog(tag)).keys() == sentences(extract()).keys(), "run `make sentences`"


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
def test_a_full_sentence_stays_one_in_the_sign_of_its_script_and_english_says_the_sentence_itself(tag: str) -> None:
    for english, translated in sentences(catalog(tag)).items():
        assert all((english[0][-1] == ".") == (form[-1] in ".।") for form in translated if form), english
        assert tag != "en" or translated == english


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


@pytest.mark.parametrize("tag", TAGS)
def test_only_the_fixed_sentences_speak_of_products(tag: str) -> None:
    forbidden = pattern(read_words(LANGUAGES / tag / "forbidden.txt"))
    others = {english: said for english, said in sentences(catalog(tag)).items() if english[0] not in ABOUT_PRODUCTS}
    assert [(english, hit) for english, said in others.items() for form in said for hit in find(forbidden, form)] == []
