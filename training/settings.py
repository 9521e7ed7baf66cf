"""The experiment's settings: ``params.yaml`` as frozen models, one per stage."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, PositiveFloat, model_validator

from majani.frozen import FrozenModel

PARAMS_FILE = Path("params.yaml")


class CurateParams(FrozenModel):
    """When two photos are the same picture, and when they merely belong together.

    Attributes:
        max_photos_per_folder: Take only so many photos of each class folder (a fixed, spread-out choice); None for
            all. Only for quick runs.
        duplicate_distance: Largest Hamming distance of 64-bit perceptual hashes of two copies of one picture.
        duplicate_difference: Largest mean difference of their 32 px thumbnails, grey levels 0..255.
        related_distance: Likewise, for photos that show the same leaf and must not straddle a split.
        related_difference: Likewise.
    """

    max_photos_per_folder: int | None = Field(default=None, ge=1)
    duplicate_distance: int = Field(ge=0, le=64)
    duplicate_difference: float = Field(ge=0)
    related_distance: int = Field(ge=0, le=64)
    related_difference: float = Field(ge=0)

    @model_validator(mode="after")
    def _copies_are_related(self) -> Self:
        if self.duplicate_distance > self.related_distance or self.duplicate_difference > self.related_difference:
            raise ValueError("copies must be related: the limits for duplicates cannot exceed those for relatives")
        return self


class ReviewsParams(FrozenModel):
    """When reviewers' verdicts become labels, see :mod:`training.reviews.agreement`.

    Attributes:
        min_reviews: A case needs so many from reviewers who count.
        min_agreement: Share of them that must have given the same label.
        min_kappa: Whose agreement with the others is not surely this good (lower end of the 95 % interval of Cohen's
            kappa) does not count.
        enough_agreement: Who gives the same label as others this often counts whatever kappa says. Where nearly all
            cases show one condition, chance explains nearly all agreement, and kappa is near 0 for the best.
        min_shared_cases: With fewer cases in common with others, a reviewer is taken at their word.
        min_cases_of_new_condition: A condition that no other source has photos of is learned from so many cases on;
            from a handful, a model would learn the farm instead.
        resamples: Of the interval.
        seed: Of the generator that draws them.
    """

    seed: int
    resamples: int = Field(ge=100)
    min_reviews: int = Field(ge=1)
    min_agreement: float = Field(gt=0.5, le=1)
    min_kappa: float = Field(ge=-1, le=1)
    enough_agreement: float = Field(gt=0.5, le=1)
    min_shared_cases: int = Field(ge=1)
    min_cases_of_new_condition: int = Field(ge=1)


class SplitParams(FrozenModel):
    """Shares of each class of a source, by photos, where the authors left no official split."""

    seed: int
    val_share: float = Field(gt=0, lt=0.5)
    test_share: float = Field(gt=0, lt=0.5)


class Phase(FrozenModel):
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


class QuickRound(FrozenModel):
    """What a round that begins with a promoted network does instead of the full training; see :class:`TrainParams`."""

    phases: tuple[Phase, ...] = Field(min_length=1)
    photos_per_epoch: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    head_learning_rate: float = Field(gt=0)
    ema_decay: float = Field(gt=0, lt=1)


class TrainParams(FrozenModel):
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
        soft_label_share: Share of draws in which a photo's class is drawn from its soft label, if it has one.
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
    soft_label_share: float = Field(ge=0, le=1)
    accelerator: Literal["cpu", "gpu"] = "cpu"
    precision: Literal["32-true", "bf16-mixed", "16-mixed"]
    workers: int = Field(ge=0)

    def of_this_round(self) -> Self:
        """The settings as they are to be used, with those of a quick round in their places."""
        if self.start_from is None:
            return self
        return self.model_copy(update={name: getattr(self.quick, name) for name in QuickRound.model_fields})


class SoftLabelParams(FrozenModel):
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


class LeaveOutParams(FrozenModel):
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


class ExportParams(FrozenModel):
    """The shipped graph.

    Attributes:
        side_px: Photos are squashed to this side inside the graph.
        calibration_photos: Training photos that the ranges of the 8-bit activations are measured on.
    """

    seed: int
    side_px: int = Field(ge=32)
    opset: int = Field(ge=18)
    calibration_photos: int = Field(ge=1)


class CalibrateParams(FrozenModel):
    """How sure is sure enough; fitted on validation photos taken in the field.

    Attributes:
        answer_precision: Thresholds are the lowest at which at least this share of the answers is right.
        min_answer: Lowest threshold that a class may get.
        weak_answers: Share of right answers whose evidence counts as too little, see
            :class:`training.bundle.graph.Calibration`.
        familiar_photos: Training photos of each class that show what is familiar, see
            :mod:`training.calibration.out_of_distribution`.
        familiar_directions: In so many directions novelty is exact; each costs 1.3 kB of the bundle.
        novelty_logits: Added to the logit of an unknown plant for a field photo of a crop that is more novel than 95 %
            of the known field photos.
        prior_photos: How many photos of the hardest source join those of each class when its threshold is fitted.
        lost_good_photos: Share of good crop photos that the reject threshold and the quality limits may each cost.
        coarse_threshold: Mass that a coarser statement needs.
        hint_factor: See :class:`majani.model.bundle.DecisionRules`.
        band_edges: Lower edges of the confidence bands that are said in words.
    """

    answer_precision: float = Field(gt=0, lt=1)
    min_answer: float = Field(gt=0, lt=1)
    weak_answers: float = Field(ge=0, lt=0.5)
    familiar_photos: int = Field(ge=2)
    familiar_directions: int = Field(ge=1)
    novelty_logits: float = Field(ge=0)
    prior_photos: float = Field(gt=0)
    lost_good_photos: float = Field(gt=0, lt=0.5)
    coarse_threshold: float = Field(gt=0, le=1)
    hint_factor: float = Field(gt=0, le=1)
    band_edges: tuple[float, ...]
    min_side_px: int = Field(ge=1)


class EvaluateParams(FrozenModel):
    """Intervals."""

    seed: int
    resamples: int = Field(ge=100)


class StressTestParams(EvaluateParams):
    """Questions beyond top-1, see :mod:`training.stages.stress_test`; seed and resamples as there.

    Attributes:
        photos: So many test photos of the field are made dark, blurred and so on.
        lab_source: Whose backgrounds are probed, and whose classes are compared with ``field_source``.
        field_source: The source that is nearest to a new field; gets its own figures beside those of all field sources.
    """

    photos: int = Field(ge=1)
    lab_source: str
    field_source: str


class GateParams(FrozenModel):
    """What a challenger has to show before it replaces the running bundle.

    Attributes:
        targets: Sources of which at least one must have become better.
        min_photos: A source with fewer test photos is shown, but decides nothing: chance would.
        min_groups: Likewise one whose test photos are of fewer leaves or bursts; photos of one are no two witnesses.
        seed: For the bootstrap of the paired differences.
    """

    seed: int
    resamples: int = Field(ge=100)
    targets: tuple[str, ...]
    min_photos: int = Field(ge=1)
    min_groups: int = Field(ge=1)


class Params(FrozenModel):
    """All of ``params.yaml``."""

    curate: CurateParams
    reviews: ReviewsParams
    split: SplitParams
    soft_labels: SoftLabelParams
    train: TrainParams
    export: ExportParams
    calibrate: CalibrateParams
    evaluate: EvaluateParams
    stress_test: StressTestParams
    gate: GateParams
    leave_out: LeaveOutParams


def read_params(path: Path = PARAMS_FILE) -> Params:
    """Read and check the experiment's settings.

    Raises:
        pydantic.ValidationError: With every misspelt or impossible setting.
    """
    raw: Mapping[str, object] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Params.model_validate(raw)
