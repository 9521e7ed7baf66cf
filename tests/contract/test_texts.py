"""The shipped texts: complete in every language, short, sourced, and silent about products and doses.

Which rules there are, and that each of them bites, is in ``test_text_check.py``.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from majani.model.bundle import read_bundle
from majani.text.advice import Source
from majani.text.language import CAUSES, OTHER_CAUSES
from serving.i18n.catalogue import CATALOGUE_FILE
from serving.i18n.texts import LANGUAGE_FILE, read_adviser, read_yaml
from tests.interface_check import interface_findings
from tests.sentences import extract
from tests.text_check import (
    LIMITS,
    Finding,
    RawTexts,
    all_texts,
    facts_findings,
    language_findings,
    named_words,
    read_texts,
)
from tests.text_words import find, pattern, words
from tests.wording_check import (
    advice_wording,
    incurable_findings,
    interface_texts,
    interface_wording,
    misreadings,
    read_wording,
)

DATA = Path(__file__).parents[2] / "data"
LANGUAGES = sorted(path.name for path in (DATA / "languages").iterdir() if path.is_dir())
PROMISED = {"ar", "bn", "en", "es", "fr", "hi", "pt", "sw"}


@pytest.fixture(scope="module")
def texts() -> RawTexts:
    return read_texts(DATA)


@pytest.fixture(scope="module")
def forbidden() -> Mapping[str, Any]:
    return read_yaml(DATA / "advice/forbidden.yaml")


@pytest.fixture(scope="module")
def template() -> Catalog:
    return extract()


def report(findings: Sequence[Finding]) -> str:
    return "\n" + "\n".join(f"{finding.where}: {finding.rule}: {finding.what}" for finding in findings)


def test_every_condition_has_a_drawing_and_every_drawing_is_used(texts: RawTexts) -> None:
    drawn = re.findall(r'<symbol id="(\w+)"', (DATA.parent / "serving/static/signs.svg").read_text(encoding="utf-8"))
    assert len(drawn) == len(set(drawn))
    assert {facts.get("sign") for facts in texts.facts.values()} == set(drawn)


def test_six_causes_that_are_no_disease_have_a_drawing_each_and_signs_in_every_language(texts: RawTexts) -> None:
    assert len(CAUSES) == len({texts.facts[cause]["sign"] for cause in CAUSES}) == 6
    for tag in PROMISED:
        assert all(len(texts.languages[tag].advice[cause]["signs"]) >= 4 for cause in CAUSES), tag


def test_the_promised_languages_are_there_and_the_service_reads_all() -> None:
    assert set(LANGUAGES) >= PROMISED
    adviser = read_adviser(DATA, read_bundle(DATA.parent / "models/current").manifest)
    assert set(adviser.languages) == set(LANGUAGES)


def test_facts_are_complete_sourced_and_consistent(texts: RawTexts) -> None:
    findings = list(facts_findings(texts))
    assert not findings, report(findings)


def test_the_shipped_model_has_questions_about_pairs_that_it_confuses(texts: RawTexts) -> None:
    pairs = [frozenset((one, other)) for one, facts in texts.facts.items() for other in facts.get("questions", {})]
    assert len(set(pairs)) == len(pairs), "a pair is asked about twice"
    known = {entry.id for entry in read_bundle(DATA.parent / "models/current").manifest.classes}
    assert sum(pair <= known for pair in pairs) >= 15


@pytest.mark.parametrize("tag", LANGUAGES)
def test_names_and_advice(tag: str, texts: RawTexts) -> None:
    findings = list(language_findings(texts, tag))
    assert not findings, report(findings)


@pytest.mark.parametrize("tag", sorted(set(LANGUAGES) - {"en"}))
def test_no_advice_is_english_in_another_language(tag: str, texts: RawTexts) -> None:
    english, own = texts.languages["en"].advice, texts.languages[tag].advice
    assert [one for one in own if own[one]["see"] == english.get(one, {}).get("see")] == []


@pytest.mark.parametrize("tag", LANGUAGES)
def test_remarks_are_the_same_in_every_language_and_silent_about_products(tag: str) -> None:
    remarks, english = (read_yaml(DATA / "languages" / one / LANGUAGE_FILE).get("remarks", {}) for one in (tag, "en"))
    assert set(remarks) == set(english)
    lines = (DATA / "languages" / tag / "forbidden.txt").read_text(encoding="utf-8").splitlines()
    forbidden = pattern(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    assert [hit for remark in remarks.values() for hit in find(forbidden, remark)] == []
    assert max(map(len, remarks.values())) <= LIMITS["today"]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_interface(tag: str, template: Catalog, forbidden: Mapping[str, Any]) -> None:
    file = DATA / "languages" / tag / CATALOGUE_FILE
    assert file.exists()
    with file.open("rb") as opened:
        findings = list(interface_findings(tag, read_po(opened), template, forbidden))
    assert not findings, report(findings)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_nothing_can_be_misread_that_was_misread_once(tag: str, texts: RawTexts) -> None:
    language, english = texts.languages[tag], texts.languages["en"]
    wording, findings = read_wording(tag, language.wording)
    original, _ = read_wording("en", english.wording)
    assert wording is not None, report(findings)
    assert original is not None
    with (DATA / "languages" / tag / CATALOGUE_FILE).open("rb") as opened:
        catalog = read_po(opened)
    remarks = read_yaml(DATA / "languages" / tag / LANGUAGE_FILE).get("remarks", {})
    shown = [*all_texts(tag, language), *remarks.items(), *interface_texts(catalog)]
    findings += incurable_findings(texts.taxonomy, english.advice) if tag == "en" else ()
    findings += advice_wording(tag, wording, language, original, english)
    findings += misreadings(tag, wording, shown)
    findings += interface_wording(tag, wording, catalog)
    assert not findings, report(findings)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_no_advice_lies_in_a_file_that_nobody_reads(tag: str, texts: RawTexts) -> None:
    crops = {f"{name}.yaml" for name in (*(crop.id for crop in texts.taxonomy.crops), OTHER_CAUSES)}
    assert {file.name for file in (DATA / "languages" / tag / "advice").glob("*")} <= crops
    assert {file.name for file in (DATA / "advice").iterdir()} == {*crops, "forbidden.yaml", "practices.yaml"}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_language_lists_its_own_words_of_chemical_control(tag: str, texts: RawTexts) -> None:
    listed = texts.languages[tag].forbidden
    assert len(listed) >= 15
    assert len({tuple(words(word)) for word in listed}) > 0.8 * len(listed)


def test_the_list_of_products_is_long_and_sourced(forbidden: Mapping[str, Any]) -> None:
    for group in (*forbidden["groups"].values(), forbidden["doses"]):
        assert [Source.model_validate(source) for source in group["sources"]]
    chemical = ("fungicides_and_bactericides", "insecticides_and_miticides", "herbicides")
    assert sum(len(forbidden["groups"][group]["words"]) for group in chemical) >= 150
    listed = named_words(forbidden)
    assert sorted(set(listed)) == sorted(listed)


def test_names_tell_the_conditions_of_a_crop_apart(texts: RawTexts) -> None:
    named = {tag: one.names.get("conditions", {}) for tag, one in texts.languages.items()}
    named["taxonomy"] = {one.id: {"name": one.names[0]} for one in texts.taxonomy.conditions}
    for tag, own in named.items():
        for crop in texts.taxonomy.crops:
            ids = [one.id for one in texts.taxonomy.conditions if one.crop == crop.id and one.id in own]
            assert len({" ".join(words(own[id_]["name"])) for id_ in ids}) == len(ids), f"{tag} {crop.id}"
