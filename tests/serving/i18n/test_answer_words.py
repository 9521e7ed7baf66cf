"""What an answer says by its grade: the same names first in every language, and how sure it is."""

from typing import Any

import pytest

from majani.decision.diagnosis import Diagnosis, LikelyCrop, Named, PhotoResult
from majani.decision.grades import Grade
from majani.decision.rules import Outcome
from majani.model.bundle import NamedId
from serving.container import Services
from serving.i18n import messages
from serving.i18n.answer_words import AnswerWords
from serving.i18n.phrasing import Wording
from tests.tiny_bundle import OTHER_TROUBLE

TAGS = ["ar", "bn", "en", "es", "fr", "hi", "pt", "sw"]
RUST, SPOT, HEALTHY = "bean.rust", "bean.angular_leaf_spot", "bean.healthy"
# What may be said to whom is decided; what is said of it is held here.
LESS = {"outcome": Outcome.UNCERTAIN, "grade": Grade.NOT_CLEAR}


def answer(*listed: str, **fields: Any) -> Diagnosis:
    ranked = [
        Named(id=one, name=one, crop=one.partition(".")[0], crop_name="Bean", probability=0.4 - at / 10)
        for at, one in enumerate(listed)
    ]
    about = {
        "photos": (PhotoResult(used=True, shows="bean"),),
        "crop": NamedId(id="bean", name="Bean") if ranked else None,
        "ranked": ranked,
        "in_list": len(ranked),
        "model_version": "1",
    }
    return Diagnosis.model_validate(about | fields)


ANSWERS = {
    "most likely": answer(RUST, outcome="condition", grade="most_likely", probability=0.99),
    "healthy": answer(HEALTHY, outcome="healthy", grade="most_likely", probability=0.81),
    "probably": answer(RUST, SPOT, outcome="condition", grade="probably", probability=0.6),
    "probably healthy": answer(HEALTHY, RUST, outcome="uncertain", grade="probably", probability=0.7),
    "one of": answer(RUST, SPOT, outcome="uncertain", grade="one_of", probability=0.899, looks_sick=0.8),
    "unlike": answer(RUST, SPOT, HEALTHY, **LESS, why="unlike", probability=0.4),
    "few known": answer(RUST, **LESS, why="few_known", probability=0.9),
    "which crop": answer(
        **LESS, why="which_crop", probability=0.5, crops=(LikelyCrop(id="maize", name="Maize", probability=0.5),)
    ),
    "another crop": answer(
        *(RUST, SPOT),
        **LESS,
        why="another_crop",
        crop_hint="bean",
        crops=(LikelyCrop(id="maize", name="", probability=1),),
    ),
    "several plants": answer(**LESS, why="several_plants"),
    "no plant": answer(outcome="not_a_plant"),
    # As 0.3.0 has kept them, without numbers.
    "older": answer(RUST, SPOT, **LESS),
}
SURE = {"most likely": "9", "healthy": "8", "probably": "6", "probably healthy": "7", "one of": "8", "unlike": "4"}
WITHOUT_CAUTION = ("healthy", "probably healthy", "no plant")
NAMED_IN_HEADLINE = {
    **{"most likely": (RUST,), "healthy": (HEALTHY,), "probably": (RUST,), "one of": (RUST, SPOT)},
    **{"unlike": (RUST, SPOT, HEALTHY), "another crop": (RUST, SPOT), "older": (RUST, SPOT)},
}


@pytest.fixture(params=TAGS)
def wording(request: pytest.FixtureRequest, services: Services) -> Wording:
    return Wording(services.adviser.languages[request.param], services.catalogues[request.param])


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_likeliest_stands_in_the_headline_and_the_number_behind_it(
    kind: str, wording: Wording, services: Services
) -> None:
    words, names = AnswerWords(ANSWERS[kind], wording, services.adviser), wording.language.names
    named = [names.conditions[one].name for one in NAMED_IN_HEADLINE.get(kind, ())]
    places = [words.headline.find(name) for name in named]
    assert places == sorted(places)
    assert -1 not in places
    known = [one.name for one in names.conditions.values() if one.name in words.headline]
    assert bool(known) is bool(named)
    said = [words.title, *words.lines(()), *words.steps, words.sure, words.caution]
    assert not [line for line in said if "%(" in line]
    assert bool(words.sure) is (kind in SURE)
    assert SURE.get(kind, "") in words.sure
    assert (words.caution == "") is (kind in WITHOUT_CAUTION)
    # A title stands alone, so it holds the name, and something that says how plainly.
    assert words.title not in named
    assert bool(words.something_else) is bool(ANSWERS[kind].listed)


def test_what_a_grade_adds(services: Services) -> None:
    wording = Wording(services.adviser.languages["en"], services.catalogues["en"])
    said = {kind: AnswerWords(one, wording, services.adviser) for kind, one in ANSWERS.items()}
    sign = services.adviser.languages["en"].advice[RUST].see.partition(". ")[0]
    assert {kind for kind, words in said.items() if words.check} == {"probably"}
    assert sign in said["probably"].check
    # What can't be undone is said of what is most likely alone.
    assert {kind for kind, words in said.items() if words.advice} == {"most likely", "healthy"}
    with_steps = {kind for kind, words in said.items() if words.steps}
    assert {"most likely", "healthy", "probably", "one of", "unlike", "another crop", "older"} <= with_steps
    assert said["one of"].label == messages.LOOKS_SICK
    assert {kind for kind, words in said.items() if words.label == messages.NOT_CLEAR} == {
        *("unlike", "few known", "several plants", "older")
    }
    crops = services.adviser.languages["en"].names.crops
    assert crops["maize"].name in said["which crop"].likely_crops
    assert all(crops[crop].name in said["another crop"].title for crop in ("bean", "maize"))


def test_what_no_photo_tells_and_what_has_no_text_are_said(services: Services) -> None:
    wording = Wording(services.adviser.languages["sw"], services.catalogues["sw"])
    troubled = ANSWERS["one of"].model_copy(update={"other_troubles": (OTHER_TROUBLE,)})
    assert OTHER_TROUBLE.name in AnswerWords(troubled, wording, services.adviser).other_troubles
    taught = answer("bean.streak", outcome="condition", grade="most_likely", probability=0.9)
    words = AnswerWords(taught, wording, services.adviser)
    assert (words.advice, words.steps, "streak" in words.headline.lower()) == (None, (), True)
    assert words.ask_officer in words.lines(())
    assert words.ask_officer


def test_a_later_photo_is_asked_for_until_there_are_enough(services: Services) -> None:
    wording = Wording(services.adviser.languages["en"], services.catalogues["en"])
    once = ANSWERS["one of"]
    thrice = once.model_copy(update={"photos": once.photos * 3})
    better = messages.EXPLANATIONS[Outcome.UNCERTAIN]
    said = [AnswerWords(one, wording, services.adviser).explanation(()) for one in (once, thrice)]
    assert said == [better, ""]
