"""A training that was broken off and goes on ends as one that was not: bit for bit, in one process."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor

from tests.training.described import source_weights
from tests.training.fit.conftest import PHASES
from training.fit import trainer
from training.fit.checkpoints import checkpoints_url, last_checkpoint, remove_checkpoints
from training.fit.trainer import TrainingRun, fingerprint, fit, remove_run

# Lightning gives advice meant for interactive use, and torch warns about what Lightning uses of it.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")


class KilledError(Exception):
    """Stands for a kill: nothing is tidied up for it."""


class _Killer(pl.Callback):
    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, trainer: pl.Trainer, *_: object) -> None:
        if trainer.current_epoch == self._epoch:
            raise KilledError


def weights(run: TrainingRun) -> Mapping[str, Tensor]:
    return {name: one.clone() for name, one in fit(run).state_dict().items()}


def test_a_training_that_is_killed_twice_ends_as_if_it_had_not_been(run: TrainingRun) -> None:
    unbroken = weights(run)
    remove_run(run.id)
    for epoch in (1, 2):
        with pytest.raises(KilledError):
            fit(run, callbacks=[_Killer(epoch)])
        assert str(last_checkpoint(checkpoints_url(run.id))).endswith(f"/epoch={epoch - 1}.ckpt")

    resumed = weights(run)

    assert [name for name, one in unbroken.items() if not torch.equal(one, resumed[name])] == []


class _Loser(pl.Callback):
    def on_fit_end(self, trainer: pl.Trainer, *_: object) -> None:
        remove_checkpoints(str(trainer.checkpoint_callback.dirpath))  # type: ignore[union-attr]


def test_a_training_whose_last_checkpoint_is_lost_ships_no_other_weights(run: TrainingRun) -> None:
    params = run.params.model_copy(update={"phases": PHASES[1:]})
    with pytest.raises(FileNotFoundError, match="checkpoint"):
        fit(replace(run, params=params), callbacks=[_Loser()])


def test_nothing_is_taken_from_a_training_of_other_settings_photos_code_or_order_of_classes(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert replace(run, classes=run.classes[::-1]).id != run.id
    code = ["1"]
    monkeypatch.setattr(trainer, "code_fingerprint", lambda *_: code[0])
    weights_by_source = {"beans": 1.0, "field_reviews": 1.0}
    monkeypatch.setattr(trainer, "read_source_weights", lambda: source_weights(**weights_by_source))
    rows = pd.DataFrame({"photo": ["1.jpg", "2.jpg"], "source": "beans"})
    first = fingerprint("{}", rows)
    weights_by_source["field_reviews"] = 2.0
    assert fingerprint("{}", rows) == first, "a source without photos in it does not count"
    found = {first, fingerprint("{1}", rows), fingerprint("{}", rows[:1]), fingerprint("{}", rows, rows)}
    weights_by_source["beans"] = 2.0
    found.add(fingerprint("{}", rows))
    code[0] = "2"
    found.add(fingerprint("{}", rows))
    assert len(found) == 6
