import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.training.described import PARAMS_FILE, ROOT
from training.settings import SettingsError, read_params
from training.stages import split


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


def test_settings_that_are_not_here_end_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"params\.yaml is not here"):
        read_params(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("stage", "changes"),
    [
        ("train", {"source_weights": {"plantvilage": 2}}),
        ("train", {"source_weights": {"bean": 2}}),
        ("stress_test", {"field_source": "plantvilage"}),
        ("leave_out", {"runs": [["plantvillage"], ["bean", "bean.rust", "plantvilage"]]}),
        ("split", {}),
    ],
)
def test_a_name_that_stands_for_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, changes: dict[str, Any]
) -> None:
    for folder in ("sources", "catalogue"):
        shutil.copytree(ROOT / "data" / folder, tmp_path / "data" / folder)
    shutil.copy(ROOT / "data/taxonomy.yaml", tmp_path / "data")
    # What a project describes no longer may stay in its settings.
    (tmp_path / "data/sources/plantdoc.yaml").rename(tmp_path / "data/catalogue/plantdoc.yaml")
    changed = settings()
    changed[stage] |= changes
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(changed), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    # The project's own names pass, also those of sources without photos: there are none at all here.
    with pytest.raises(SettingsError if changes else FileNotFoundError, match=r"plantvilage|bean|photos\.csv"):
        split.main()


def test_a_quick_round_is_short_and_everything_else_is_as_ever() -> None:
    full = read_params(PARAMS_FILE).train
    assert full.of_this_round() == full
    quick = full.model_copy(update={"start_from": "2026.11.24-00000000"}).of_this_round()
    assert quick.phases == full.quick.phases != full.phases
    assert (quick.ema_decay, quick.batch_size, quick.seed) == (full.quick.ema_decay, full.batch_size, full.seed)
