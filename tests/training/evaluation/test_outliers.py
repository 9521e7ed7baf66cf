from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE
from tests.training.figures import BUNDLE, CLASS_IDS, MAKE
from tests.training.seen import around
from training.artifacts.files import OUTLIER
from training.evaluation.outliers import outlier_figures
from training.settings import read_params

WIDTH = 24


def test_a_source_is_refused_only_if_others_are_like_it() -> None:
    seen = around(0, CLASS_IDS[0], width=WIDTH, split="train")
    for corner, class_id in enumerate(CLASS_IDS[1:], start=1):
        seen = seen.and_also(around(corner, class_id, width=WIDTH, split="train"))
    # Paddies are like each other, also where they are blurred; gravel and fog each look like a known condition.
    for source, corner, sharpness in (
        ("paddy", 20, 50.0),
        ("wet_paddy", 20, 50.0),
        ("gravel", 0, 50.0),
        ("misty_paddy", 20, 0.0),
        ("fog", 1, 0.0),
    ):
        own = {"source": source, "sharpness": sharpness}
        seen = seen.and_also(around(corner, REJECT_CLASSES[0], width=WIDTH, split=OUTLIER, **own))
    params = read_params(PARAMS_FILE).calibrate.model_copy(update={"outlier_share": 0.5})
    crop = CLASS_IDS[0].partition(".")[0]
    figures = outlier_figures(BUNDLE, seen, params, MAKE, mistaken_for={"gravel": [crop], "paddy": [crop]})
    found = {key: figure.value for key, figure in figures}
    assert {key.split(".")[1] for key in found} == {"paddy", "wet_paddy", "misty_paddy", "gravel", "fog"}
    assert found["outliers.paddy.refused"] > 95
    assert found["outliers.misty_paddy.refused"] > 95
    assert found["outliers.gravel.refused"] < 5
    assert found[f"outliers.paddy.as_{crop}"] == 0
    assert found[f"outliers.gravel.as_{crop}"] > 95, "it looks like one of its conditions"
    assert found["outliers.fog.sent_back"] > 95
    assert found["outliers.fog.named"] == 0
