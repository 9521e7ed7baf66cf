"""Stage ``train``: fine-tune the network on the training photos; validation photos only watch.

Phases go from small to large photos with the first stages frozen, which buys several times the epochs on two cores.
A killed run goes on from its last finished epoch when the stage is started again with the same settings and photos.
"""

import json
import pickle
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EMAWeightAveraging, ModelCheckpoint, TQDMProgressBar
from pytorch_lightning.loggers import CSVLogger
from timm.data.mixup import Mixup
from torch import Tensor, nn
from torch.utils.data import DataLoader, WeightedRandomSampler

from majani.bundle import sha256_hex
from majani.taxonomy import REJECT_CLASSES
from training.allocator import keep_freed_memory
from training.network import LeafNetwork, load_imagenet_weights
from training.params import Phase, TrainParams, read_params
from training.photos import (
    Backgrounds,
    PlainPhotos,
    TrainingPhotos,
    background_rows,
    draw_weights,
    open_masks,
    open_pixels,
)
from training.sources import SOURCES_DIR, Source, read_sources, read_taxonomy
from training.split import read_splits

TRAINED_DIR = Path("models/trained")
NETWORK_FILE = TRAINED_DIR / "network.pt"
CLASSES_FILE = TRAINED_DIR / "classes.json"
HISTORY_FILE = Path("reports/training.csv")
WORK_DIR = Path("build/train")
_LOG = "log"


def model_classes(photos: pd.DataFrame) -> list[str]:
    """The classes that a model can learn from these photos, in the taxonomy's order, reject classes last."""
    present = set(photos["class_id"]) | set(REJECT_CLASSES)
    return [class_id for class_id in read_taxonomy().class_ids() if class_id in present]


def normalise(pixels: Tensor) -> Tensor:
    """``(B, H, W, 3)`` uint8 to ``(B, 3, H, W)`` float32 in [-1, 1], as the ImageNet weights expect."""
    return pixels.permute(0, 3, 1, 2).float().sub_(127.5).div_(127.5).contiguous(memory_format=torch.channels_last)


class FineTuning(pl.LightningModule):
    """Loss, optimiser, schedule and what is watched."""

    def __init__(self, *, classes: list[str], params: TrainParams, watched: list[str]) -> None:
        """Set up the network with its ImageNet weights.

        Args:
            classes: Class ids in output order.
            params: The stage's settings.
            watched: Source of each validation photo, in order.
        """
        super().__init__()
        self.params = params
        self.network = LeafNetwork(backbone=params.backbone, classes=len(classes), dropout=params.dropout)
        load_imagenet_weights(self.network)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._mix: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] = Mixup(  # type: ignore[no-untyped-call]
            mixup_alpha=0.2,
            cutmix_alpha=1.0,
            prob=params.mix_probability,
            switch_prob=0.5,
            label_smoothing=params.label_smoothing,
            num_classes=len(classes),
        )
        self._watched = np.array(watched)
        self._right: list[Tensor] = []

    @property
    def phase(self) -> Phase:
        """The phase that the current epoch belongs to."""
        return phase_of(self.current_epoch, self.params.phases)

    def on_train_epoch_start(self) -> None:
        """Freeze what the phase wants frozen; undone by the trainer's own switch to training mode."""
        self.network.train()
        self.network.freeze(self.phase.frozen_stages)

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        """One batch through augmentation of pairs and soft-target cross-entropy."""
        pixels, targets = self._mix(normalise(batch[0]), batch[1])
        loss = nn.functional.cross_entropy(self.network(pixels), targets)
        self.log("loss", loss, prog_bar=True, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], _: int) -> None:
        """Collect which validation photos are right, at the phase's size."""
        side = self.phase.side_px
        pixels = nn.functional.interpolate(
            normalise(batch[0]), size=(side, side), mode="bilinear", antialias=True, align_corners=False
        )
        self._right.append(self.network(pixels).argmax(dim=1) == batch[1])

    def on_validation_epoch_end(self) -> None:
        """Log the share of right answers, over all and per source."""
        right = torch.cat(self._right).float().numpy()
        self._right.clear()
        self.log("val_top1", float(right.mean()), prog_bar=True)
        for source in np.unique(self._watched):
            self.log(f"val_{source}", float(right[self._watched == source].mean()))

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle; the new head learns faster than the backbone, biases and norms do not decay."""
        head = list(self.network.head.parameters())
        body = list(self.network.backbone.parameters())
        rate, head_rate = self.params.learning_rate, self.params.head_learning_rate
        optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in body if p.ndim > 1], "lr": rate},
                {"params": [p for p in body if p.ndim <= 1], "lr": rate, "weight_decay": 0.0},
                {"params": head, "lr": head_rate},
            ],
            weight_decay=self.params.weight_decay,
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=[rate, rate, head_rate],
            total_steps=int(self.trainer.estimated_stepping_batches),
            pct_start=0.15,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class Photos(pl.LightningDataModule):
    """Loaders for training and validation; the training one is made anew each epoch, for size and seed."""

    def __init__(
        self,
        *,
        train: pd.DataFrame,
        val: pd.DataFrame,
        classes: list[str],
        sources: dict[str, Source],
        params: TrainParams,
    ) -> None:
        super().__init__()
        self._params = params
        self._train_pixels = open_pixels(train, directory=WORK_DIR)
        self._val_pixels = open_pixels(val, directory=WORK_DIR)
        self._train_labels = label_positions(train, classes)
        self._val_labels = label_positions(val, classes)
        self._weights = draw_weights(train, sources=sources, params=params)
        self._backgrounds = Backgrounds(
            masks=open_masks(train, self._train_pixels, directory=WORK_DIR),
            rows=background_rows(train),
            probability=params.background_probability,
        )

    def train_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """One epoch's draws."""
        params = self._params
        epoch = self.trainer.current_epoch if self.trainer else 0
        seed = params.seed + 1000 * epoch
        sampler = WeightedRandomSampler(
            self._weights.tolist(), params.photos_per_epoch, generator=torch.Generator().manual_seed(seed)
        )
        photos = TrainingPhotos(
            self._train_pixels,
            self._train_labels,
            backgrounds=self._backgrounds,
            phase=phase_of(epoch, params.phases),
            seed=seed,
        )
        return DataLoader(
            photos,
            params.batch_size,
            sampler=sampler,
            num_workers=params.workers,
            drop_last=True,
            prefetch_factor=4 if params.workers else None,
        )

    def val_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """All validation photos, in order."""
        return DataLoader(PlainPhotos(self._val_pixels, self._val_labels), batch_size=64)


def phase_of(epoch: int, phases: tuple[Phase, ...]) -> Phase:
    """The phase of an epoch; the last phase for anything beyond."""
    for phase in phases:
        if epoch < phase.epochs:
            return phase
        epoch -= phase.epochs
    return phases[-1]


def label_positions(photos: pd.DataFrame, classes: list[str]) -> npt.NDArray[np.int64]:
    """``(N,)`` position of each photo's class in the network's output."""
    position = {class_id: index for index, class_id in enumerate(classes)}
    return np.array([position[class_id] for class_id in photos["class_id"]], dtype=np.int64)


def fingerprint(params: TrainParams, *tables: pd.DataFrame) -> str:
    """Names a run by its settings and photos, so that only the same run is ever resumed."""
    described = [params.model_dump_json(), *(table.to_csv() for table in tables)]
    return sha256_hex("\n".join(described).encode())[:16]


def fit(module: FineTuning, photos: Photos, *, params: TrainParams, run_dir: Path) -> None:
    """Train to the end, from the last finished epoch if there is one in ``run_dir``.

    Afterwards ``module`` holds the averaged weights of the last epoch, also if the run was killed behind it and there
    was nothing left to train.
    """
    # One file per epoch, the former removed after: a kill while one is written leaves the other.
    checkpoint = ModelCheckpoint(dirpath=run_dir, filename="{epoch}", save_top_k=1)
    trainer = pl.Trainer(
        max_epochs=sum(phase.epochs for phase in params.phases),
        accelerator="cpu",
        devices=1,
        precision=params.precision,
        callbacks=[
            EMAWeightAveraging(decay=params.ema_decay),
            checkpoint,
            TQDMProgressBar(refresh_rate=25),
        ],
        logger=CSVLogger(run_dir, name=_LOG, flush_logs_every_n_steps=1),
        reload_dataloaders_every_n_epochs=1,
        gradient_clip_val=1.0,
        num_sanity_val_steps=0,
        log_every_n_steps=25,
    )
    trainer.fit(module, photos, ckpt_path=last_checkpoint(run_dir))
    averaged = last_checkpoint(run_dir)
    if averaged is not None:
        module.load_state_dict(_load(averaged)["state_dict"])


def last_checkpoint(run_dir: Path) -> Path | None:
    """The newest whole checkpoint; one that a kill cut off is removed. None if there is none yet."""
    for path in sorted(run_dir.glob("*.ckpt"), key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            _load(path)
        # What torch raises on half a file depends on where the file ends.
        except (RuntimeError, EOFError, OSError, pickle.UnpicklingError):
            path.unlink()
        else:
            return path
    return None


def _load(checkpoint: Path) -> dict[str, Any]:
    # Our own file, so nothing in it is foreign; Lightning's checkpoints hold more than weights.
    loaded: dict[str, Any] = torch.load(checkpoint, weights_only=False)
    return loaded


def history(run_dir: Path) -> pd.DataFrame:
    """What was watched, one row per epoch; every start of a run has its own log."""
    logs = sorted((run_dir / _LOG).glob("version_*/metrics.csv"), key=lambda path: path.stat().st_mtime)
    return pd.concat([pd.read_csv(log) for log in logs]).groupby("epoch").last().drop(columns="step").round(4)


def main() -> None:
    """Run the stage."""
    # Advice on worker counts and on loggers, meant for interactive use.
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    keep_freed_memory()
    params = read_params().train
    pl.seed_everything(params.seed, workers=True)
    train, val = read_splits("train"), read_splits("val")
    classes = model_classes(train)
    val = val[val["class_id"].isin(classes)].reset_index(drop=True)
    run_dir = WORK_DIR / fingerprint(params, train, val)
    sources = read_sources(SOURCES_DIR, read_taxonomy())
    photos = Photos(train=train, val=val, classes=classes, sources=sources, params=params)
    module = FineTuning(classes=classes, params=params, watched=list(val["source"]))
    fit(module, photos, params=params, run_dir=run_dir)

    TRAINED_DIR.mkdir(parents=True, exist_ok=True)
    torch.save({"backbone": params.backbone, "weights": module.network.state_dict()}, NETWORK_FILE)
    CLASSES_FILE.write_text(json.dumps(classes, indent=2) + "\n", encoding="utf-8")
    HISTORY_FILE.parent.mkdir(exist_ok=True)
    history(run_dir).to_csv(HISTORY_FILE)
    shutil.rmtree(run_dir)


if __name__ == "__main__":
    main()
