"""Settings of everything that trains a network; a part of :mod:`training.settings`."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat


class FrozenParams(BaseModel):
    """Settings that nobody changes while a stage runs; a misspelt one is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Phase(FrozenParams):
    """A stretch of epochs at one photo size.

    Attributes:
        side_px: Side of the square the network is trained at.
        frozen_stages: The stem and so many stages keep their ImageNet weights; 0 trains everything.
        min_crop_area: Smallest share of the photo that random cropping leaves.
    """

    epochs: int = Field(ge=1)
    side_px: int = Field(ge=32)
    frozen_stages: int = Field(ge=0, le=7)
    min_crop_area: float = Field(gt=0, le=1)


Backbone = Literal["tf_efficientnet_lite0", "tf_efficientnet_lite1"]


class QuickRound(FrozenParams):
    """What a round that begins with a promoted network does instead of the full training; see :class:`TrainParams`."""

    phases: tuple[Phase, ...] = Field(min_length=1)
    photos_per_epoch: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    head_learning_rate: float = Field(gt=0)
    ema_decay: float = Field(gt=0, lt=1)


class TrainParams(FrozenParams):
    """Fine-tuning.

    Attributes:
        start_from: Version of the promoted bundle whose network is trained on, for a quick round; null to begin with
            ImageNet's weights. A version and not "the running one", so that the same settings always mean the same.
        quick: Settings of a quick round, instead of those of the same names.
        photos_per_epoch: Draws (with replacement) that count as one epoch.
        class_balance: 0 draws photos as they come, 1 draws every class of a source equally often.
        doubtful_weight: Weight of photos from folders marked as doubtful, relative to sound ones.
        source_weights: Source id to how often its photos are drawn, instead of the weight in the source's file.
        new_condition_share: Share of all draws that each condition gets at least that only reviewed cases show; a few
            dozen photos among thousands would not be learned.
        mix_probability: Share of batches that mixup or cutmix is applied to.
        background_probability: Share of draws of a laboratory photo in which its leaf is put before another background.
        ema_decay: Of the averaged weights that are shipped.
        opinion_share: Share of draws in which a photo that the stage ``opinions`` asked about is taken for what was
            believed of it, instead of its label.
        batch_size: Of all processes together, so that their number changes neither steps nor learning rate.
        accelerator: What trains; the first so many GPUs of each machine, or its cores.
        precision: Of the forward pass; weights stay float32. ``16-mixed`` needs a GPU.
    """

    seed: int
    backbone: Backbone
    start_from: str | None = None
    quick: QuickRound
    phases: tuple[Phase, ...] = Field(min_length=1)
    photos_per_epoch: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    learning_rate: float = Field(gt=0)
    head_learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    dropout: float = Field(ge=0, lt=1)
    label_smoothing: float = Field(ge=0, lt=1)
    class_balance: float = Field(ge=0, le=1)
    doubtful_weight: float = Field(ge=0, le=1)
    source_weights: Mapping[str, PositiveFloat] = Field(default_factory=dict)
    new_condition_share: float = Field(ge=0, lt=0.5)
    mix_probability: float = Field(ge=0, le=1)
    background_probability: float = Field(ge=0, le=1)
    ema_decay: float = Field(gt=0, lt=1)
    opinion_share: float = Field(ge=0, le=1)
    accelerator: Literal["cpu", "gpu"] = "cpu"
    precision: Literal["32-true", "bf16-mixed", "16-mixed"]
    workers: int = Field(ge=0)

    def of_this_round(self) -> Self:
        """The settings as they are to be used, with those of a quick round in their places."""
        if self.start_from is None:
            return self
        return self.model_copy(update={name: getattr(self.quick, name) for name in QuickRound.model_fields})


class OpinionsParams(FrozenParams):
    """Short trainings that give out-of-fold soft labels, see :mod:`training.stages.soft_labels`.

    Attributes:
        sources: Sources whose labels are unsound.
        beside: Sources that the networks learn from as well.
        folds: So many networks; each has not seen one fold.
        phases: Instead of those of ``train``.
        photos_per_epoch: Likewise.
        seed: For the dealing out.
    """

    seed: int
    sources: tuple[str, ...]
    beside: tuple[str, ...]
    folds: int = Field(ge=2)
    phases: tuple[Phase, ...] = Field(min_length=1)
    photos_per_epoch: int = Field(ge=1)


class LeaveOutParams(FrozenParams):
    """Shorter trainings without what they are then asked about, see :mod:`training.evaluation.leave_out`.

    Attributes:
        phases: Instead of those of ``train``.
        photos_per_epoch: Likewise.
        ema_decay: Likewise; averages that reach back to the first steps of a short training would make its models less
            sure than the shipped one is.
        side_px: Of the exported graph.
        runs: Sources and crops that each run leaves out.
        score: What refuses, by its name in that module.
    """

    phases: tuple[Phase, ...] = Field(min_length=1)
    photos_per_epoch: int = Field(ge=1)
    ema_decay: float = Field(gt=0, lt=1)
    side_px: int = Field(ge=32)
    runs: tuple[tuple[str, ...], ...]
    score: str
