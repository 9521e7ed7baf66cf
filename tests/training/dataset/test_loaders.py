"""Each epoch draws and changes photos anew, and the same epoch does it the same again: what a resumed run rests on."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from torch.utils.data import DataLoader

from majani.taxonomy import UNKNOWN_PLANT
from tests.training.described import PARAMS_FILE, ROOT, source_weights
from training.dataset.background import MASK_SIDE_PX
from training.dataset.loaders import PhotoDataModule, phase_of
from training.dataset.pixels import CACHE_SIDE_PX
from training.settings import Phase, read_params

PHASES = (
    Phase(epochs=2, side_px=32, frozen_stages=3, min_crop_area=0.5),
    Phase(epochs=1, side_px=48, frozen_stages=3, min_crop_area=0.5),
)
PHOTOS = 40
CLASSES = ["bean.rust", UNKNOWN_PLANT]
Made = Callable[..., "DataLoader[object]"]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """The loader of an epoch, over made-up pixels."""
    monkeypatch.chdir(ROOT)
    noise = np.random.default_rng(1).integers(0, 256, (PHOTOS, CACHE_SIDE_PX, CACHE_SIDE_PX, 3), dtype=np.uint8)
    masks = np.zeros((PHOTOS, MASK_SIDE_PX, MASK_SIDE_PX), dtype=np.uint8)
    monkeypatch.setattr("training.dataset.loaders.open_pixels", lambda *_, **__: noise)
    monkeypatch.setattr("training.dataset.loaders.open_masks", lambda *_, **__: masks)
    monkeypatch.setattr("training.dataset.loaders.read_source_weights", lambda: source_weights(ibean=1))
    params = read_params(PARAMS_FILE).train.model_copy(
        update={"phases": PHASES, "photos_per_epoch": 16, "batch_size": 16, "workers": 0}
    )
    rows = pd.DataFrame({"photo": "x", "source": "ibean", "domain": "field", "doubt": ""}, index=range(PHOTOS))
    rows["class_id"] = [CLASSES[number % 2] for number in rows.index]

    def of_epoch(epoch: int, rank: int = 0, processes: int = 1) -> "DataLoader[object]":
        photos = PhotoDataModule(train=rows, val=rows, classes=CLASSES, params=params)
        trainer = SimpleNamespace(current_epoch=epoch, global_rank=rank, world_size=processes)
        photos.trainer = trainer  # type: ignore[assignment]
        photos.setup("fit")
        return photos.train_dataloader()

    return of_epoch


def test_every_epoch_draws_and_changes_photos_of_its_own_size_anew_unless_it_is_repeated(
    made: Made,
) -> None:
    first, again, second = (list(made(epoch).sampler) for epoch in (0, 0, 1))
    assert len(first) == 16
    assert first == again != second
    first, again, second = (made(epoch).dataset[3][0].numpy() for epoch in (0, 0, 1))
    assert (first == again).all()
    assert (first != second).any()
    assert [made(epoch).dataset[0][0].shape[0] for epoch in (0, 1, 2)] == [32, 32, 48]
    assert [phase_of(epoch, PHASES).side_px for epoch in (1, 2, 9)] == [32, 48, 48]


def test_processes_share_the_draws_equally_and_each_changes_photos_in_its_own_way(made: Made) -> None:
    alone = list(made(1).sampler)
    both = [made(1, rank, 2) for rank in range(2)]
    assert [list(one.sampler) for one in both] == [alone[::2], alone[1::2]]
    assert [one.batch_size for one in both] == [8, 8]
    one, other = (loader.dataset[3][0].numpy() for loader in both)
    assert (one != other).any()
    # Sums of seed, epoch and process meet: a later process of one epoch and the first of the next.
    first_of_next = made(1).dataset[3][0].numpy()
    for rank in (1, 10):
        assert (made(0, rank, 16).dataset[3][0].numpy() != first_of_next).any()
    assert {len(list(made(0, rank, 8).sampler)) for rank in range(8)} == {2}
    with pytest.raises(ValueError, match="16 cannot be shared equally by 3"):
        made(0, 0, 3)
