"""One training from its first epoch to its last, whoever wants it: resumed after a kill, watched, and forgotten.

The stage ``train`` is one of several: networks are also trained for a short while to be asked about what they have not
seen, and thrown away.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pandas as pd
import pytorch_lightning as pl
from pytorch_lightning.callbacks import ModelCheckpoint, TQDMProgressBar, WeightAveraging
from pytorch_lightning.loggers import CSVLogger
from torch.optim.swa_utils import get_ema_multi_avg_fn

from majani.model.bundle import sha256_hex
from majani.taxonomy import REJECT_CLASSES
from training.artifacts import read_taxonomy
from training.dataset.loaders import WORK_DIR, Photos
from training.fit.checkpoints import checkpoints_url, last_checkpoint, load_checkpoint, remove_checkpoints
from training.fit.lightning_module import FineTuning
from training.model.network import LeafNetwork
from training.model.warm_start import begin_from
from training.settings import TrainParams

_LOG = "log"


def model_classes(photos: pd.DataFrame) -> list[str]:
    """The classes that a model can learn from these photos, in the taxonomy's order, reject classes last."""
    present = set(photos["class_id"]) | set(REJECT_CLASSES)
    return [class_id for class_id in read_taxonomy().class_ids() if class_id in present]


@dataclass(frozen=True)
class Lesson:
    """What one network learns, and how.

    Attributes:
        train: Photos that it learns from.
        val: Photos that only watch, all of its classes.
        classes: That it can learn, in output order.
        params: The settings; with ``start_from`` it goes on from that network.
        opinions: On some of the photos, see :func:`training.artifacts.read_opinions`; None if their labels
        alone count.
    """

    train: pd.DataFrame
    val: pd.DataFrame
    classes: list[str]
    params: TrainParams
    opinions: pd.DataFrame | None = None

    @classmethod
    def of(
        cls, train: pd.DataFrame, val: pd.DataFrame, params: TrainParams, *, opinions: pd.DataFrame | None = None
    ) -> Self:
        """Learn all classes of ``train``; photos to watch that show another are left out."""
        classes = model_classes(train)
        val = val[val["class_id"].isin(classes)].reset_index(drop=True)
        return cls(train, val, classes, params, opinions)

    @property
    def run(self) -> str:
        """Names it by its settings and photos, so that only the same is ever resumed."""
        tables = [self.train, self.val, *([] if self.opinions is None else [self.opinions])]
        described = [self.params.model_dump_json(), *(table.to_csv() for table in tables)]
        return sha256_hex("\n".join(described).encode())[:16]


def fit(
    lesson: Lesson,
    *,
    run: str | None = None,
    devices: int = 1,
    nodes: int = 1,
    watchers: Sequence[pl.Callback] = (),
) -> LeafNetwork:
    """Train a network to the end, from the last finished epoch if its run has one.

    Args:
        lesson: What it learns.
        run: Instead of the lesson's own name, for one that must not be resumed by the same lesson elsewhere.
        devices: Processes on each machine, one for each core or GPU.
        nodes: Machines that train together.
        watchers: Told about the training's course.

    Returns:
        The network with the averaged weights of the last epoch, also if the run was killed behind it and there was
        nothing left to train; of several processes, that of the first.

    Raises:
        StartError: If it is to go on from a network that is not on this machine, or of another kind.
    """
    run, params = run or lesson.run, lesson.params
    pl.seed_everything(params.seed, workers=True)
    module = FineTuning(classes=lesson.classes, params=params, watched=list(lesson.val["source"]))
    if params.start_from is not None:
        begin_from(module.network, lesson.classes, params.start_from)
    photos = Photos(
        train=lesson.train,
        val=lesson.val,
        classes=lesson.classes,
        params=params,
        opinions=lesson.opinions,
    )
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
        devices=devices,
        num_nodes=nodes,
        # Each phase freezes other stages, whose weights then get no gradient.
        strategy="ddp_find_unused_parameters_true" if devices * nodes > 1 else "auto",
    )
    trainer.fit(module, photos, ckpt_path=last_checkpoint(url))
    averaged = last_checkpoint(url) if trainer.is_global_zero else None
    if averaged is not None:
        module.load_state_dict(load_checkpoint(averaged)["state_dict"])
    return module.network


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
