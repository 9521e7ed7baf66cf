"""What a network is asked about as never seen, it must not have seen: not in training, and not when it was fitted."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE
from training.artifacts.embeddings import KEPT, EmbeddingTable
from training.artifacts.files import SPLITS_FILE
from training.fit.trainer import TrainingRun
from training.places import networks
from training.places.answers import LEFT_OUT, left_out
from training.places.networks import mark_left_out, train_all
from training.settings import Params, read_params

KINDS = (("ibean", "bean.rust"), ("mixed", "bean.rust"), ("mixed", "pea.rust"), ("weeds", "unknown_plant"))


@pytest.fixture
def splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
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
    table = table.assign(domain="field", doubt="", terms="open", group=table["photo"].replace(alike))
    table.to_csv(SPLITS_FILE, index=False)
    return table


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["weeds"], [False, False, False, True], id="a source"),
        pytest.param(["bean"], [True, True, False, False], id="a crop, in every source"),
        pytest.param(["pea.rust"], [False, False, True, False], id="a condition"),
        pytest.param(["mixed", "weeds"], [False, True, True, True], id="several"),
        pytest.param(["bea"], [False] * 4, id="nothing"),
    ],
)
def test_sources_crops_and_conditions_are_left_out(names: list[str], expected: list[bool]) -> None:
    assert left_out(pd.DataFrame(KINDS, columns=["source", "class_id"]), names).tolist() == expected


def test_what_looks_like_a_photo_that_is_left_out_counts_for_nothing(splits: pd.DataFrame) -> None:
    marked = mark_left_out(splits, ["weeds"])
    assert set(marked.loc[marked["source"] == "weeds", "split"]) == {LEFT_OUT}
    assert LEFT_OUT not in set(marked.loc[marked["source"] != "weeds", "split"])
    assert "mixed/pea.rust/train0.jpg" not in set(marked["photo"])


@pytest.mark.usefixtures("splits")
def test_nothing_is_learned_of_what_is_left_out_and_nothing_is_trained_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[pd.DataFrame] = []

    def fit(run: TrainingRun) -> None:
        assert run.params.start_from is None, "a promoted network has seen what is left out"
        given.extend((run.train, run.val))

    def see(_: None, photos: pd.DataFrame, __: Any, *, title: str) -> EmbeddingTable:
        assert title
        given.append(photos[photos["split"] != LEFT_OUT])
        rows = pd.DataFrame({column: [""] * len(photos) for column in KEPT}).assign(split=photos["split"])
        return EmbeddingTable(rows, np.zeros((len(photos), 2), dtype=np.float32))

    monkeypatch.setattr(
        "training.fit.trainer.model_classes", lambda photos: [*sorted(set(photos["class_id"])), *REJECT_CLASSES]
    )
    monkeypatch.setattr("training.fit.trainer.read_source_weights", lambda: pd.DataFrame({"weight": []}))
    monkeypatch.setattr(networks, "fit", fit)
    monkeypatch.setattr(networks, "export_onnx", lambda *_, **__: (None, None))
    monkeypatch.setattr(networks, "plain_bundle", lambda *_: None)
    monkeypatch.setattr(networks, "see", see)
    params = read_params(PARAMS_FILE)
    former = {"train": params.train.model_copy(update={"start_from": "2026.11.01-00000000"})}

    def of(*runs: tuple[str, ...]) -> Params:
        return params.model_copy(update={**former, "leave_out": params.leave_out.model_copy(update={"runs": runs})})

    files = train_all(of(("weeds", "bean")))
    assert len(given) == 3
    assert all(set(photos["class_id"]) == {"pea.rust"} for photos in given)
    assert not any(photos["group"].str.startswith("weeds/").any() for photos in given)
    assert "test" not in {split for photos in given for split in photos["split"]}
    assert train_all(of(("weeds", "bean"))) == files
    assert len(given) == 3
    # A quick round is no part of a full training.
    other = of(("weeds", "bean"))
    quick_round = other.train.quick.model_copy(update={"learning_rate": 1e-5})
    for start_from in (None, "2026.11.02-11111111"):
        train = other.train.model_copy(update={"quick": quick_round, "start_from": start_from})
        assert train_all(other.model_copy(update={"train": train})) == files
    # What is left out decides too, although no training sees it.
    table = pd.read_csv(SPLITS_FILE)
    is_one = (table["source"] == "weeds") & (table["split"] == "train")
    table.assign(class_id=table["class_id"].where(~is_one, "bean.rust")).to_csv(SPLITS_FILE, index=False)
    assert train_all(of(("weeds", "bean"))) != files
    # Of other settings, the old file goes.
    (last,) = train_all(of(("weeds",)))
    assert list(last.parent.iterdir()) == [last]
