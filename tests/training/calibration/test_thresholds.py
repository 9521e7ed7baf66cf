"""Thresholds hold in the next field and in a crop's own places; what was learned in the laboratory stands apart."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from majani.decision.rules import right_of_ten
from majani.model.bundle import DecisionRules, Situation
from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE
from training.calibration.next_field import FIELDS, supposed_fields
from training.calibration.rules import fit_rules
from training.calibration.situations import Hint, Place
from training.calibration.thresholds import (
    confidence_bands,
    fit_answer_threshold,
    fit_class_thresholds,
    fit_hint,
    fit_situations,
)
from training.settings import CalibrateParams, read_params

HINT = Hint(0.1, 1, 0.8)
CONDITIONS = ("bean.rust", "bean.healthy", "pea.rust", "pea.blight")
CLASSES = (*CONDITIONS, *REJECT_CLASSES)
PARAMS: CalibrateParams = read_params(PARAMS_FILE).calibrate.model_copy(
    update={"answer_precision": 0.8, "min_answer": 0.5, "prior_photos": 5, "band_edges": (0.5, 0.7, 0.9)}
)


def cases(rows: Sequence[tuple[str, str, float, bool, int]]) -> pd.DataFrame:
    """Of place, named condition, confidence, right and count: so many cases, each of a leaf of its own."""
    table = pd.DataFrame(
        [(place, best, sure, right) for place, best, sure, right, count in rows for _ in range(count)],
        columns=["source", "best", "confidence", "right"],
    )
    crops = table["best"].str.split(".").str[0]
    groups = [str(number) for number in range(len(table))]
    return table.assign(field=table["source"], crop=crops, group=groups, known=True).astype({"right": bool})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([("a", "bean.rust", 0.6, True, 60)], 0.5, id="always right"),
        pytest.param([("a", "bean.rust", 0.9, True, 60), ("a", "bean.rust", 0.6, False, 60)], 0.9, id="from here on"),
        # 8 of 10 are right, but 60 cases do not prove it.
        pytest.param([("a", "bean.rust", 0.9, True, 48), ("a", "bean.rust", 0.9, False, 12)], 1.0, id="not proved"),
        pytest.param([], 1.0, id="no case"),
        pytest.param([("a", "bean.rust", 0.9, False, 60)], 1.0, id="never right"),
        pytest.param([("a", "bean.rust", 0.9, True, 49)], 1.0, id="too few cases"),
        pytest.param([("a", "bean.rust", 0.3, True, 60)], 0.5, id="no lower than the least"),
    ],
)
def test_answers_begin_where_the_next_field_is_right_often_enough(
    rows: list[tuple[str, str, float, bool, int]], expected: float
) -> None:
    assert fit_answer_threshold(cases(rows), precision=0.8, least=0.5) == expected


def test_photos_of_one_leaf_and_draws_of_one_district_prove_no_more_than_one() -> None:
    many = cases([("a", "bean.rust", 0.9, True, 60)])
    assert fit_answer_threshold(many.assign(group="one leaf"), precision=0.8, least=0.5) == 1.0
    (band,) = confidence_bands(cases([("a", "x.y", 0.95, True, 30)]).assign(group="leaf"), edges=(0.9,))
    assert right_of_ten(band) == 0
    draws = cases([(f"d{number}", "x.y", 0.95, True, 40) for number in range(9)])
    (one,), (many,) = (confidence_bands(rows, edges=(0.9,)) for rows in (draws.assign(field="d"), draws))
    assert right_of_ten(one) < right_of_ten(many)


SURE = [("a", "bean.rust", 0.6, True, 200), ("a", "pea.rust", 0.6, True, 60)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], {}, id="as all"),
        # 20 of 60 more at 0.6 are wrong; above, all are right.
        pytest.param(
            [("b", "pea.rust", 0.6, False, 60), ("b", "pea.rust", 0.9, True, 60)],
            {"pea.rust": 0.9, "pea.blight": 0.9},
            id="a hard place silences its own crop alone",
        ),
        pytest.param([("b", "pea.rust", 0.99, False, 60)], {"pea.rust": 1.0, "pea.blight": 1.0}, id="a harder one"),
        pytest.param([("b", "pea.rust", 0.6, False, 1)], {}, id="one case says little"),
        pytest.param([("a", "bean.healthy", 0.6, False, 12)], {"bean.healthy": 1.0}, id="healthy needs more"),
        # 85 of 100 would be enough for a disease; to leave a sick plant alone costs more.
        pytest.param(
            [
                ("a", "bean.healthy", 0.6, True, 85),
                ("a", "bean.healthy", 0.6, False, 15),
                ("a", "bean.healthy", 0.9, True, 20),
            ],
            {"bean.healthy": 0.9},
            id="healthy is right more often",
        ),
    ],
)
def test_a_class_may_need_more(rows: list[tuple[str, str, float, bool, int]], expected: dict[str, float]) -> None:
    found = fit_class_thresholds(cases([*SURE, *rows]), 0.6, CONDITIONS, PARAMS)
    # What all crops together need is no limit to a crop with a place of its own.
    assert found == pytest.approx(dict.fromkeys(CONDITIONS, 0.5) | expected)


def test_a_crop_without_a_place_of_its_own_is_a_field_like_all_others() -> None:
    found = fit_class_thresholds(cases([("a", "bean.rust", 0.9, True, 90)]), 0.6, CONDITIONS, PARAMS)
    assert (found["bean.rust"], found["pea.rust"]) == (0.5, 0.6)
    few = cases([("a", "bean.rust", 0.9, True, 90), ("a", "pea.rust", 0.9, True, 49)])
    assert fit_class_thresholds(few, 0.6, CONDITIONS, PARAMS)["pea.rust"] == 0.6


def test_it_is_named_only_where_a_field_has_shown_all_of_its_conditions() -> None:
    beans = place("a", [("bean.rust", "bean.rust", 0.9, 90), ("bean.healthy", "bean.healthy", 0.8, 90)])
    assert situations(beans)[None]["pea.rust"] == 0.5
    found = situations(beans, lab_only=["pea.blight", "bean.other"])
    assert found[None]["pea.rust"] == 1.0
    # Of a crop whose own place bears one photo out, several are named from there.
    assert found[None]["bean.rust"] == found[Situation.SEVERAL_PHOTOS]["bean.rust"] == 0.5


def test_sick_leaves_of_conditions_that_nobody_has_learned_count() -> None:
    strangers = cases([("c", "bean.rust", 0.7, False, 90), ("c", "bean.rust", 0.8, False, 1)]).assign(known=False)
    found = fit_class_thresholds(
        pd.concat([cases([*SURE, ("a", "bean.rust", 0.9, True, 40)]), strangers], ignore_index=True),
        0.6,
        CONDITIONS,
        PARAMS,
    )
    assert 0.7 < found["bean.rust"] <= 0.9
    # Of a crop without such leaves, hardly any of another's may be named either.
    assert found["pea.rust"] == 0.8


def test_the_next_field_is_right_as_often_as_is_stated() -> None:
    """Where confidences tell nothing, and fields differ as the rule supposes, four of five next fields hold."""
    random, (first, second, _) = np.random.default_rng(1), supposed_fields()
    table, held = cases([(f"f{number}", "bean.rust", 0.5, True, 60) for number in range(5)]), []
    # Where fewer are right on average, hardly any threshold is found.
    likely = np.flatnonzero(first > 2 * second)
    for fields in random.choice(likely, size=300):
        *shares, of_next = random.beta(first[fields], second[fields], size=6)
        right = random.random(len(table)) < np.repeat(shares, 60)
        drawn = table.assign(confidence=random.random(len(table)), right=right)
        if fit_answer_threshold(drawn, precision=0.8, least=0.0) < 1:
            held.append(of_next >= 0.8)
    assert np.mean(held) == pytest.approx(FIELDS, abs=2 * (FIELDS * (1 - FIELDS) / len(held)) ** 0.5)


MANY = [(f"p{number}", "x.y", 0.95, True, 40) for number in range(9)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([("a", "x.y", 0.6, True, 20), ("a", "x.y", 0.8, True, 20)], [(0.5, 5), (0.7, 5)], id="one field"),
        pytest.param(MANY, [(0.9, 9)], id="many fields that agree"),
        pytest.param([*MANY[1:], ("a", "x.y", 0.95, True, 40), ("a", "x.y", 0.95, False, 20)], [(0.9, 5)], id="worst"),
        pytest.param([("a", "x.y", 0.8, True, 20), ("a", "x.y", 0.95, True, 6)], [(0.7, 5)], id="few at the top"),
        pytest.param([("a", "x.y", 0.6, True, 19), ("a", "x.y", 0.9, True, 20)], [(0.9, 5)], id="few below"),
        pytest.param([("a", "x.y", 0.4, True, 30)], [], id="below the lowest edge"),
        pytest.param([("a", "x.y", 0.9, False, 30)], [(0.9, 0)], id="never right"),
        pytest.param([], [], id="no answers"),
    ],
)
def test_words_promise_what_the_next_field_keeps(
    rows: list[tuple[str, str, float, bool, int]], expected: list[tuple[float, int]]
) -> None:
    bands = confidence_bands(cases(rows), edges=(0.5, 0.7, 0.9))
    assert [(band.min_probability, right_of_ten(band)) for band in bands] == expected


def place(name: str, rows: Sequence[tuple[str, str, float, int]], *, lab_only: Sequence[str] = ()) -> Place:
    """Of truth, named condition, its probability and count; the rest goes to the other crop's first condition."""
    truth, beliefs = [], []
    for true, best, sure, count in rows:
        belief = dict.fromkeys(CLASSES, 0.0)
        belief["pea.rust" if best.startswith("bean") else "bean.rust"] = 1 - sure
        belief[best] = sure
        truth += [true] * count
        beliefs += [list(belief.values())] * count
    photos = pd.DataFrame({"class_id": truth, "source": name, "group": [str(number) for number in range(len(truth))]})
    return Place(name, Answers(CLASSES, np.array(beliefs, dtype=np.float32)), photos, frozenset(lab_only))


def situations(*places: Place, lab_only: Sequence[str] = ()) -> dict[Situation | None, dict[str, float]]:
    found = fit_situations(places, CONDITIONS, frozenset(lab_only), hint=HINT, reject=0.5, params=PARAMS)
    return {
        situation: {condition: rules.threshold(condition) for condition in CONDITIONS}
        for situation, rules in found.items()
    }


def test_what_was_learned_in_the_laboratory_alone_is_judged_apart() -> None:
    field = place("elsewhere", [("bean.rust", "bean.rust", 0.8, 90)])
    wrong = [("pea.rust", "pea.blight", 0.99, 90)]
    lab = place("field", wrong, lab_only=["pea.rust", "pea.blight"])
    found = situations(field, lab, lab_only=["pea.rust", "pea.blight"])[None]
    assert found["bean.rust"] == 0.5
    assert found["pea.rust"] == found["pea.blight"] == 1.0
    # Without that knowledge, its mistakes would silence everything.
    assert situations(field, place("field", wrong))[None]["bean.rust"] == 1.0


def test_every_situation_has_thresholds_by_its_own_answers() -> None:
    # Half of what is sure at 0.6 is wrong, but always about the crop: once that is named, all of it is right.
    rows = [
        ("bean.rust", "bean.rust", 0.9, 90),
        ("bean.rust", "pea.blight", 0.6, 45),
        ("bean.rust", "bean.rust", 0.6, 45),
    ]
    found = situations(place("elsewhere", rows))
    assert found[None]["bean.rust"] == pytest.approx(0.9, abs=0.002)
    assert found[Situation.CROP_NAMED]["bean.rust"] == 0.5
    # Few plants were shown twice.
    assert found[Situation.CROP_NAMED_SEVERAL_PHOTOS] == found[Situation.CROP_NAMED]
    assert found[Situation.SEVERAL_PHOTOS] == found[None]


def test_of_a_crop_with_one_condition_a_named_crop_proves_nothing() -> None:
    classes = ("bean.rust", "bean.healthy", "pea.healthy", *REJECT_CLASSES)
    photos = pd.DataFrame({"class_id": "pea.healthy", "source": "a", "group": [str(number) for number in range(90)]})
    always = np.tile(np.array([[0.1, 0, 0.9, 0, 0]], dtype=np.float32), (90, 1))
    number = Place("a", Answers(classes, always), photos)
    found = fit_situations([number], classes[:3], frozenset(), hint=HINT, reject=0.5, params=PARAMS)
    assert found[None].threshold("pea.healthy") == 0.5
    assert found[Situation.CROP_NAMED].threshold("pea.healthy") == 1.0


def test_words_count_all_crops_from_where_one_without_a_place_is_named() -> None:
    beans = [place(f"b{at}", [("bean.rust", "bean.rust", sure, 60) for sure in (0.25, 0.9)]) for at in range(6)]
    peas = place("p", [("pea.rust", "pea.rust", 0.9, 60), ("pea.rust", "pea.blight", 0.25, 60)])
    every = fit_situations([*beans, peas], CONDITIONS, frozenset(), hint=HINT, reject=0.5, params=PARAMS)
    found = every[Situation.CROP_NAMED]
    # The hard place silences peas alone. A third crop may be as hard, and is named as soon as beans are.
    assert found.answer < 0.75 < found.threshold("pea.rust")
    assert [right_of_ten(band) for band in found.confidence_bands] == [0, 9]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # The photos contradict a right sender, unless the weight is small enough.
        pytest.param([("bean.rust", "pea.blight", 0.97, 400)], 0.1, id="a hint is needed"),
        pytest.param([("bean.rust", "bean.rust", 0.9, 400)], 0.3, id="the gentlest of equals"),
    ],
)
def test_the_weight_of_a_named_crop(rows: list[tuple[str, str, float, int]], expected: float) -> None:
    assert fit_hint([place("a", rows)], reject=0.5, params=PARAMS).other_crops == expected


@pytest.mark.parametrize(("refused", "expected"), [(0, 1.0), (2, 1.0), (40, 0.1), (90, 0.1)])
def test_who_names_a_crop_is_seldom_told_that_it_is_an_unknown_plant(refused: int, expected: float) -> None:
    beliefs = np.zeros((90, len(CLASSES)), dtype=np.float32)
    beliefs[:, 0] = 1
    # At 0.3 it would still be refused.
    beliefs[:refused] = [0.2, 0, 0, 0, 0.8, 0]
    photos = pd.DataFrame({"class_id": "bean.rust", "source": "a", "group": [str(number) for number in range(90)]})
    hint = fit_hint([Place("a", Answers(CLASSES, beliefs), photos)], reject=0.5, params=PARAMS)
    assert hint.unknown_plant == expected


def fitted(rejected: list[float], *, right: int) -> DecisionRules:
    """Rules for 100 bean photos with this mass on the reject classes, the first ``right`` right, and 50 weeds."""
    params = PARAMS.model_copy(update={"lost_good_photos": 0.1, "band_edges": (0.5,), "min_side_px": 64})
    # The best condition gets all that is not rejected but a twentieth. For weeds, no condition gets it.
    beans = [[0.95 * (1 - mass), 0.05 * (1 - mass), mass / 2, mass / 2] for mass in rejected]
    photos = pd.DataFrame(
        {
            "class_id": ["bean.rust"] * right + ["bean.healthy"] * (100 - right) + ["unknown_plant"] * 50,
            "source": [f"beans {number % 2}" for number in range(100)] + ["weeds"] * 50,
            "group": [str(number) for number in range(150)],
            "luminance": [*range(100, 200), *[0] * 50],
            "sharpness": [*range(200, 300), *[0] * 50],
        }
    )
    probabilities = np.array(beans + [[0.0, 0.0, 1.0, 0.0]] * 50, dtype=np.float32)
    return fit_rules(Answers(("bean.rust", "bean.healthy", *REJECT_CLASSES), probabilities), photos, (), params)


def test_without_places_the_sources_of_validation_photos_stand_in() -> None:
    rules = fitted([0.0] * 100, right=98)
    assert rules.thresholds.answer == 0.5
    assert rules.thresholds.reject == 0.5, "never below one half"
    assert {one.confidence_bands for one in (rules, *rules.situations.values())} == {()}, "they promise nothing"
    # A quarter of a tenth of the beans, 100..199 and 200..299; the weeds do not count.
    assert rules.quality.min_luminance == pytest.approx(102.5, abs=0.06)
    assert rules.quality.min_sharpness == pytest.approx(202.5, abs=0.06)
    assert rules.quality.min_side_px == 64
    taken_for_weeds = fitted([0.0] * 80 + [0.7] * 20, right=80)
    assert taken_for_weeds.thresholds.reject == pytest.approx(0.7)
