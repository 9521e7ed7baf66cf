"""The table of practices: complete, drawn, and said in every language in words that no language takes for poison."""

import re
from pathlib import Path

import pytest

from majani.decision.practice import View, choose_practices
from majani.model.bundle import read_bundle
from majani.text.advice import Adviser
from majani.text.language import CAUSES
from majani.text.practice import parse_practices
from serving.i18n.texts import ADVICE_DIR, PRACTICES_FILE, read_adviser, read_yaml
from tests.text_check import ENGLISH_LIMITS, LIMITS, RawTexts, named_words, read_texts, text_findings
from tests.text_words import find, pattern
from tests.wording_check import misreadings, read_wording

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
LANGUAGES = sorted(path.name for path in (DATA / "languages").iterdir() if path.is_dir())
PRACTICES = parse_practices(read_yaml(DATA / ADVICE_DIR / PRACTICES_FILE))


@pytest.fixture(scope="module")
def adviser() -> Adviser:
    return read_adviser(DATA, read_bundle(ROOT / "models/current").manifest)


@pytest.fixture(scope="module")
def texts() -> RawTexts:
    return read_texts(DATA)


def test_every_condition_and_cause_has_practices_and_every_practice_is_used(texts: RawTexts) -> None:
    named = {
        id_: [one for part in ("helps", "harms") for ids in known["practices"].get(part, {}).values() for one in ids]
        + known["practices"].get("indifferent", [])
        for id_, known in texts.facts.items()
    }
    assert {*CAUSES} < named.keys()
    assert len(named) == 126
    assert [id_ for id_, listed in named.items() if not listed] == []
    assert {one for listed in named.values() for one in listed} == {one.id for one in PRACTICES}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_practice_and_view_is_said(tag: str, texts: RawTexts) -> None:
    said = read_yaml(DATA / "languages" / tag / PRACTICES_FILE)
    assert set(said["practices"]) == {one.id for one in PRACTICES}
    assert set(said["views"]) == set(View)
    sentences = [*said["practices"].items(), *said["views"].items()]
    poison = pattern([*texts.languages[tag].forbidden, *named_words(texts.forbidden)])
    wording, _ = read_wording(tag, texts.languages[tag].wording)
    assert wording is not None
    limit = (ENGLISH_LIMITS if tag == "en" else LIMITS)["today"]
    assert [where for where, text in sentences if len(text) > limit or any(find(poison, text))] == []
    assert [finding for where, text in sentences for finding in text_findings(where, text)] == []
    assert list(misreadings(tag, wording, sentences)) == []
    # Whoever buries must not be told to plant.
    english = read_yaml(DATA / "languages/en" / PRACTICES_FILE)["practices"]
    buried = {one for one, text in english.items() if "bury" in text}
    assert {one for one, text in said["practices"].items() if any(find(pattern(wording.bury), text))} == buried


def test_every_practice_has_a_drawing() -> None:
    drawn = re.findall(r'<symbol id="(\w+)"', (ROOT / "serving/static/practices.svg").read_text(encoding="utf-8"))
    assert sorted(drawn) == sorted(one.id for one in PRACTICES)


def test_nothing_that_costs_the_crop_or_money_is_ever_said_of_two(adviser: Adviser) -> None:
    sayable = {one.id for one in PRACTICES if one.reversible and one.free}
    for one in adviser.effects:
        for other in adviser.effects:
            said = choose_practices((one, other), (), adviser.practices, adviser.effects)
            assert {each.id for each in said} <= sayable
            # Hunger is always left open.
            assert "hold_nitrogen" not in {each.id for each in said}
