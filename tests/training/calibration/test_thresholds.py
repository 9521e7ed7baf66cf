import numpy as np
import pandas as pd
import pytest

from majani.model.bundle import ConfidenceBand, DecisionRules
from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE
from training.calibration.probabilities import Answers
from training.calibration.thresholds import confidence_bands, fit_answer_threshold, fit_class_thresholds, fit_rules
from training.settings import CalibrateParams, read_params

# Place k of 100 has confidence 1.00, 0.99 .. 0.01.
FALLING = np.linspace(1.0, 0.01, 100).astype(np.float32)


def table(rows: list[tuple[str, float, bool]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["source", "confidence", "right"])
    return frame.astype({"confidence": np.float32, "right": bool})


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        pytest.param({"beans": [True] * 100}, 0.01, id="always right"),
        # 50 of 55 are the last nine tenths; the 55th has confidence 0.46.
        pytest.param({"beans": [True] * 50 + [False] * 50}, 0.46, id="right half"),
        pytest.param({"beans": [False] + [True] * 99}, 0.01, id="a wrong start is made up for"),
        pytest.param({"beans": [False] * 100}, 0.99, id="never reached"),
        pytest.param({"beans": [False] * 50}, 0.99, id="fifty are enough"),
        pytest.param({"beans": [False] * 49}, 0.99, id="a small source tells nothing"),
        pytest.param({"beans": [True] * 50, "peas": [False] * 49}, 0.51, id="a small source is ignored"),
        pytest.param(
            {"beans": [True] * 100, "peas": [True] * 50 + [False] * 50, "lentils": [False] * 49},
            0.46,
            id="the strictest source wins",
        ),
        pytest.param({}, 0.99, id="no photos"),
    ],
)
def test_answer_threshold(rights: dict[str, list[bool]], expected: float) -> None:
    rows = [
        (source, float(confidence), is_right)
        for source, right in rights.items()
        for confidence, is_right in zip(FALLING, right, strict=False)
    ]
    threshold = fit_answer_threshold(table(rows), precision=0.9, least=0.0)
    # Rounded up to a thousandth, and never below what was counted.
    assert expected <= threshold <= expected + 0.0011


def test_no_threshold_is_lower_than_the_least() -> None:
    sure = table([("beans", float(confidence), True) for confidence in np.linspace(0.9, 0.2, 60)])
    assert fit_answer_threshold(sure, precision=0.9, least=0.5) == 0.5


def class_thresholds(rows: list[tuple[str, str, float, bool]], *, prior_photos: float) -> dict[str, float]:
    params = read_params(PARAMS_FILE).calibrate.model_copy(
        update={"answer_precision": 0.9, "min_answer": 0.5, "prior_photos": prior_photos}
    )
    answers = table([(source, confidence, right) for source, _, confidence, right in rows])
    return fit_class_thresholds(answers.assign(best=[best for _, best, _, _ in rows]), params)


# The hard source is right from 0.8 on, and half right below.
HARD = [("hard", "bean.rust", 0.85, True)] * 30 + [("hard", "bean.rust", 0.6, bool(place % 2)) for place in range(30)]


EASY, FEW = [("easy", "pea.rust", 0.55, True)] * 60, [("easy", "pea.rust", 0.55, True)] * 3
NEVER_RIGHT = [("easy", "pea.rust", 0.98, False)] * 60
# Its surest photo is at 0.6, where half are right.
UNSURE = [("hard", "bean.rust", 0.6, bool(place % 2)) for place in range(60)]


@pytest.mark.parametrize(
    ("rows", "prior_photos", "class_id", "expected"),
    [
        pytest.param(HARD + EASY, 5, "pea.rust", 0.5, id="always right"),
        # Above 0.6 the thirty right ones are left.
        pytest.param(HARD, 5, "bean.rust", 0.605, id="as much as its own answers show"),
        pytest.param(HARD + FEW, 20, "pea.rust", 0.605, id="few photos are near the hardest source"),
        pytest.param(HARD + FEW, 0.1, "pea.rust", 0.5, id="few photos count if the prior is weak"),
        pytest.param(HARD + NEVER_RIGHT, 5, "pea.rust", 0.99, id="never right"),
        pytest.param([*UNSURE, ("easy", "pea.rust", 0.95, True)], 20, "pea.rust", 0.99, id="one sure photo"),
        pytest.param(HARD[:40], 5, "bean.rust", None, id="no source is large enough"),
    ],
)
def test_class_threshold(
    rows: list[tuple[str, str, float, bool]], prior_photos: float, class_id: str, expected: float | None
) -> None:
    found = class_thresholds(rows, prior_photos=prior_photos)
    assert found.get(class_id) == (expected and pytest.approx(expected))
    assert expected or found == {}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Of each band: confidence, right answers, all answers; bands as lower edge, right, answered.
        pytest.param(
            [(0.5, 12, 20), (0.8, 16, 20), (1.0, 20, 21)],
            [(0.5, 12, 20), (0.7, 16, 20), (0.9, 20, 21)],
            id="each enough",
        ),
        pytest.param([(0.6, 12, 20), (0.8, 16, 20), (0.9, 5, 6)], [(0.5, 12, 20), (0.7, 21, 26)], id="few at the top"),
        pytest.param([(0.6, 9, 15), (0.8, 2, 3), (0.95, 2, 2)], [(0.5, 13, 20)], id="all joined"),
        pytest.param([(0.6, 12, 19), (0.9, 20, 20)], [(0.9, 20, 20)], id="few at the bottom are not promised"),
        pytest.param([(0.4, 30, 30)], [], id="below the lowest edge"),
        pytest.param([], [], id="no answers"),
    ],
)
def test_confidence_bands(counts: list[tuple[float, int, int]], expected: list[tuple[float, int, int]]) -> None:
    rows = [("beans", one, place < rights) for one, rights, answers in counts for place in range(answers)]
    bands = confidence_bands(table(rows), edges=(0.5, 0.7, 0.9))
    assert bands == tuple(
        ConfidenceBand(min_probability=lower, right=rights, answered=answers) for lower, rights, answers in expected
    )


def test_a_band_promises_what_its_worst_source_kept() -> None:
    counts = {("easy", True): 50, ("hard", True): 14, ("hard", False): 7, ("few", False): 19}
    rows = [(source, 0.95, right) for (source, right), count in counts.items() for _ in range(count)]
    bands = confidence_bands(table(rows), edges=(0.5, 0.9))
    assert bands == (ConfidenceBand(min_probability=0.9, right=14, answered=21),)


def fitted(rejected: list[float], *, right: int) -> DecisionRules:
    """Rules for 100 bean photos with this mass on the reject classes, the first ``right`` right, and 50 weeds."""
    params: CalibrateParams = read_params(PARAMS_FILE).calibrate.model_copy(
        update={"lost_good_photos": 0.1, "answer_precision": 0.9, "band_edges": (0.5,), "min_side_px": 64}
    )
    # The best condition gets all that is not rejected but a twentieth. For weeds, no condition gets it.
    beans = [[0.95 * (1 - mass), 0.05 * (1 - mass), mass / 2, mass / 2] for mass in rejected]
    photos = pd.DataFrame(
        {
            "class_id": ["bean.rust"] * right + ["bean.healthy"] * (100 - right) + ["unknown_plant"] * 50,
            "source": ["beans"] * 100 + ["weeds"] * 50,
            "luminance": [*range(100, 200), *[0] * 50],
            "sharpness": [*range(200, 300), *[0] * 50],
        }
    )
    probabilities = np.array(beans + [[0.0, 0.0, 1.0, 0.0]] * 50, dtype=np.float32)
    return fit_rules(Answers(("bean.rust", "bean.healthy", *REJECT_CLASSES), probabilities), photos, params)


def test_rules_from_photos_that_are_all_told_apart() -> None:
    rules = fitted([0.0] * 100, right=90)
    assert rules.thresholds.answer == 0.95
    assert rules.thresholds.reject == 0.5, "never below one half"
    assert rules.confidence_bands == (ConfidenceBand(min_probability=0.5, right=90, answered=100),)
    # A quarter of a tenth of the beans, 100..199 and 200..299; the weeds do not count.
    assert rules.quality.min_luminance == pytest.approx(102.5, abs=0.06)
    assert rules.quality.min_sharpness == pytest.approx(202.5, abs=0.06)
    assert rules.quality.min_side_px == 64


def test_a_band_counts_only_what_its_thresholds_answer() -> None:
    """Beans are right from 0.8 on, peas from 0.5: a wrong bean at 0.6 is not an answer."""
    params = read_params(PARAMS_FILE).calibrate.model_copy(
        update={"answer_precision": 0.9, "min_answer": 0.5, "prior_photos": 1, "band_edges": (0.5, 0.7)}
    )
    rows = [("bean.rust", 0.9, True)] * 60 + [("bean.rust", 0.6, False)] * 60 + [("bean.healthy", 0.6, True)] * 40
    probabilities = [
        [sure, 1 - sure, 0, 0] if best == "bean.rust" else [1 - sure, sure, 0, 0] for best, sure, _ in rows
    ]
    other = {"bean.rust": "bean.healthy", "bean.healthy": "bean.rust"}
    photos = pd.DataFrame(
        {
            "class_id": [best if right else other[best] for best, _, right in rows],
            "source": ["beans"] * 120 + ["peas"] * 40,
            "luminance": 100.0,
            "sharpness": 200.0,
        }
    )
    answers = Answers(("bean.rust", "bean.healthy", *REJECT_CLASSES), np.array(probabilities, dtype=np.float32))
    rules = fit_rules(answers, photos, params)
    assert rules.thresholds.per_class["bean.rust"] > 0.6
    assert rules.confidence_bands == (
        ConfidenceBand(min_probability=0.5, right=40, answered=40),
        ConfidenceBand(min_probability=0.7, right=60, answered=60),
    )


def test_beans_taken_for_weeds_raise_the_limit_and_are_not_asked() -> None:
    rules = fitted([0.0] * 80 + [0.7] * 20, right=100)
    assert rules.thresholds.reject == pytest.approx(0.7)
    assert rules.confidence_bands[0].answered == 80
