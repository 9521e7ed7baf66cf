"""A training that was broken off and goes on ends as one that was not: bit for bit, in one process."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor

from tests.training.described import PARAMS_FILE, description, source_weights, write_data
from training.dataset.background import MASK_SIDE_PX
from training.dataset.photos import CACHE_SIDE_PX
from training.fit import trainer
from training.fit.checkpoints import checkpoints_url, last_checkpoint
from training.fit.trainer import TrainingRun, fingerprint, fit, remove_run
from training.settings import Phase, read_params

PHOTOS = 24
PHASES = (
    Phase(epochs=2, side_px=32, frozen_stages=3, min_crop_area=0.5),
    Phase(epochs=1, side_px=48, frozen_stages=2, min_crop_area=0.5),
)

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


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingRun:
    """A few made-up photos, with all that is left to chance in the training proper."""
    monkeypatch.chdir(tmp_path)
    write_data(tmp_path, description("beans"))
    noise = np.random.default_rng(1).integers(0, 256, (PHOTOS, CACHE_SIDE_PX, CACHE_SIDE_PX, 3), dtype=np.uint8)
    masks = np.zeros((PHOTOS, MASK_SIDE_PX, MASK_SIDE_PX), dtype=np.uint8)
    monkeypatch.setattr("training.dataset.loaders.open_pixels", lambda *_, **__: noise)
    monkeypatch.setattr("training.dataset.loaders.open_masks", lambda *_, **__: masks)
    for room in ("dataset.loaders", "fit.trainer"):
        monkeypatch.setattr(f"training.{room}.read_source_weights", lambda: source_weights(beans=1))
    rows = pd.DataFrame({"photo": "x", "source": "beans", "domain": "field", "doubt": ""}, index=range(PHOTOS))
    rows["class_id"] = ["bean.rust", "bean.healthy"] * (PHOTOS // 2)
    small = {"photos_per_epoch": 8, "batch_size": 4}
    params = read_params(PARAMS_FILE).train.model_copy(update=small | {"phases": PHASES, "ema_decay": 0.5})
    assert 0 < params.mix_probability < 1
    assert params.dropout > 0
    return TrainingRun.of(rows, rows[:4], params)


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


def test_nothing_is_taken_from_a_training_with_other_settings_photos_weights_or_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code.py"
    code.write_text("1", encoding="utf-8")
    monkeypatch.setattr(trainer, "_CODE_DIRS", (tmp_path,))
    weights_by_source = {"beans": 1.0, "field_reviews": 1.0}
    monkeypatch.setattr(trainer, "read_source_weights", lambda: source_weights(**weights_by_source))
    rows = pd.DataFrame({"photo": ["1.jpg", "2.jpg"], "source": "beans"})
    first = fingerprint("{}", rows)
    weights_by_source["field_reviews"] = 2.0
    assert fingerprint("{}", rows) == first, "a source without photos in it does not count"
    found = {first, fingerprint("{1}", rows), fingerprint("{}", rows[:1]), fingerprint("{}", rows, rows)}
    weights_by_source["beans"] = 2.0
    found.add(fingerprint("{}", rows))
    code.write_text("2", encoding="utf-8")
    found.add(fingerprint("{}", rows))
    assert len(found) == 6
