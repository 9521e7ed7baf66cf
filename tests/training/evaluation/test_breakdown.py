import pandas as pd
import pytest

from tests.training.figures import PARAMS, alone
from training.evaluation.breakdown import accuracy_table, coverage_curve, reliability_table
from training.evaluation.metrics import calibration_error


def answered(*answers: tuple[str, str], **columns: object) -> pd.DataFrame:
    return alone(pd.DataFrame(answers, columns=["class_id", "top1"])).assign(**columns)


def test_accuracy_by_class_in_field_and_laboratory() -> None:
    named = ["bean.rust", "bean.healthy", "bean.healthy", "unknown_plant", "bean.rust"]
    rows = answered(*(("bean.rust", one) for one in named), ("bean.healthy", "bean.healthy"))
    rows["domain"] = ["field", "field", "web", "web", "lab", "lab"]
    table = accuracy_table(rows, rows["class_id"], PARAMS)
    assert table[["name", "where", "photos", "top1", "mistaken_for"]].to_numpy().tolist() == [
        ["bean.healthy", "lab", 1, 100, ""],
        ["bean.rust", "field", 4, 25, "bean.healthy (2)"],
        ["bean.rust", "lab", 1, 100, ""],
    ]
    assert ((table["low"] <= table["top1"]) & (table["top1"] <= table["high"])).all()
    by_crop = accuracy_table(rows, rows["class_id"].str.partition(".")[0], PARAMS)
    assert list(by_crop["photos"]) == [4, 2]


def test_reliability_has_the_bins_of_the_calibration_error() -> None:
    rows = answered(*[("a", "a")] * 3, *[("a", "b")] * 2)
    rows["confidence"] = [0.85, 0.25, 1.0, 0.81, 0.26]
    table = reliability_table(rows, PARAMS)
    assert [tuple(row) for row in table[["photos", "confidence", "right"]].itertuples(index=False)] == [
        (2, pytest.approx(0.255), 0.5),
        (2, pytest.approx(0.83), 0.5),
        (1, 1.0, 1.0),
    ]
    gaps = (table["confidence"] - table["right"]).abs() * table["photos"] / len(rows)
    right = (rows["top1"] == rows["class_id"]).to_numpy()
    assert gaps.sum() == pytest.approx(calibration_error(rows["confidence"].to_numpy(), right))


def test_coverage_falls_to_what_may_be_answered_at_all() -> None:
    rows = answered(("a", "a"), ("a", "a"), ("a", "b"), ("a", "a"), ("a", "not_a_plant"))
    rows["confidence"] = [0.5, 0.9, 0.7, 0.7, 0.99]
    curve = coverage_curve(rows)
    assert [tuple(row) for row in curve.itertuples(index=False)] == [
        (0.9, 0.2, 1.0),
        # No threshold lies between the two photos of 0.7.
        (0.7, 0.6, pytest.approx(2 / 3, abs=1e-4)),
        (0.5, 0.8, 0.75),
    ]
