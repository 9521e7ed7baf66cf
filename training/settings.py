"""The experiment's settings: ``params.yaml`` as frozen models, one per stage."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, PositiveFloat, ValidationError, model_validator

from majani.errors import RefusedError
from majani.frozen import FrozenModel

PARAMS_FILE = Path("params.yaml")

LearnedTerms = Literal["open", "all"]


class SettingsError(RefusedError):
    """Settings make no sense."""


class CurateParams(FrozenModel):
    """When two photos are the same picture, and when they only belong together.

    Attributes:
        duplicate_distance: Largest Hamming distance of the 64-bit perceptual hashes of two copies.
        duplicate_difference: Largest mean difference of their 32 px thumbnails, grey levels 0..255.
        related_distance: Likewise, like the next, for photos of the same leaf, which share a split.
    """

    duplicate_distance: int = Field(ge=0, le=64)
    duplicate_difference: float = Field(ge=0)
    related_distance: int = Field(ge=0, le=64)
    related_difference: float = Field(ge=0)

    @model_validator(mode="after")
    def _copies_are_related(self) -> Self:
        if self.duplicate_distance > self.related_distance or self.duplicate_difference > self.related_difference:
            raise ValueError("copies must be related: the limits for duplicates cannot exceed those for relatives")
        return self


class Resampling(FrozenModel):
    """Bootstrap samples, for intervals."""

    seed: int
    resamples: int = Field(ge=100)


class ReviewsParams(Resampling):
    """When reviewers' verdicts become labels, see :mod:`training.reviews.agreement`.

    Attributes:
        min_reviews: From trusted reviewers, for each case.
        min_agreement: Share of them that must give the same label.
        min_kappa: Least lower end of the 95 % interval of a trusted reviewer's kappa.
        enough_agreement: Share of equal labels that makes a reviewer trusted whatever kappa is: kappa is near 0 for the
            best where nearly all cases show one condition.
        min_shared_cases: A reviewer with fewer cases in common with others is trusted.
        min_cases_of_new_condition: For a condition that no other source shows; fewer teach the farm.
    """

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
        frozen_stages: The stem and so many stages of the backbone keep their weights; 0 trains everything.
        min_crop_area: Smallest share of the photo that random cropping leaves.
    """

    epochs: int = Field(ge=1)
    side_px: int = Field(ge=32)
    frozen_stages: int = Field(ge=0)
    min_crop_area: float = Field(gt=0, le=1)


class QuickRound(FrozenModel):
    """Settings of a training that starts from a promoted network, see :class:`TrainParams`.

    Attributes:
        phases: None leave the network as it is, so that the head alone learns.
    """

    phases: tuple[Phase, ...]
    photos_per_epoch: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    head_learning_rate: float = Field(gt=0)
    ema_decay: float = Field(gt=0, lt=1)


class TrainParams(FrozenModel):
    """Fine-tuning.

    Attributes:
        backbone: Name of a model of timm.
        terms: ``open`` learns from photos whose licence lets everybody use what was learned, and only asks about the
            others; ``all`` learns from all.
        weights: That it begins with: ``package``, ``hub``, ``none`` (random ones, for trials and tests) or a file, see
            :func:`training.model.network.load_pretrained`.
        start_from: Version of the promoted bundle whose network a quick round starts from; null for ``weights``.
        quick: Replaces the settings of the same names in a quick round.
        photos_per_epoch: Draws (with replacement) that count as one epoch.
        class_balance: 0 draws photos as they come, 1 draws every class of a source equally often.
        place_balance: 0 leaves it so, 1 draws every source of a class equally often.
        doubtful_weight: Weight of photos from folders marked as doubtful, relative to sound ones.
        source_weights: Replaces the weight in a source's file, by source id.
        new_condition_share: Least share of all draws for each condition that only reviewed cases show.
        mix_probability: Share of batches with mixup or cutmix.
        background_probability: Share of draws of a laboratory photo in which its leaf gets another background.
        ema_decay: For the averaged weights that are shipped.
        batch_size: Of all processes together, so that their number changes neither steps nor learning rate.
        precision: Of the forward pass; weights stay float32. ``auto`` is ``bf16-mixed`` where the GPU or processor has
            bf16, else ``32-true``, as imitating it takes twice as long. ``16-mixed`` needs a GPU.
    """

    seed: int
    backbone: str
    terms: LearnedTerms
    weights: str = "package"
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
    place_balance: float = Field(ge=0, le=1)
    doubtful_weight: float = Field(ge=0, le=1)
    source_weights: Mapping[str, PositiveFloat] = Field(default_factory=dict)
    new_condition_share: float = Field(ge=0, lt=0.5)
    mix_probability: float = Field(ge=0, le=1)
    background_probability: float = Field(ge=0, le=1)
    ema_decay: float = Field(gt=0, lt=1)
    accelerator: Literal["cpu", "gpu"] = "cpu"
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"]
    workers: int = Field(ge=0)

    @property
    def learns(self) -> bool:
        """Whether the network learns in this round, or the head alone."""
        return bool(self.of_this_round().phases)

    def of_this_round(self) -> Self:
        """The settings to use; with ``start_from``, those of ``quick`` replace their namesakes."""
        if self.start_from is None:
            return self
        return self.model_copy(update={name: getattr(self.quick, name) for name in QuickRound.model_fields})


class LeaveOutParams(FrozenModel):
    """Short trainings without some photos, which are then predicted, see :mod:`training.places`.

    Attributes:
        phases: Instead of those of ``train``, like the next two.
        side_px: Of the exported graph.
        runs: Sources, crops and conditions that each run leaves out.
    """

    phases: tuple[Phase, ...] = Field(min_length=1)
    photos_per_epoch: int = Field(ge=1)
    ema_decay: float = Field(gt=0, lt=1)
    side_px: int = Field(ge=32)
    runs: tuple[tuple[str, ...], ...]


class AdaptParams(FrozenModel):
    """Adapting a bundle to a district, see :mod:`training.adaptation`.

    Attributes:
        weight: Of a local photo, in usual training photos.
        among_own: How many times more it counts where only the district's conditions compete.
        smoothing: See :func:`training.calibration.head.within_class_scaling`.
        folds: Heads that answer local photos they have not seen, for the gate.
    """

    seed: int
    weight: float = Field(gt=0)
    among_own: float = Field(ge=0)
    smoothing: float = Field(gt=0)
    folds: int = Field(ge=2)


class ExportParams(FrozenModel):
    """The shipped graph.

    Attributes:
        side_px: The graph squashes photos to a square of this side.
        calibration_photos: Training photos that set the ranges of the 8-bit activations.
    """

    seed: int
    side_px: int = Field(ge=32)
    opset: int = Field(ge=18)
    calibration_photos: int = Field(ge=1)


class CalibrateParams(FrozenModel):
    """Head, calibration and decision rules.

    Attributes:
        seed: Of the cases that several photos or a named crop make.
        terms: Of the photos that the head learns from, as in :class:`TrainParams`.
        head_balance: 0 counts photos as they come, 1 every class of a source alike, in the fit of the head.
        head_strength: Of the head, see :func:`training.calibration.head.fit_head`.
        outlier_share: What all outliers weigh together in fitting a head, of the weight of the training photos.
        familiar_photos: Training photos of each class that the out-of-distribution detector is fitted to.
        familiar_directions: Directions in which its score is exact; each costs 1.3 kB of the bundle.
        novelty_logits: Rise of the unknown plant's logit at the 95th percentile of the scores of known field photos.
        lost_good_photos: Share of good crop photos that the reject threshold and the quality limits may each cost.
        lost_named: Share of leaves of known crops that may be refused, or held for another crop, in places left out
            though their crop is named.
        shows: Probability of a crop from which photos clearly show it.
    """

    seed: int
    terms: LearnedTerms
    head_balance: float = Field(ge=0, le=1)
    head_strength: float = Field(gt=0)
    outlier_share: float = Field(gt=0)
    familiar_photos: int = Field(ge=2)
    familiar_directions: int = Field(ge=1)
    novelty_logits: float = Field(ge=0)
    lost_good_photos: float = Field(gt=0, lt=0.5)
    lost_named: float = Field(gt=0, lt=1)
    shows: float = Field(gt=0.5, le=1)
    min_side_px: int = Field(ge=1)


class EvaluateParams(Resampling):
    """Intervals.

    Attributes:
        mistaken_for: By source of outliers, the crops that people mistake its plants for, and name.
    """

    mistaken_for: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)


class StressTestParams(EvaluateParams):
    """Stress test, see :mod:`training.evaluation.stress`.

    Attributes:
        photos: Test photos from the field that are corrupted.
        field_source: The source that is nearest to a new field; gets figures of its own.
    """

    photos: int = Field(ge=1)
    field_source: str


class GateParams(Resampling):
    """What a candidate has to show before it replaces the running bundle.

    Attributes:
        targets: It must be surely better on one of these sources, or on all of them together.
        min_photos: A source with fewer test photos decides nothing.
        min_groups: Likewise with photos of fewer leaves or bursts.
    """

    targets: tuple[str, ...]
    min_photos: int = Field(ge=1)
    min_groups: int = Field(ge=1)


class Params(FrozenModel):
    """All of ``params.yaml``."""

    curate: CurateParams
    reviews: ReviewsParams
    split: SplitParams
    train: TrainParams
    export: ExportParams
    calibrate: CalibrateParams
    evaluate: EvaluateParams
    stress_test: StressTestParams
    gate: GateParams
    leave_out: LeaveOutParams
    adapt: AdaptParams

    def for_sample(self, share: float) -> Self:
        """The settings with which a head fitted to such a share of the photos, weighed, is like one fitted to all."""
        adapt = self.adapt.model_copy(update={"weight": self.adapt.weight * share})
        calibrate = self.calibrate.model_copy(update={"head_strength": self.calibrate.head_strength / share})
        return self.model_copy(update={"adapt": adapt, "calibrate": calibrate})


def read_params(path: Path = PARAMS_FILE) -> Params:
    """Read and check the experiment's settings.

    Raises:
        SettingsError: With every misspelt or impossible setting, or if there is no such file.
    """
    try:
        return Params.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise SettingsError(f"{path} is not here: run this command in the folder of a checkout") from error
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise SettingsError(f"{path}: {found}") from error
