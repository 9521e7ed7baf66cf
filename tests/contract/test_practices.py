"""The table of practices: complete, drawn, and said in every language in words that no language takes for poison."""

import re
from pathlib import Path

import pytest

from majani.decision.practice import View, choose_practices
from majani.model.bundle import read_bundle
from majani.text.language import CAUSES
from majani.text.practice import parse_practices
from serving.i18n.texts import ADVICE_DIR, PRACTICES_FILE, read_adviser, read_yaml
from tests.text_check import ENGLISH_LIMITS, LIMITS, read_texts
from tests.text_words import find, pattern

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
LANGUAGES = sorted(path.name for path in (DATA / "languages").iterdir() if path.is_dir())
PRACTICES = parse_practices(read_yaml(DATA / ADVICE_DIR / PRACTICES_FILE))


def test_every_condition_and_cause_has_practices_and_every_practice_is_used() -> None:
    facts = read_texts(DATA).facts
    named = {
        id_: {*known.practices.helping, *known.practices.harming, *known.practices.indifferent}
        for id_, known in facts.items()
    }
    assert {*CAUSES} < named.keys()
    assert len(named) == 133
    assert [id_ for id_, listed in named.items() if not listed] == []
    assert set().union(*named.values()) == {one.id for one in PRACTICES}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_practice_and_view_is_said(tag: str) -> None:
    """What all texts have to keep to is in ``test_texts.py``."""
    said, english = (read_yaml(DATA / "languages" / one / PRACTICES_FILE) for one in (tag, "en"))
    assert set(said["practices"]) == {one.id for one in PRACTICES}
    assert set(said["views"]) == set(View)
    limit = (ENGLISH_LIMITS if tag == "en" else LIMITS)["today"]
    assert max(map(len, [*said["practices"].values(), *said["views"].values()])) <= limit
    # Whoever buries must not be told to plant.
    bury = pattern(read_yaml(DATA / "languages" / tag / "wording.yaml")["bury"])
    buried = {one for one, text in english["practices"].items() if "bury" in text}
    assert {one for one, text in said["practices"].items() if any(find(bury, text))} == buried


def test_every_practice_has_a_drawing() -> None:
    drawn = re.findall(r'<symbol id="(\w+)"', (ROOT / "serving/static/practices.svg").read_text(encoding="utf-8"))
    assert sorted(drawn) == sorted(one.id for one in PRACTICES)


def test_nothing_that_costs_the_crop_or_money_is_ever_said_of_two() -> None:
    adviser = read_adviser(DATA, read_bundle(ROOT / "models/current").manifest)
    sayable = {one.id for one in PRACTICES if one.reversible and one.free}
    for one in adviser.effects:
        for other in adviser.effects:
            said = choose_practices((one, other), adviser.practices, adviser.effects)
            assert {each.id for each in said} <= sayable
            # Hunger is always left open.
            assert "hold_nitrogen" not in {each.id for each in said}
