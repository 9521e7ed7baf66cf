"""What a model is asked about as never seen, it must not have seen: not in training, and not when it was fitted."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from majani.decision.rules import Outcome
from majani.taxonomy import REJECT_CLASSES
from tests.tiny_bundle import tiny_bundle
from tests.training.described import PARAMS_FILE
from training.artifacts import SPLITS_FILE
from training.bundle import build
from training.evaluation import leave_out
from training.evaluation.figure_maker import FigureMaker
from training.evaluation.leave_out import crop_figures, left_out, train_without
from training.fit.trainer import TrainingRun
from training.settings import EvaluateParams, read_params

MAKE = FigureMaker(tiny_bundle(), EvaluateParams(seed=1, resamples=100), command=leave_out.COMMAND)
KINDS = (("ibean", "bean.rust"), ("mixed", "bean.rust"), ("mixed", "pea.rust"), ("weeds", "unknown_plant"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two photos of each kind in each split."""
    monkeypatch.chdir(tmp_path)
    SPLITS_FILE.parent.mkdir(parents=True)
    rows = [
        (f"{source}/{class_id}/{split}{number}.jpg", source, class_id, split)
        for source, class_id in KINDS
        for split in ("train", "val", "test")
        for number in range(2)
    ]
    table = pd.DataFrame(rows, columns=["photo", "source", "class_id", "split"])
    # One that is not left out looks like one that is.
    alike = {"mixed/pea.rust/train0.jpg": "weeds/unknown_plant/train0.jpg"}
    table = table.assign(domain="field", doubt="", group=table["photo"].replace(alike))
    table.to_csv(SPLITS_FILE, index=False)
    return tmp_path


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["weeds"], [False, False, False, True], id="a source"),
        pytest.param(["bean"], [True, True, False, False], id="a crop, whoever shows it"),
        pytest.param(["mixed", "weeds"], [False, True, True, True], id="several"),
        pytest.param(["bea"], [False] * 4, id="nothing"),
    ],
)
def test_sources_and_crops_are_left_out(names: list[str], expected: list[bool]) -> None:
    assert left_out(pd.DataFrame(KINDS, columns=["source", "class_id"]), names).tolist() == expected


@pytest.mark.usefixtures("project")
def test_nothing_is_fitted_to_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[pd.DataFrame] = []

    def fit(run: TrainingRun) -> None:
        assert run.params.start_from is None, "a promoted network has seen what is left out"
        given.extend((run.train, run.val))

    def exported(_: None, photos: pd.DataFrame, **__: Any) -> tuple[None, None]:
        given.append(photos)
        return None, None

    def calibrated(_: None, __: list[str], photos: pd.DataFrame, learned: pd.DataFrame, ___: Any) -> str:
        given.extend((photos, learned))
        return "bundle"

    monkeypatch.setattr(
        "training.fit.trainer.model_classes", lambda photos: [*sorted(set(photos["class_id"])), *REJECT_CLASSES]
    )
    monkeypatch.setattr(leave_out, "fit", fit)
    monkeypatch.setattr(build, "export_onnx", exported)
    monkeypatch.setattr(build, "calibrate", calibrated)
    params = read_params(PARAMS_FILE)
    quick = params.model_copy(update={"train": params.train.model_copy(update={"start_from": "2026.11.01-00000000"})})
    assert train_without(["weeds", "bean"], quick) == "bundle"
    assert [sorted(set(photos["split"])) for photos in given] == [["train"], ["val"], ["train"], ["val"], ["train"]]
    assert all(set(photos["class_id"]) == {"pea.rust"} for photos in given)
    assert not any(photos["group"].str.startswith("weeds/").any() for photos in given)


def test_an_unknown_crop_is_named_refused_or_left_open() -> None:
    outcomes = [Outcome.CONDITION, Outcome.HEALTHY, Outcome.UNKNOWN_PLANT, Outcome.NOT_A_PLANT, Outcome.UNCERTAIN]
    said = pd.DataFrame({"outcome": outcomes, "is_named": [True, True, False, False, False], "group": list("abcde")})
    figures = crop_figures(said, "bean", MAKE)
    assert {key: (one.value, one.n) for key, one in figures.items()} == {
        "left_out.bean.confident_wrong": (40, 5),
        "left_out.bean.refused": (40, 5),
        "left_out.bean.uncertain": (20, 5),
    }
