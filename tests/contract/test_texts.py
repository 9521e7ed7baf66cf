"""The shipped texts: complete in every language, short, sourced, and silent about products and doses.

Which rules there are, and that each of them bites, is in ``test_text_check.py``.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from majani.model.bundle import read_bundle
from majani.taxonomy import Taxonomy, parse_taxonomy
from majani.text.advice import Source
from majani.text.language import CAUSES, OTHER_CAUSES
from serving.i18n.catalogue import CATALOGUE_FILE
from serving.i18n.texts import NAMES_FILE, read_adviser, read_yaml
from tests.text_check import (
    LIMITS,
    Finding,
    Texts,
    all_texts,
    facts_findings,
    language_findings,
    named_words,
    read_texts,
)
from tests.text_words import words
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
def texts() -> Texts:
    return read_texts(DATA)


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return parse_taxonomy(read_yaml(DATA / "taxonomy.yaml"))


def report(findings: Sequence[Finding]) -> str:
    return "\n" + "\n".join(f"{finding.where}: {finding.rule}: {finding.what}" for finding in findings)


def test_every_condition_has_a_drawing_each_cause_its_own_and_every_drawing_is_used(texts: Texts) -> None:
    drawn = re.findall(r'<symbol id="(\w+)"', (DATA.parent / "serving/static/signs.svg").read_text(encoding="utf-8"))
    assert len(drawn) == len(set(drawn))
    assert {facts.sign for facts in texts.facts.values()} == set(drawn)
    assert len(CAUSES) == len({texts.facts[cause].sign for cause in CAUSES}) == 6


def test_the_promised_languages_are_there_and_the_service_reads_all() -> None:
    assert set(LANGUAGES) >= PROMISED
    adviser = read_adviser(DATA, read_bundle(DATA.parent / "models/current").manifest)
    assert set(adviser.languages) == set(LANGUAGES)


def test_facts_are_written(texts: Texts) -> None:
    findings = list(facts_findings(texts))
    assert not findings, report(findings)


def test_the_shipped_model_has_questions_about_pairs_that_it_confuses(texts: Texts) -> None:
    pairs = [frozenset((one, other)) for one, facts in texts.facts.items() for other in facts.questions]
    assert len(set(pairs)) == len(pairs), "a pair is asked about twice"
    known = {entry.id for entry in read_bundle(DATA.parent / "models/current").manifest.classes}
    assert sum(pair <= known for pair in pairs) >= 15


@pytest.mark.parametrize("tag", LANGUAGES)
def test_names_and_advice(tag: str, texts: Texts) -> None:
    findings = list(language_findings(texts, tag))
    assert not findings, report(findings)
    language, english = texts.languages[tag], texts.languages["en"]
    # The core would put English names in place of those that the file lacks.
    named, known = (
        {part: set(ids) for part, ids in read_yaml(DATA / "languages" / one / NAMES_FILE).items()}
        for one in (tag, "en")
    )
    assert named == known
    assert all(len(language.advice[cause].signs) >= 4 for cause in CAUSES)
    same = [one for one in language.advice if language.advice[one].see == english.advice[one].see]
    assert not same or tag == "en"
    assert language.remarks.keys() == english.remarks.keys()
    assert max(map(len, language.remarks.values())) <= LIMITS["today"]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_nothing_can_be_misread_that_was_misread_once(tag: str, texts: Texts, taxonomy: Taxonomy) -> None:
    language, english = texts.languages[tag], texts.languages["en"]
    (wording, findings), (original, _) = (
        read_wording(one, read_yaml(DATA / "languages" / one / "wording.yaml")) for one in (tag, "en")
    )
    assert wording is not None, report(findings)
    assert original is not None
    with (DATA / "languages" / tag / CATALOGUE_FILE).open("rb") as opened:
        catalog = read_po(opened)
    findings += incurable_findings(taxonomy, english.advice) if tag == "en" else ()
    for id_, advice in language.advice.items():
        findings += advice_wording(f"{tag} {id_}", wording, advice, original, english.advice[id_])
    findings += misreadings(tag, wording, [*all_texts(language), *interface_texts(catalog)])
    findings += interface_wording(tag, wording, catalog)
    assert not findings, report(findings)


@pytest.mark.parametrize("folder", ["advice", *(f"languages/{tag}/advice" for tag in LANGUAGES)])
def test_no_advice_lies_in_a_file_that_nobody_reads(folder: str, taxonomy: Taxonomy) -> None:
    crops = {f"{name}.yaml" for name in (*(crop.id for crop in taxonomy.crops), OTHER_CAUSES)}
    others = {"forbidden.yaml", "practices.yaml"} if folder == "advice" else set()
    assert {file.name for file in (DATA / folder).iterdir()} == crops | others


def test_every_language_lists_its_own_words_of_chemical_control(texts: Texts) -> None:
    for tag, listed in texts.own_words.items():
        assert len(listed) >= 15, tag
        assert len({tuple(words(word)) for word in listed}) > 0.8 * len(listed), tag


def test_the_list_of_products_is_long_and_sourced(texts: Texts) -> None:
    for group in (*texts.forbidden["groups"].values(), texts.forbidden["doses"]):
        assert [Source.model_validate(source) for source in group["sources"]]
    chemical = ("fungicides_and_bactericides", "insecticides_and_miticides", "herbicides")
    assert sum(len(texts.forbidden["groups"][group]["words"]) for group in chemical) >= 150
    listed = named_words(texts.forbidden)
    assert sorted(set(listed)) == sorted(listed)


def test_names_tell_the_conditions_of_a_crop_apart(texts: Texts, taxonomy: Taxonomy) -> None:
    named = {
        tag: {id_: one.name for id_, one in known.names.conditions.items()} for tag, known in texts.languages.items()
    }
    named["taxonomy"] = {one.id: one.names[0] for one in taxonomy.conditions}
    for tag, names in named.items():
        for crop in taxonomy.crops:
            own = [" ".join(words(names[one.id])) for one in taxonomy.conditions if one.crop == crop.id]
            assert len(set(own)) == len(own), f"{tag} {crop.id}"
