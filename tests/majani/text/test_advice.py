"""Advice: put together from facts and words, silent about products where it has to be."""

from collections.abc import Callable
from copy import deepcopy
from itertools import product as combinations
from typing import Any

import pytest

from majani.decision.diagnosis import Diagnosis, Named
from majani.decision.grades import Grade
from majani.decision.rules import Outcome
from majani.errors import ErrorCode, LanguageError
from majani.taxonomy import Action, Condition, Kind
from majani.text.advice import Adviser, Cure, Facts, Product, parse_facts, product
from majani.text.language import AdviceText, parse_language
from majani.text.practice import parse_practices
from tests.majani.conftest import refused
from tests.tiny_texts import FACTS, LANGUAGE, PRACTICES, TAXONOMY, tiny_adviser

Raw = dict[str, Any]


@pytest.fixture(scope="module")
def adviser() -> Adviser:
    return tiny_adviser()


def diagnosis(outcome: Outcome, condition: str | None) -> Diagnosis:
    rust, named = (
        id_ and Named(id=id_, name="x", crop="bean", crop_name="Bean", probability=0.9)
        for id_ in ("bean.rust", condition)
    )
    grade = Grade.PROBABLY if named else Grade.ONE_OF
    return Diagnosis(outcome=outcome, grade=grade, ranked=(named or rust,), in_list=1, photos=(), model_version="1")


def test_facts_and_words_of_one_language_are_joined(adviser: Adviser) -> None:
    advice = adviser.advise("bean.rust", adviser.languages["sw"])
    text = AdviceText.model_validate({key: getattr(advice, key) for key in AdviceText.model_fields})
    assert text == adviser.languages["sw"].advice["bean.rust"]
    assert advice.model_dump(mode="json", exclude=set(AdviceText.model_fields)) == {
        **{"id": "bean.rust", "name": "Jina la bean.rust", "local": ["Kutu ya maharage"]},
        **{"language": "sw", "text_language": "sw", "crop": "bean", "crop_name": "Maharagwe"},
        **{"spread": "weeks", "sign": "rust", "product": "none"},
        "confused_with": [{"id": one, "name": f"Jina la {one}"} for one in ("bean.mosaic", "bean.wilt")],
        "sources": FACTS["bean.rust"]["sources"],
        "review": {"status": "not_reviewed", "by": None, "on": None},
        "text_review": {"status": "machine_drafted", "by": None, "on": None},
        "questions": {"bean.wilt": {"ratio": 3.0, "source": "Beans"}},
    }


@pytest.mark.parametrize(
    ("condition_id", "cure", "expected"),
    [
        ("bean.rust", ["hand", "chemical"], Product.REGISTERED_PRODUCT),
        ("bean.rust", ["hand"], Product.NONE),
        ("bean.mosaic", ["hand"], Product.NO_CURE),
        ("bean.mosaic", ["chemical"], Product.NO_CURE),
        ("bean.wilt", ["hand"], Product.NO_CURE),
        ("bean.wilt", ["chemical"], Product.REGISTERED_PRODUCT),
        ("bean.greening", ["hand"], Product.NO_CURE),
        ("bean.greening", ["chemical"], Product.REGISTERED_PRODUCT),
        ("bean.hunger", ["feed"], Product.NONE),
        ("bean.healthy", [], Product.NONE),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),
)
def test_what_is_said_about_products(condition_id: str, cure: list[str], expected: Product, adviser: Adviser) -> None:
    facts = Facts.model_validate({**FACTS[condition_id], "cure": cure})
    assert product(adviser.condition(condition_id), facts) is expected


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("parent", ["virus", "wilt_or_rot", "rust"])
def test_nobody_is_ever_sent_to_buy_something_against_a_virus(action: Action, parent: str) -> None:
    virus = Condition(id="bean.mosaic", crop="bean", names=("x",), kind=Kind.VIRUS, parent=parent, action=action)
    for cure in combinations(Cure, repeat=2):
        assert product(virus, Facts.model_validate({**FACTS["bean.mosaic"], "cure": cure})) is Product.NO_CURE


@pytest.mark.parametrize(
    ("outcome", "condition", "has_advice"),
    [
        (Outcome.CONDITION, "bean.rust", True),
        (Outcome.HEALTHY, "bean.healthy", True),
        (Outcome.UNCERTAIN, None, False),
        (Outcome.UNCERTAIN, "bean.rust", False),
        (Outcome.UNKNOWN_PLANT, "bean.rust", False),
        (Outcome.NOT_A_PLANT, "bean.rust", False),
        (Outcome.RETAKE, "bean.rust", False),
        # As of an answer that was given when other texts were there.
        (Outcome.CONDITION, "bean.unheard_of", False),
    ],
)
def test_only_named_ones_get_advice(
    outcome: Outcome, condition: str | None, has_advice: bool, adviser: Adviser
) -> None:
    advice = adviser.advise_on(diagnosis(outcome, condition), adviser.languages["sw"])
    assert (advice.id if advice else None) == (condition if has_advice else None)


REFUSED: dict[str, Callable[[Raw], Any]] = {
    "nothing about a condition": lambda raw: raw.pop("bean.rust"),
    "about no condition": lambda raw: raw.update({"pea.rust": raw["bean.rust"]}),
    "no source": lambda raw: raw["bean.rust"].update(sources=[]),
    "source without a year": lambda raw: raw["bean.rust"]["sources"][0].pop("year"),
    "link to nowhere": lambda raw: raw["bean.rust"]["sources"][0].update(link="see the book"),
    "link that runs": lambda raw: raw["bean.rust"]["sources"][0].update(link="javascript:alert(1)"),
    "unknown speed": lambda raw: raw["bean.rust"].update(spread="fast"),
    "unknown cure": lambda raw: raw["bean.rust"].update(cure=["pray"]),
    "product against a virus": lambda raw: raw["bean.mosaic"].update(cure=["chemical"]),
    "cure for the healthy": lambda raw: raw["bean.healthy"].update(cure=["hand"]),
    "confused with itself": lambda raw: raw["bean.rust"].update(confused_with=["bean.rust"]),
    "confused with healthy": lambda raw: raw["bean.rust"].update(confused_with=["bean.healthy"]),
    "confused with nothing": lambda raw: raw["bean.rust"].update(confused_with=["bean.unheard_of"]),
    "confused with another crop": lambda raw: raw["bean.rust"].update(confused_with=["pea.rust"]),
    "reviewed by nobody": lambda raw: raw["bean.rust"]["review"].update(status="reviewed"),
    "review as for a language": lambda raw: raw["bean.rust"]["review"].update(status="machine_drafted"),
    "advice among facts": lambda raw: raw["bean.rust"].update(today="Pick."),
    "no practices": lambda raw: raw["bean.rust"].pop("practices"),
    "a practice twice": lambda raw: raw["bean.rust"].update(
        practices={"helps": {"Beans": ["weed"]}, "indifferent": ["weed"]}
    ),
    "a practice without its source": lambda raw: raw["bean.rust"].update(practices={"harms": {"Peas": ["weed"]}}),
    "no such view": lambda raw: raw["bean.rust"].update(view="root"),
    "not even an entry": lambda raw: raw.update({"bean.rust": None}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_contradictory_facts_are_refused(name: str) -> None:
    raw = deepcopy(dict(FACTS))
    REFUSED[name](raw)
    with refused(LanguageError, ErrorCode.LANGUAGE_INVALID):
        parse_facts(raw, TAXONOMY)


@pytest.mark.parametrize(
    ("facts", "language", "practices", "named"),
    [
        ({}, {"practices": {"weed": "Palilia.", "water": "Mwagilia."}}, {}, "look"),
        ({}, {"views": {"leaf": "Piga picha."}}, {}, "underside"),
        ({"practices": {"helps": {"Beans": ["burn"]}}}, {}, {}, "burn"),
        ({"practices": {"harms": {"Beans": ["look"]}}}, {}, {}, "look"),
        ({}, {}, {"look": {"reversible": True}}, "free"),
    ],
)
def test_a_gap_in_the_practices_is_refused_by_name(facts: Raw, language: Raw, practices: Raw, named: str) -> None:
    rust = {**FACTS["bean.rust"], **facts}
    with pytest.raises(LanguageError, match=named):
        Adviser(
            TAXONOMY,
            parse_facts({**FACTS, "bean.rust": rust}, TAXONOMY),
            {"sw": parse_language({**LANGUAGE, **language}, TAXONOMY)},
            parse_practices({**PRACTICES, **practices}),
        )
