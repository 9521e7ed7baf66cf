import pandas as pd

from training.evaluation.compare_rules import changes

PHOTOS = pd.DataFrame({"class_id": ["bean.rust", "bean.rust", "pea.rust", "unknown_plant"]})


def said(*conditions: str) -> pd.DataFrame:
    outcome = ["condition" if one else "uncertain" for one in conditions]
    return pd.DataFrame({"outcome": outcome, "condition": conditions})


def test_counts_answers_before_and_after_of_touched_classes_and_of_all() -> None:
    before, after = said("bean.rust", "", "pea.rust", ""), said("bean.rust", "bean.rust", "pea.rust", "pea.rust")
    found = changes(PHOTOS, before, after)
    expected = pd.DataFrame(
        {
            "photos": [2, 1, 4],
            "answered_before": [1, 0, 2],
            "right_before": [1, 0, 2],
            "answered_after": [2, 1, 4],
            "right_after": [2, 0, 3],
        },
        index=["bean.rust", "unknown_plant", "all"],
    )
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
