"""A bundle's rules: what a named crop does, when a leaf is called healthy, what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from majani.decision.rules import apply_crop_hint, decide
from majani.model.head import Answers
from majani.model.rules import general_grading
from majani.taxonomy import REJECT_CLASSES
from tests.tiny_bundle import tiny_bundle
from tests.training.described import PARAMS_FILE
from training.calibration.graded import graded_cases, numbers_of, once_named
from training.calibration.rules import cases_of, fit_healthy, fit_hint, fit_rules
from training.calibration.situations import Place
from training.settings import read_params

PARAMS = read_params(PARAMS_FILE).calibrate
CLASSES = ("bean.rust", "bean.blight", "bean.healthy", "pea.rust", "pea.healthy", *REJECT_CLASSES)


def place(name: str, *kinds: tuple[str, dict[str, float], int]) -> Place:
    """So many photos of a truth, each with these probabilities."""
    rows = [(truth, [belief.get(one, 0) for one in CLASSES]) for truth, belief, count in kinds for _ in range(count)]
    truths = pd.DataFrame({"class_id": [truth for truth, _ in rows], "source": name, "group": range(len(rows))})
    measured = {"domain": "field", "luminance": 100.0, "sharpness": 50.0}
    beliefs = np.array([belief for _, belief in rows], dtype=np.float32)
    return Place(name, Answers(CLASSES, beliefs), truths.assign(**measured))


RUST, HEALTHY = {"bean.rust": 0.9, "bean.blight": 0.1}, {"bean.healthy": 0.999, "bean.rust": 0.001}
PEA = {"pea.rust": 0.9, "bean.rust": 0.1}
STRANGER = {"unknown_plant": 0.8, "bean.rust": 0.2}


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param([(RUST, 100)], (0.3, 1.0), id="nothing is lost"),
        pytest.param([(RUST, 97), (PEA, 3)], (0.3, 1.0), id="three in a hundred may be"),
        # With 0.1 the other crop has 0.9 * 0.1 of 0.19.
        pytest.param([(RUST, 90), ({"pea.rust": 0.95, "bean.rust": 0.05}, 10)], (0.1, 1.0), id="taken for peas"),
        pytest.param([(RUST, 90), (STRANGER, 10)], (0.3, 0.1), id="refused"),
    ],
)
def test_a_named_crop_weighs_as_gently_as_known_leaves_allow(
    kinds: list[tuple[dict[str, float], int]], expected: tuple[float, float]
) -> None:
    cases = graded_cases(place("a", *(("bean.rust", *kind) for kind in kinds)))
    assert fit_hint(cases, reject=0.5, params=PARAMS) == expected
    strangers = cases.assign(lab_only=True)
    assert fit_hint(strangers, reject=0.5, params=PARAMS) == (0.3, 1.0), "the laboratory says nothing"


def test_a_named_crop_does_to_many_cases_what_the_answer_does() -> None:
    beliefs = np.random.default_rng(1).dirichlet(np.full(len(CLASSES), 0.4), 50).astype(np.float32)
    rows = pd.DataFrame({"class_id": "bean.rust", "source": "a", "group": range(50)})
    rejected, _ = once_named(graded_cases(Place("a", Answers(CLASSES, beliefs), rows)), 0.1, 0.3)
    manifest = tiny_bundle().manifest
    ids = [entry.id for entry in manifest.classes]
    tiny = np.random.default_rng(1).dirichlet(np.full(len(ids), 0.4), 50).astype(np.float32)
    cases = graded_cases(Place("a", Answers(tuple(ids), tiny), rows))
    rules = manifest.rules
    masses, _ = once_named(cases, rules.hint_factor, rules.unknown_plant_factor)
    for belief, mass in zip(tiny, masses, strict=True):
        hinted = apply_crop_hint(belief, manifest=manifest, crop="bean")
        assert mass == pytest.approx(hinted[-2:].sum(), abs=1e-5)
        is_refused = decide(hinted, manifest=manifest, crop="bean").grade is None
        assert is_refused == (mass >= rules.reject)
    assert rejected.between(0, 1).all()


@pytest.mark.parametrize(
    ("called", "of", "expected"),
    [(0, 100, 0.9), (2, 100, 0.9), (3, 100, None), (0, 19, None), (0, 20, 0.9), (1, 20, None)],
)
def test_healthy_is_most_likely_where_hardly_any_sick_leaf_is(called: int, of: int, expected: float | None) -> None:
    """A number that sick leaves reach as often as any leaf is no bound."""
    cases = graded_cases(place("a", ("bean.rust", HEALTHY, called), ("bean.rust", RUST, of - called)))
    sure = general_grading()
    sure = sure.model_copy(update={"lists": tuple(one.model_copy(update={"intercept": 4}) for one in sure.lists)})
    found = fit_healthy([cases], sure).get("bean")
    if called * 50 > of:
        assert found is None or found > numbers_of(cases, sure)[:, 0].min()
        assert found is None or (numbers_of(cases[cases["first"] == "bean.healthy"], sure)[:, 0] < found).all()
    else:
        assert found == expected


def test_the_worst_place_decides_and_places_of_a_few_sick_leaves_do_not() -> None:
    good = place("good", ("bean.rust", RUST, 500))
    bad = place("bad", ("bean.mildew", {"bean.healthy": 0.9, "bean.rust": 0.1}, 20))
    few = place("few", ("bean.rust", HEALTHY, 5))
    sure = general_grading()
    sure = sure.model_copy(update={"lists": tuple(one.model_copy(update={"intercept": 3}) for one in sure.lists)})
    assert fit_healthy([cases_of([good, few])], sure) == {"bean": 0.9}
    found = fit_healthy([cases_of([good]), cases_of([bad])], sure)["bean"]
    assert found > numbers_of(graded_cases(bad), sure)[0, 0] > 0.9
    vouching = [replace(good, name=name) for name in "abc"]
    assert fit_healthy([cases_of(vouching)], sure) == {"bean": 0.86}, "three places are no kind exception"


def test_without_places_the_general_numbers_stand_in() -> None:
    home = place("home", ("bean.rust", RUST, 50), ("unknown_plant", STRANGER, 5))
    rules = fit_rules(home.answers, home.rows, [], PARAMS)
    assert rules.grading.lists == general_grading().lists
    assert (rules.shows, rules.reject, rules.grading.healthy) == (PARAMS.shows, 0.5, {"bean": 0.9})
    away = [replace(place(name, ("bean.rust", RUST, 50), ("bean.healthy", RUST, 9)), name=name) for name in "abc"]
    assert fit_rules(home.answers, home.rows, away, PARAMS).grading.lists[0].crops.keys() == {"bean"}
