import json
import re
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import torch
import yaml

from tests.training.described import PARAMS_FILE
from tests.training.fit.conftest import PHASES
from tests.training.typed import typed
from training.artifacts.files import CLASSES_FILE, NETWORK_FILE, SPLITS_FILE
from training.fit.lightning_module import FineTuning
from training.fit.trainer import TrainingRun
from training.model.network import WeightsError
from training.places.answer_table import as_table, write_answers
from training.settings import read_params
from training.stages.train import PhaseStart
from training.warm_start.kept_networks import network_file, places_file


@pytest.mark.parametrize("stage", ["train", "leave-out"])
def test_an_unknown_backbone_stops_a_stage_with_one_line(
    run: TrainingRun, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forbid_training(run)
    assert typed(stage) == 1
    assert re.search(r"^Error: train\.backbone: .*nonsense", capsys.readouterr().err, re.MULTILINE)


def test_what_is_trained_is_trained_again_only_for_photos_that_the_network_learns(run: TrainingRun) -> None:
    forbid_training(run)
    splits = pd.read_csv(SPLITS_FILE, keep_default_na=False)
    learned = (splits[splits["split"] == name].reset_index(drop=True) for name in ("train", "val"))
    NETWORK_FILE.parent.mkdir(parents=True)
    torch.save({"run": TrainingRun.of(*learned, read_params().train).id}, NETWORK_FILE)
    assert typed("train") == 0
    closed = splits.assign(terms="unstated", photo="another")
    for others, trains in ((closed, False), (closed.assign(terms="open"), True)):
        pd.concat([splits, others], ignore_index=True).to_csv(SPLITS_FILE, index=False)
        assert typed("train") == int(trains)


def test_a_side_that_the_backbone_cannot_take_stops_it_before_the_first_phase(run: TrainingRun) -> None:
    phases = tuple(PHASES[0].model_copy(update={"side_px": side_px}) for side_px in (64, 100))
    params = run.params.model_copy(update={"backbone": "dla46_c", "weights": "none", "phases": phases})
    with pytest.raises(WeightsError, match="100 px"):
        FineTuning(classes=list(run.classes), params=params, val_sources=[])


def test_a_quick_round_takes_over_places_where_there_are_some(run: TrainingRun) -> None:
    forbid_training(run, start_from="first")
    # The bundle that it begins with has no places.
    assert typed("leave-out") == 1
    write_answers(as_table([]), places_file("first"))
    assert typed("leave-out") == 0


def test_without_phases_the_network_stays_as_it_is(run: TrainingRun) -> None:
    kept = {"backbone": "nonsense", "weights": {"head.bias": torch.ones(1)}, "classes": ["bean.rust", "unknown_plant"]}
    quick = {**yaml.safe_load(PARAMS_FILE.read_text(encoding="utf-8"))["train"]["quick"], "phases": []}
    forbid_training(run, start_from="first", quick=quick)
    network_file("first").parent.mkdir(parents=True)
    torch.save(kept, network_file("first"))
    assert typed("train") == 0
    assert torch.load(NETWORK_FILE, weights_only=True) == kept
    assert json.loads(CLASSES_FILE.read_text(encoding="utf-8")) == kept["classes"]


def forbid_training(run: TrainingRun, **train: Any) -> None:
    """Photos, and settings with which no network can be trained."""
    SPLITS_FILE.parent.mkdir(parents=True)
    rows = pd.concat([run.train.assign(split="train"), run.val.assign(split="val")], ignore_index=True)
    rows.assign(group=rows.index % 8).to_csv(SPLITS_FILE, index=False)
    params = yaml.safe_load(PARAMS_FILE.read_text(encoding="utf-8"))
    params["train"] |= {"backbone": "nonsense", "start_from": None, "terms": "open", **train}
    PARAMS_FILE.relative_to(PARAMS_FILE.parent).write_text(yaml.safe_dump(params), encoding="utf-8")


def test_a_phase_is_told_when_it_begins() -> None:
    said: list[tuple[int, str]] = []
    for epoch in range(sum(phase.epochs for phase in PHASES)):
        screen = SimpleNamespace(print=lambda line, epoch=epoch: said.append((epoch, line[:12])))
        PhaseStart(PHASES).on_train_epoch_start(SimpleNamespace(current_epoch=epoch), screen)
    assert said == [(0, "phase 1 of 2"), (2, "phase 2 of 2")]
