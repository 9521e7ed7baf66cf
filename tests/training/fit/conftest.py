from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.training.described import PARAMS_FILE, description, source_weights, write_data
from training.dataset.background import MASK_SIDE_PX
from training.dataset.pixels import CACHE_SIDE_PX
from training.fit.trainer import TrainingRun
from training.settings import Phase, read_params

PHOTOS = 24
PHASES = (
    Phase(epochs=2, side_px=32, frozen_stages=3, min_crop_area=0.5),
    Phase(epochs=1, side_px=48, frozen_stages=2, min_crop_area=0.5),
)


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
    rows = pd.DataFrame(
        {"photo": "x", "source": "beans", "domain": "field", "doubt": "", "terms": "open", "split": "train"},
        index=range(PHOTOS),
    )
    rows["class_id"] = ["bean.rust", "bean.healthy"] * (PHOTOS // 2)
    small = {"photos_per_epoch": 8, "batch_size": 4}
    params = read_params(PARAMS_FILE).train.model_copy(update=small | {"phases": PHASES, "ema_decay": 0.5})
    assert 0 < params.mix_probability < 1
    assert params.dropout > 0
    return TrainingRun.of(rows, rows[:4], params)
