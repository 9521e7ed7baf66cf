"""Stage ``train``: fine-tune the network on the training photos; validation photos only watch.

It begins with ImageNet's weights, or, in a quick round, with the network of a promoted bundle (``start_from``).
Phases go from small to large photos with the first stages frozen, which buys several times the epochs on two cores.
A killed run goes on from its last finished epoch when the stage is started again with the same settings and photos.
``torchrun -m training.train`` trains in several processes; :mod:`training.on_ray` in those of a Ray cluster.
"""

import json
import shutil
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint, TQDMProgressBar, WeightAveraging
from pytorch_lightning.loggers import CSVLogger
from timm.data.mixup import Mixup
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from majani.bundle import sha256_hex
from majani.taxonomy import REJECT_CLASSES
from training.allocator import keep_freed_memory
from training.checkpoints import checkpoints_url, last_checkpoint, load_checkpoint, remove_checkpoints
from training.labels import read_opinions
from training.loaders import WORK_DIR, Photos, phase_of
from training.network import LeafNetwork, lay_out_channels_last, load_imagenet_weights
from training.params import read_params
from training.processes import Processes
from training.sources import read_taxonomy
from training.split import read_splits
from training.start import begin_from
from training.train_params import Phase, TrainParams

TRAINED_DIR = Path("models/trained")
NETWORK_FILE = TRAINED_DIR / "network.pt"
CLASSES_FILE = TRAINED_DIR / "classes.json"
HISTORY_FILE = Path("reports/training.csv")
_LOG = "log"


def model_classes(photos: pd.DataFrame) -> list[str]:
    """The classes that a model can learn from these photos, in the taxonomy's order, reject classes last."""
    present = set(photos["class_id"]) | set(REJECT_CLASSES)
    return [class_id for class_id in read_taxonomy().class_ids() if class_id in present]


def normalise(pixels: Tensor) -> Tensor:
    """``(B, H, W, 3)`` uint8 to ``(B, 3, H, W)`` float32 in [-1, 1], as the ImageNet weights expect."""
    return pixels.permute(0, 3, 1, 2).float().sub_(127.5).div_(127.5).contiguous(memory_format=torch.channels_last)


def squashed(pixels: Tensor, *, side_px: int) -> Tensor:
    """Normalised photos as squares of ``side_px``, as the exported graph has them."""
    return nn.functional.interpolate(
        pixels, size=(side_px, side_px), mode="bilinear", antialias=True, align_corners=False
    )


class FineTuning(pl.LightningModule):
    """Loss, optimiser, schedule and what is watched."""

    def __init__(
        self,
        *,
        classes: list[str],
        params: TrainParams,
        watched: list[str],
        processes: Processes = Processes(),  # noqa: B008 - frozen
    ) -> None:
        """Set up the network with its ImageNet weights.

        Args:
            classes: Class ids in output order.
            params: The stage's settings.
            watched: Source of each validation photo, in order.
            processes: Who trains together.
        """
        super().__init__()
        self.params = params
        self.network = LeafNetwork(backbone=params.backbone, classes=len(classes), dropout=params.dropout)
        load_imagenet_weights(self.network)
        lay_out_channels_last(self.network)
        self._mix: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] = Mixup(  # type: ignore[no-untyped-call]
            mixup_alpha=0.2,
            cutmix_alpha=1.0,
            prob=params.mix_probability,
            switch_prob=0.5,
            label_smoothing=params.label_smoothing,
            num_classes=len(classes),
        )
        self._watched = np.array(watched)
        self._processes = processes
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
        pixels = squashed(normalise(batch[0]), side_px=self.phase.side_px)
        self._right.append(self.network(pixels).argmax(dim=1) == batch[1])

    def on_validation_epoch_end(self) -> None:
        """Log the share of right answers, over all and per source."""
        seen = torch.cat(self._right).float()
        self._right.clear()
        # Each process fills in the photos that it has seen; the sum is what one process alone would have.
        shared = torch.zeros(len(self._watched), device=seen.device)
        shared[self._processes.rank :: self._processes.size] = seen
        right = self.trainer.strategy.reduce(shared, reduce_op="sum").cpu().numpy()
        self.log("val_top1", float(right.mean()), prog_bar=True)
        for source in np.unique(self._watched):
            self.log(f"val_{source}", float(right[self._watched == source].mean()))

    @property
    def _is_fused(self) -> bool:
        """Whether the optimiser goes over the weights once instead of a dozen times; not where gradients are scaled."""
        return self.params.precision != "16-mixed"

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip by the norm of all gradients; Lightning's own refuses every optimiser that could have scaled them."""
        if self._is_fused and gradient_clip_val is not None:
            nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)
        else:
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)

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
            fused=self._is_fused,
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=[rate, rate, head_rate],
            total_steps=int(self.trainer.estimated_stepping_batches),
            pct_start=0.15,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def fingerprint(params: TrainParams, *tables: pd.DataFrame) -> str:
    """Names a run by its settings and photos, so that only the same run is ever resumed."""
    described = [params.model_dump_json(), *(table.to_csv() for table in tables)]
    return sha256_hex("\n".join(described).encode())[:16]


def fit(
    module: FineTuning,
    photos: Photos,
    *,
    params: TrainParams,
    run: str,
    processes: Processes = Processes(),  # noqa: B008 - frozen
    watchers: Sequence[pl.Callback] = (),
) -> None:
    """Train to the end, from the last finished epoch if ``run`` has one.

    Afterwards ``module`` holds the averaged weights of the last epoch, also if the run was killed behind it and there
    was nothing left to train; of several processes, that of the first.

    Args:
        module: The network and how it learns.
        photos: Of the same classes.
        params: The stage's settings.
        run: Name of the run, see :func:`fingerprint`.
        processes: Who trains; all of them call this.
        watchers: Told about the training's course.
    """
    url = checkpoints_url(run)
    # One file per epoch, the former removed after: a kill while one is written leaves the other.
    checkpoint = ModelCheckpoint(dirpath=url, filename="{epoch}", save_top_k=1)
    trainer = pl.Trainer(
        max_epochs=sum(phase.epochs for phase in params.phases),
        accelerator=params.accelerator,
        precision=params.precision,
        callbacks=[
            # As Lightning's EMAWeightAveraging, but all weights at once, in a third of the time.
            WeightAveraging(multi_avg_fn=get_ema_multi_avg_fn(params.ema_decay)),  # type: ignore[no-untyped-call]
            checkpoint,
            TQDMProgressBar(refresh_rate=25),
            *watchers,
        ],
        logger=CSVLogger(WORK_DIR / run, name=_LOG, flush_logs_every_n_steps=1),
        reload_dataloaders_every_n_epochs=1,
        gradient_clip_val=1.0,
        num_sanity_val_steps=0,
        log_every_n_steps=25,
        # Each process already draws its own share.
        use_distributed_sampler=False,
        **processes.trainer_arguments(),
    )
    trainer.fit(module, photos, ckpt_path=last_checkpoint(url))
    averaged = last_checkpoint(url) if processes.is_first else None
    if averaged is not None:
        module.load_state_dict(load_checkpoint(averaged)["state_dict"])


def history(run: str) -> pd.DataFrame:
    """What was watched on this machine, one row per epoch; every start of a run has its own log."""
    logs = sorted((WORK_DIR / run / _LOG).glob("version_*/metrics.csv"), key=lambda path: path.stat().st_mtime)
    if not logs:
        # It was watched on another machine, and here there was nothing left to train.
        return pd.DataFrame(index=pd.Index([], name="epoch"))
    return pd.concat([pd.read_csv(log) for log in logs]).groupby("epoch").last().drop(columns="step").round(4)


def forget(run: str) -> None:
    """Remove what a run that has ended left for resuming."""
    remove_checkpoints(checkpoints_url(run))
    shutil.rmtree(WORK_DIR / run, ignore_errors=True)


def train(processes: Processes) -> None:
    """Train the network that ``params.yaml`` describes, and write it down."""
    # Advice on worker counts and on loggers, meant for interactive use.
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    keep_freed_memory()
    params = read_params().train.of_this_round()
    pl.seed_everything(params.seed, workers=True)
    train_photos, val = read_splits("train"), read_splits("val")
    classes = model_classes(train_photos)
    val = val[val["class_id"].isin(classes)].reset_index(drop=True)
    opinions = read_opinions() if params.opinion_share else None
    run = fingerprint(params, train_photos, val, *([] if opinions is None else [opinions]))
    photos = Photos(
        train=train_photos,
        val=val,
        classes=classes,
        params=params,
        opinions=opinions,
        processes=processes,
    )
    module = FineTuning(classes=classes, params=params, watched=list(val["source"]), processes=processes)
    if params.start_from is not None:
        begin_from(module.network, classes, params.start_from)
    fit(module, photos, params=params, run=run, processes=processes)
    if not processes.is_first:
        return
    TRAINED_DIR.mkdir(parents=True, exist_ok=True)
    torch.save({"backbone": params.backbone, "weights": module.network.state_dict()}, NETWORK_FILE)
    CLASSES_FILE.write_text(json.dumps(classes, indent=2) + "\n", encoding="utf-8")
    HISTORY_FILE.parent.mkdir(exist_ok=True)
    history(run).to_csv(HISTORY_FILE)
    forget(run)


def main() -> None:
    """Run the stage, in one process or in those that torchrun started."""
    train(Processes.from_environment())


if __name__ == "__main__":
    main()
