from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from tests.training.described import PARAMS_FILE
from training.settings import read_params


def settings() -> Any:
    return yaml.safe_load(PARAMS_FILE.read_text(encoding="utf-8"))


def test_the_projects_own_settings_are_sound() -> None:
    params = read_params(PARAMS_FILE)
    assert params.split.test_share == settings()["split"]["test_share"]
    assert params.train.phases[-1].side_px == settings()["train"]["phases"][-1]["side_px"]


def test_photos_are_copies_only_if_they_are_related() -> None:
    limits = read_params(PARAMS_FILE).curate
    assert limits.duplicate_distance <= limits.related_distance
    assert limits.duplicate_difference <= limits.related_difference


@pytest.mark.parametrize(
    ("stage", "key", "value"),
    [
        ("curate", "duplicate_distance", 65),
        ("split", "test_share", 0.5),
        ("split", "val_share", 0),
        ("train", "phases", []),
        ("train", "class_balance", 1.5),
        ("train", "precision", "8-mixed"),
        ("train", "source_weights", {"field_reviews": 0}),
        ("train", "new_condition_share", 0.5),
        ("reviews", "min_agreement", 0.5),
        ("reviews", "enough_agreement", 0.5),
        ("reviews", "min_cases_of_new_condition", 0),
        ("export", "opset", 17),
        ("calibrate", "answer_precision", 1),
        ("evaluate", "resamples", 99),
        ("gate", "seed", "today"),
        ("stress_test", "photos", 0),
        ("stress_test", "resamples", 99),
    ],
)
def test_an_impossible_setting_is_refused(tmp_path: Path, stage: str, key: str, value: Any) -> None:
    changed = settings()
    changed[stage][key] = value
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(changed), encoding="utf-8")
    with pytest.raises(ValidationError, match=rf"{stage}\.{key}"):
        read_params(tmp_path / "params.yaml")


def test_a_quick_round_is_short_and_everything_else_is_as_ever() -> None:
    full = read_params(PARAMS_FILE).train
    assert full.of_this_round() == full
    quick = full.model_copy(update={"start_from": "2026.11.24-00000000"}).of_this_round()
    assert quick.phases == full.quick.phases != full.phases
    assert (quick.ema_decay, quick.batch_size, quick.seed) == (full.quick.ema_decay, full.batch_size, full.seed)
