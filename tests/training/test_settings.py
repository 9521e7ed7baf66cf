from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.training.described import PARAMS_FILE
from training.settings import SettingsError, read_params


def settings() -> Any:
    return yaml.safe_load(PARAMS_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("stage", "key", "value"),
    [
        ("curate", "related_distance", 1),  # copies would not be related
        ("train", "phases", []),
        ("train", "source_weights", {"field_reviews": 0}),
        ("evaluate", "resamples", 99),
    ],
)
def test_an_impossible_setting_is_refused(tmp_path: Path, stage: str, key: str, value: Any) -> None:
    changed = settings()
    changed[stage][key] = value
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(changed), encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"params\.yaml: {stage}"):
        read_params(tmp_path / "params.yaml")


def test_a_quick_round_is_short_and_everything_else_is_as_ever() -> None:
    full = read_params(PARAMS_FILE).train
    assert full.of_this_round() == full
    quick = full.model_copy(update={"start_from": "2026.11.24-00000000"}).of_this_round()
    assert quick.phases == full.quick.phases != full.phases
    assert (quick.ema_decay, quick.batch_size, quick.seed) == (full.quick.ema_decay, full.batch_size, full.seed)
