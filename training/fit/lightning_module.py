"""The Lightning module: loss, optimiser, schedule, and validation metrics."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytorch_lightning as pl
import torch
from timm.data.mixup import Mixup
from torch import Tensor, nn

from training.dataset.loaders import phase_of
from training.model.network import LeafNetwork, lay_out_channels_last, load_pretrained, to_square
from training.settings import Phase, TrainParams


class FineTuning(pl.LightningModule):
    """Fine-tunes the network and logs validation metrics."""

    def __init__(self, *, classes: list[str], params: TrainParams, val_sources: list[str]) -> None:
        """Set up the network with its pretrained weights; ``val_sources`` has the source of each validation photo."""
        super().__init__()
        self.save_hyperparameters(params.model_dump(mode="json"))
        self.params = params
        self.network = LeafNetwork(backbone=params.backbone, classes=len(classes), dropout=params.dropout)
        for phase in params.phases:
            # Here, not after hours in the phase that it fails in.
            self.network.map_side(phase.side_px)
        load_pretrained(self.network, params.weights)
        lay_out_channels_last(self.network)
        self._mix: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] = Mixup(  # type: ignore[no-untyped-call]
            mixup_alpha=0.2,
            cutmix_alpha=1.0,
            prob=params.mix_probability,
            switch_prob=0.5,
            label_smoothing=params.label_smoothing,
            num_classes=len(classes),
        )
        self._val_sources = np.array(val_sources)
        self._right: list[Tensor] = []
        self._loss: list[Tensor] = []

    @property
    def phase(self) -> Phase:
        """The phase that the current epoch belongs to."""
        return phase_of(self.current_epoch, self.params.phases)

    def on_train_epoch_start(self) -> None:
        """Freeze what the phase wants frozen, and seed what mixup and dropout draw from.

        The trainer's own switch to training mode has undone the freezing. Seeds that follow from run and epoch alone
        let a resumed training end as an unbroken one, on any device.
        """
        seeds = np.random.SeedSequence([self.params.seed, self.current_epoch])
        pl.seed_everything(int(seeds.generate_state(1)[0]), workers=True, verbose=False)
        self.network.train()
        self.network.freeze(self.phase.frozen_stages)

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        """One batch through augmentation of pairs and soft-target cross-entropy."""
        pixels, targets = self._mix(self.network.normalise(batch[0]), batch[1])
        loss = nn.functional.cross_entropy(self.network(pixels), targets)
        self.log("loss", loss, prog_bar=True, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], _: int) -> None:
        """Collect which validation photos are right, and the negative log-likelihood, at the phase's size."""
        logits = self.network(to_square(self.network.normalise(batch[0]), side_px=self.phase.side_px))
        self._right.append(logits.argmax(dim=1) == batch[1])
        self._loss.append(nn.functional.cross_entropy(logits.float(), batch[1], reduction="none"))

    def on_validation_epoch_end(self) -> None:
        """Log the share of right answers, over all and per source, and the mean negative log-likelihood."""
        right, loss = (self._of_all_processes(seen) for seen in (self._right, self._loss))
        self.log("val_top1", float(right.mean()), prog_bar=True)
        self.log("val_nll", float(loss.mean()))
        for source in np.unique(self._val_sources):
            self.log(f"val_{source}", float(right[self._val_sources == source].mean()))

    def _of_all_processes(self, batches: list[Tensor]) -> npt.NDArray[np.float32]:
        """A value for each validation photo, ``(N,)``; empties what was collected."""
        seen = torch.cat(batches).float()
        batches.clear()
        # Each process fills in the photos that it has seen; the sum is what one process alone would have.
        shared = torch.zeros(len(self._val_sources), device=seen.device)
        shared[self.global_rank :: self.trainer.world_size] = seen
        reduced: Tensor = self.trainer.strategy.reduce(shared, reduce_op="sum")
        return reduced.cpu().numpy()

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
