"""One training run from its first epoch to its last: resumed after a kill, logged, and removed when it is over.

The stage ``train`` is not its only user: short runs measure places left out; their networks are
thrown away.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import pandas as pd
import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import LearningRateMonitor, ModelCheckpoint, TQDMProgressBar, WeightAveraging
from pytorch_lightning.loggers import CSVLogger
from torch.optim.swa_utils import get_ema_multi_avg_fn

from majani.model.bundle import sha256_hex
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import ASKED, learned_under, read_source_weights, read_taxonomy
from training.dataset.loaders import WORK_DIR, PhotoDataModule
from training.fingerprint import code_fingerprint
from training.fit.checkpoints import checkpoints_url, last_checkpoint, load_checkpoint, remove_checkpoints
from training.fit.lightning_module import FineTuning
from training.fit.trackers import TrackerError, trackers
from training.fit.warm_start import warm_start
from training.model.network import LeafNetwork, WeightsError
from training.settings import TrainParams
from training.warm_start.repository import WarmStartError

# What a training refuses with a sentence; a stage ends with it.
REFUSALS = (MisconfigurationException, TrackerError, WarmStartError, WeightsError)
_LOG = "log"
_CODE = ("majani.image", "training.dataset", "training.fit", "training.model")


def model_classes(photos: pd.DataFrame) -> list[str]:
    """The classes that a model can learn from these photos, in the taxonomy's order, reject classes last."""
    present = set(photos["class_id"]) | set(REJECT_CLASSES)
    return [class_id for class_id in read_taxonomy().class_ids() if class_id in present]


@dataclass(frozen=True)
class TrainingRun:
    """The photos, classes (in output order) and settings of one training."""

    train: pd.DataFrame
    val: pd.DataFrame
    classes: list[str]
    params: TrainParams

    @classmethod
    def of(cls, train: pd.DataFrame, val: pd.DataFrame, params: TrainParams) -> Self:
        """A run over the photos whose terms the settings allow; validation photos of other classes are left out."""
        train, val = (
            photos[learned_under(photos, params.terms)["split"] != ASKED].reset_index(drop=True)
            for photos in (train, val)
        )
        classes = model_classes(train)
        val = val[val["class_id"].isin(classes)].reset_index(drop=True)
        return cls(train, val, classes, params)

    @property
    def id(self) -> str:
        """Fingerprint: only a run with the same one resumes from its checkpoints."""
        # Outputs in another order would go on from weights that mean other classes.
        settings = self.params.of_this_round().model_dump_json(exclude={"quick"})
        return fingerprint(f"{settings}{self.classes}", self.train, self.val)


def fingerprint(settings: str, photos: pd.DataFrame, *tables: pd.DataFrame, code: Sequence[str] = ()) -> str:
    """Hash of everything that a training depends on: settings, photos, weights of their sources, further tables, code.

    ``code`` names modules beside those of the training itself. Weights of other sources do not count, so an export of
    reviewed cases leaves trainings without them alone.
    """
    weights = read_source_weights()
    weights = weights[weights.index.isin(photos["source"])]
    described = [settings, *(table.to_csv() for table in (photos, weights, *tables)), code_fingerprint(*_CODE, *code)]
    return sha256_hex("\n".join(described).encode())[:16]


def precision_here(params: TrainParams) -> Literal["32-true", "bf16-mixed", "16-mixed"]:
    """The precision that the settings mean; for ``auto``, what the device that trains is soonest with."""
    if params.precision != "auto":
        return params.precision
    if params.accelerator == "gpu":
        knows = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        processor = torch.cpu.get_capabilities()
        knows = any(processor.get(name, False) for name in ("amx_bf16", "avx512_bf16", "bf16"))
    return "bf16-mixed" if knows else "32-true"


def fit(
    run: TrainingRun,
    *,
    run_id: str | None = None,
    devices: int = 1,
    nodes: int = 1,
    callbacks: Sequence[pl.Callback] = (),
) -> LeafNetwork:
    """Train a network; resume after the last finished epoch if there is a checkpoint.

    Args:
        run: Photos, classes and settings.
        run_id: Names the checkpoints instead of ``run.id``.
        devices: Processes on each machine, one for each core or GPU.
        nodes: Machines that train together.
        callbacks: Further Lightning callbacks.

    Returns:
        The network with the averaged weights of the last epoch; in the first process only.

    Raises:
        WarmStartError: If ``start_from`` names a network that is not on this machine, or has another backbone.
        WeightsError: If the backbone or its weights are not to be had.
        TrackerError: If a tracker is not to be had.
        FileNotFoundError: If no checkpoint of the training is left at its end.
        MisconfigurationException: Of Lightning, if the accelerator is missing.
    """
    run_id, params = run_id or run.id, run.params
    pl.seed_everything(params.seed, workers=True)
    module = FineTuning(classes=run.classes, params=params, val_sources=list(run.val["source"]))
    if params.start_from is not None:
        warm_start(module.network, run.classes, params.start_from)
    photos = PhotoDataModule(train=run.train, val=run.val, classes=run.classes, params=params)
    url = checkpoints_url(run_id)
    # The new file is written before the old one is removed, so a kill leaves one whole checkpoint.
    checkpoint = ModelCheckpoint(dirpath=url, filename="{epoch}", save_top_k=1)
    trainer = pl.Trainer(
        max_epochs=sum(phase.epochs for phase in params.phases),
        accelerator=params.accelerator,
        precision=precision_here(params),
        callbacks=[
            # As Lightning's EMAWeightAveraging, but all weights at once, in a third of the time.
            WeightAveraging(multi_avg_fn=get_ema_multi_avg_fn(params.ema_decay)),  # type: ignore[no-untyped-call]
            checkpoint,
            LearningRateMonitor(logging_interval="epoch"),
            TQDMProgressBar(refresh_rate=25),
            *callbacks,
        ],
        logger=[CSVLogger(WORK_DIR / run_id, name=_LOG, flush_logs_every_n_steps=1), *trackers(run_id)],
        reload_dataloaders_every_n_epochs=1,
        gradient_clip_val=1.0,
        num_sanity_val_steps=0,
        log_every_n_steps=25,
        # Each process already draws its own share.
        use_distributed_sampler=False,
        devices=devices,
        num_nodes=nodes,
        # Weights of frozen stages get no gradient.
        strategy="ddp_find_unused_parameters_true" if devices * nodes > 1 else "auto",
    )
    trainer.fit(module, photos, ckpt_path=last_checkpoint(url))
    if trainer.is_global_zero:
        averaged = last_checkpoint(url)
        if averaged is None:
            raise FileNotFoundError(f"no whole checkpoint is left in {url}, so the averaged weights are lost")
        module.load_state_dict(load_checkpoint(averaged)["state_dict"])
    return module.network


def metrics_log(run_id: str) -> pd.DataFrame:
    """Metrics per epoch, from the logs of all starts of a run on this machine."""
    logs = sorted((WORK_DIR / run_id / _LOG).glob("version_*/metrics.csv"), key=lambda path: path.stat().st_mtime)
    if not logs:
        # The whole run was trained on another machine.
        return pd.DataFrame(index=pd.Index([], name="epoch"))
    return pd.concat([pd.read_csv(log) for log in logs]).groupby("epoch").last().drop(columns="step").round(4)


def remove_run(run_id: str) -> None:
    """Remove checkpoints and logs of a finished run."""
    remove_checkpoints(checkpoints_url(run_id))
    shutil.rmtree(WORK_DIR / run_id, ignore_errors=True)
