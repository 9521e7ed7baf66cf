from typing import Any

import numpy as np
import pandas as pd
import pytest

from majani.model.head import Answers
from tests.training.figures import BUNDLE, CLASS_IDS, MAKE, alone, predicted, shown
from training.evaluation.metrics import (
    calibration_error,
    decision_figures,
    precision_figures,
    predictions,
    source_figures,
)


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return alone(pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("confidence", "right", "expected"),
    [
        pytest.param([0.95, 0.95], [True, False], 0.45, id="one bin"),
        pytest.param([0.8, 0.8, 0.8, 0.8, 0.8], [True] * 4 + [False], 0.0, id="as sure as right"),
        pytest.param([1.0, 0.9], [True, True], 0.05, id="certainty falls in the last bin"),
        # Bins of three and one photos: 3/4 * |0.65 - 1/3| + 1/4 * |0.25 - 1|.
        pytest.param([0.65, 0.65, 0.65, 0.25], [True, False, False, True], 0.425, id="weighted by photos"),
    ],
)
def test_calibration_error(confidence: list[float], right: list[bool], expected: float) -> None:
    assert calibration_error(np.array(confidence), np.array(right)) == pytest.approx(expected)


def test_predictions_are_raw_restricted_and_decided() -> None:
    likely = [
        {"bean.rust": 0.8, "bean.healthy": 0.2},
        {"tomato.late_blight": 0.5, "bean.healthy": 0.1, "bean.rust": 0.4},
        {"not_a_plant": 0.9, "bean.rust": 0.1},
    ]
    probabilities = np.array([[belief.get(id_, 0) for id_ in CLASS_IDS] for belief in likely], dtype=np.float32)
    answers, numbers = Answers(CLASS_IDS, probabilities), ["1", "2", "3"]
    photos = pd.DataFrame({"photo": numbers, "group": numbers, "source": ["beans", "beans", "things"]})
    photos["class_id"] = ["bean.healthy", "bean.rust", "not_a_plant"]
    photos = photos.assign(domain="field", doubt="", side_px=256, luminance=100.0, sharpness=500.0)
    dark = predictions(BUNDLE, answers, photos.assign(luminance=[100.0, 0.0, 100.0]))
    assert list(dark["outcome"]) == ["condition", "retake", "not_a_plant"]
    blurred = predictions(BUNDLE, answers, photos.assign(sharpness=0.0))
    assert list(blurred["outcome"]) == ["retake", "retake", "not_a_plant"]
    rows = predictions(BUNDLE, answers, photos)
    assert list(rows["top1"]) == list(dark["top1"]) == ["bean.rust", "tomato.late_blight", "not_a_plant"]
    assert list(rows["top1_own_classes"]) == ["bean.rust", "bean.rust", "not_a_plant"]
    # Whose crop is named is believed.
    assert list(rows["outcome"]) == ["condition", "condition", "not_a_plant"]
    assert list(rows["condition"]) == ["bean.rust", "bean.rust", ""]
    assert list(rows["confidence"]) == pytest.approx([0.8, 0.5, 0.9])


def test_figures_of_a_source_are_those_of_its_crops_rejects_own_classes_and_doubtful_folders() -> None:
    weed = {"condition": "", "outcome": "unknown_plant"}
    rows = table(
        predicted("bean.rust", "bean.rust"),
        predicted("bean.rust", "tomato.healthy", top1_own_classes="bean.rust"),
        predicted("bean.healthy", "bean.rust"),
        predicted("bean.healthy", "bean.healthy", doubt="few"),
        predicted("unknown_plant", "unknown_plant", **weed),
        predicted("not_a_plant", "unknown_plant", **weed),
    )
    assert shown(dict(source_figures(rows, MAKE))) == {
        "beans.top1": (pytest.approx(33.333), 3),
        "beans.top1_own_classes": (pytest.approx(66.667), 3),
        "beans.top1_doubtful": (100, 1),
        "beans.refused": (100, 2),
        "beans.rejects_top1": (50, 2),
    }


def test_decisions_on_sound_field_photos() -> None:
    rows = table(
        predicted("bean.rust", "bean.rust"),
        predicted("bean.rust", "bean.healthy"),
        predicted("bean.rust", "bean.rust", outcome="uncertain", condition="", domain="web", source="plantdoc"),
        predicted("bean.rust", "not_a_plant", outcome="not_a_plant", condition=""),
        predicted("bean.rust", "not_a_plant", outcome="not_a_plant", condition="", domain="lab"),
        predicted("bean.rust", "not_a_plant", outcome="not_a_plant", condition="", doubt="few"),
        predicted("unknown_plant", "unknown_plant", outcome="unknown_plant", condition="", source="weeds"),
    )
    assert shown(dict(decision_figures(rows, MAKE))) == {
        "sick.named_healthy": (20, 5),
        "beans.answered": (50, 4),
        "beans.right_when_answered": (50, 2),
        "beans.right_when_surest": (pytest.approx(33.333), 3),
        "plantdoc.answered": (0, 1),
        "plantdoc.right_when_surest": (100, 1),
        "field.answered": (50, 4),
        "field.right_when_answered": (50, 2),
        "field.right_when_surest": (pytest.approx(66.667), 3),
        "field.retake": (0, 4),
        "field.top1": (50, 4),
        "field.wrongly_refused": (25, 4),
        "field.ece": (pytest.approx(0.4), 4),
    }


def test_what_eight_bits_cost() -> None:
    rows = table(predicted("bean.rust", "bean.rust"), *[predicted("bean.rust", "bean.healthy")] * 3)
    figures = dict(precision_figures(BUNDLE, rows, ["bean.rust"] * 3 + ["bean.healthy"], MAKE))
    assert shown(figures) == {
        "int8.points_lost": (50, 4),
        "bundle.size": (pytest.approx(len(BUNDLE.model) / 1e6, abs=0.001), None),
    }
