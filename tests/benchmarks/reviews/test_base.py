"""The first model is made once for the same photos and settings, and anew for others."""

from pathlib import Path

import pandas as pd
import pytest
from torch import nn

from benchmarks.reviews import base
from benchmarks.reviews.stream import Parts
from majani.taxonomy import REJECT_CLASSES
from tests.tiny_bundle import tiny_bundle
from tests.training.described import ROOT
from training.fit.trainer import Lesson
from training.settings import Params, read_params


@pytest.fixture
def trainings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that were trained; what takes minutes is left out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "training.fit.trainer.model_classes", lambda photos: [*sorted(set(photos["class_id"])), *REJECT_CLASSES]
    )
    monkeypatch.setattr(base, "keep_freed_memory", lambda: None)
    monkeypatch.setattr(base, "bundle_of", lambda *_, **__: tiny_bundle())
    runs: list[str] = []

    def fit(lesson: Lesson) -> nn.Module:
        runs.append(lesson.run)
        return nn.Linear(1, 1)

    monkeypatch.setattr(base, "fit", fit)
    return runs


def parts(*photos: str) -> Parts:
    rows = pd.DataFrame({"photo": list(photos), "class_id": "bean.healthy", "setting": "field", "doubt": ""})
    return Parts(train=rows, val=rows.assign(source="ibean"), farmers=rows, test=rows)


@pytest.fixture
def params() -> Params:
    return read_params(ROOT / "params.yaml")


def test_is_made_once(trainings: list[str], params: Params) -> None:
    made = [base.base_bundle(parts("a", "b"), params).manifest.version for _ in range(2)]
    assert made == [tiny_bundle().manifest.version] * 2
    assert len(trainings) == 1


def test_knows_nothing_of_a_quick_round(trainings: list[str], params: Params) -> None:
    """The promoted network knows the condition that the first model must not."""
    base.base_bundle(parts("a"), params)
    train = params.train.model_copy(update={"start_from": "2026.11.01-00000000"})
    base.base_bundle(parts("a"), params.model_copy(update={"train": train}))
    assert len(trainings) == 1


@pytest.mark.parametrize("stage", ["train", "export", "calibrate"])
def test_other_settings_make_another(trainings: list[str], params: Params, stage: str) -> None:
    base.base_bundle(parts("a"), params)
    change = {
        "train": {"learning_rate": 0.1},
        "export": {"calibration_photos": 1},
        "calibrate": {"answer_precision": 0.5},
    }[stage]
    other = params.model_copy(update={stage: getattr(params, stage).model_copy(update=change)})
    base.base_bundle(parts("a"), other)
    assert len(trainings) == 2


def test_another_deal_of_the_photos_makes_another(trainings: list[str], params: Params) -> None:
    """Or the first model would have learned what it is examined on."""
    base.base_bundle(parts("a", "b"), params)
    base.base_bundle(parts("a"), params)
    assert len(set(trainings)) == 2


def test_a_kill_while_it_is_written_leaves_none(
    trainings: list[str], params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.base_bundle(parts("a"), params)
    with monkeypatch.context() as killed:
        killed.setattr(base, "write_bundle", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            base.base_bundle(parts("b"), params)
    base.base_bundle(parts("a"), params)
    assert len(trainings) == 3
