"""The experiment's settings: ``params.yaml`` as frozen models, one per stage."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, model_validator

from training.training_settings import FrozenParams, LeaveOutParams, OpinionsParams, TrainParams

PARAMS_FILE = Path("params.yaml")


class CurateParams(FrozenParams):
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


class ReviewsParams(FrozenParams):
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


class SplitParams(FrozenParams):
    """Shares of each class of a source, by photos, where the authors left no official split."""

    seed: int
    val_share: float = Field(gt=0, lt=0.5)
    test_share: float = Field(gt=0, lt=0.5)


class ExportParams(FrozenParams):
    """The shipped graph.

    Attributes:
        side_px: Photos are squashed to this side inside the graph.
        calibration_photos: Training photos that the ranges of the 8-bit activations are measured on.
    """

    seed: int
    side_px: int = Field(ge=32)
    opset: int = Field(ge=18)
    calibration_photos: int = Field(ge=1)


class CalibrateParams(FrozenParams):
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


class EvaluateParams(FrozenParams):
    """Intervals."""

    seed: int
    resamples: int = Field(ge=100)


class ProbeParams(EvaluateParams):
    """Questions beyond top-1, see :mod:`training.stages.stress_test`; seed and resamples as there.

    Attributes:
        photos: So many test photos of the field are made dark, blurred and so on.
        trees: Of the forest that sees border pixels only.
        lab_source: Whose backgrounds are probed, and whose classes are compared with ``field_source``.
        field_source: The source that is nearest to a new field; gets its own figures beside those of all field sources.
    """

    photos: int = Field(ge=1)
    trees: int = Field(ge=1)
    lab_source: str
    field_source: str


class GateParams(FrozenParams):
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


class Params(FrozenParams):
    """All of ``params.yaml``."""

    curate: CurateParams
    reviews: ReviewsParams
    split: SplitParams
    opinions: OpinionsParams
    train: TrainParams
    export: ExportParams
    calibrate: CalibrateParams
    evaluate: EvaluateParams
    probe: ProbeParams
    gate: GateParams
    leave_out: LeaveOutParams


def read_params(path: Path = PARAMS_FILE) -> Params:
    """Read and check the experiment's settings.

    Raises:
        pydantic.ValidationError: With every misspelt or impossible setting.
    """
    raw: Mapping[str, object] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Params.model_validate(raw)
