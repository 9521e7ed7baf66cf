"""From an export of reviews to a changed model, through the pipeline's own rules: labels, splits, weights, calibration.

Only the head learns, a few seconds per round: hundreds of rounds have to be compared here. It learns as in the stage
``train`` as far as a head can: draws by source and class, smoothed labels, averaged weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import WeightedRandomSampler

from majani.decision.rules import Decision, decide
from majani.model.bundle import Manifest
from majani.model.head import Calibration, Head, LinearLayer
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.embeddings import EmbeddingTable
from training.artifacts.files import is_sound_field, read_source_weights, read_taxonomy
from training.bundle.assemble import class_entries
from training.calibration.head import positions
from training.calibration.probabilities import fit_temperature
from training.calibration.rules import fit_rules
from training.curation.partition import split
from training.dataset.weights import sample_weights
from training.fit.trainer import model_classes
from training.release.gate import Outcomes
from training.reviews.agreement import ReviewerAgreement, labels, reviewer_agreements
from training.reviews.export import Export
from training.settings import Params

SOURCE = "field_reviews"
Photos = EmbeddingTable
_EPOCHS, _DRAWS, _BATCH, _RATE, _EMA = 6, 8000, 128, 3e-3, 0.98


@dataclass(frozen=True)
class Model:
    """A head with its calibration and rules; answers as its bundle would."""

    head: Head
    manifest: Manifest

    def best(self, photos: Photos) -> npt.NDArray[np.str_]:
        """``(N,)`` the likeliest class of each photo."""
        return np.array(self.head.answers(photos.embeddings).best())

    def named(self, photos: Photos) -> npt.NDArray[np.str_]:
        """``(N,)`` the condition that each photo is answered with; empty where none is named."""
        return np.array([decision.condition or "" for decision in self._decisions(photos)])

    def answered(self, photos: Photos) -> Outcomes:
        """How it does on photos with a ``class_id``, as the gate sees it."""
        said = self._decisions(photos)
        rows = photos.rows.assign(
            top1=self.best(photos),
            condition=[text.condition or "" for text in said],
            outcome=[text.outcome.value for text in said],
        )
        return Outcomes.of(rows)

    def _decisions(self, photos: Photos) -> list[Decision]:
        return [decide(row, manifest=self.manifest) for row in self.head.answers(photos.embeddings).probabilities]


@dataclass(frozen=True)
class Labelled:
    """What the pipeline makes of an export."""

    photos: Photos  # Those with a label, with a column ``split``
    reviewers: tuple[ReviewerAgreement, ...]  # How they stand


def label(export: Export, farmers: Photos, *, elsewhere: Sequence[str], params: Params) -> Labelled:
    """Labels by agreement, then splits, as the stages ``curate`` and ``split`` make them."""
    reviewers = reviewer_agreements(export.reviews, params.reviews)
    trusted = {reviewer.reviewer for reviewer in reviewers if reviewer.is_trusted}
    found, _ = labels(export, trusted=trusted, elsewhere=elsewhere, params=params.reviews)
    chosen = farmers.where(farmers.rows["case"].isin(list(found)))
    rows = chosen.rows.assign(
        source=SOURCE,
        truth=chosen.rows["class_id"],
        class_id=chosen.rows["case"].map(found),
        domain="field",
        group=SOURCE + "/" + chosen.rows["group"],
        official_split="",
    )
    # In an export each case has a folder of its own, and its place in the splits is that folder's.
    folders = SOURCE + "/photos/" + rows["case"].astype(str) + "/" + rows["photo"].str.rpartition("/")[2]
    dealt = split(rows.assign(photo=folders), params.split, growing={SOURCE}) if len(rows) else rows.assign(split="")
    dealt["photo"] = rows["photo"]
    return Labelled(Photos(dealt.reset_index(drop=True), chosen.embeddings), reviewers)


def learn(base: Model, train: Photos, val: Photos, reviewed: Photos, params: Params, *, seed: int) -> Model:
    learned = learned_photos_of(train, reviewed)
    classes = tuple(model_classes(learned.rows))
    head = _fit(base.head, learned, classes, params, seed=seed)
    both = val.and_also(reviewed.where(reviewed.rows["split"] == "val"))
    field = both.where(is_sound_field(both.rows) & both.rows["class_id"].isin(classes))
    return calibrated(classes, head, field, base.manifest, params)


def learned_photos_of(train: Photos, reviewed: Photos) -> Photos:
    """What the model after a round is trained on."""
    return train.and_also(reviewed.where(reviewed.rows["split"] == "train"))


def calibrated(classes: tuple[str, ...], head: LinearLayer, field: Photos, manifest: Manifest, params: Params) -> Model:
    """Temperature and rules as the stage ``calibrate`` fits them."""
    truth = positions(field.rows, classes)
    temperature = fit_temperature(head.output(field.embeddings), truth, Calibration())
    fitted = Head(classes, head, Calibration(temperature))
    rules = fit_rules(fitted.answers(field.embeddings), field.rows, (), params.calibrate)
    entries = class_entries(list(classes), read_taxonomy())
    return Model(fitted, manifest.model_copy(update={"classes": entries, "rules": rules}))


def _fit(former: Head, photos: Photos, classes: tuple[str, ...], params: Params, *, seed: int) -> LinearLayer:
    begun = nn.Linear(former.layer.weights.shape[1], len(classes))
    with torch.no_grad():
        begun.weight.zero_()
        begun.bias.zero_()
        for row, class_id in enumerate(classes):
            if class_id in former.class_ids:
                place = former.class_ids.index(class_id)
                begun.weight[row] = torch.from_numpy(former.layer.weights[place])
                begun.bias[row] = float(former.layer.bias[place])
    weights = sample_weights(photos.rows, sources=read_source_weights(), params=params.train)
    generator = torch.Generator().manual_seed(seed)
    draws = list(WeightedRandomSampler(weights.tolist(), _EPOCHS * _DRAWS, generator=generator))
    features = torch.from_numpy(photos.embeddings)
    truth = torch.from_numpy(positions(photos.rows, classes))
    average = AveragedModel(begun, multi_avg_fn=get_ema_multi_avg_fn(_EMA))  # type: ignore[no-untyped-call]
    optimizer = torch.optim.AdamW(begun.parameters(), lr=_RATE, weight_decay=params.train.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=_RATE, total_steps=len(draws) // _BATCH + 1)
    torch.manual_seed(seed)
    drop: nn.Module = nn.Dropout(params.train.dropout)
    for start in range(0, len(draws), _BATCH):
        rows = draws[start : start + _BATCH]
        loss = nn.functional.cross_entropy(
            begun(drop(features[rows])), truth[rows], label_smoothing=params.train.label_smoothing
        )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        average.update_parameters(begun)
    end: Any = average.module
    return LinearLayer(end.weight.detach().numpy().copy(), end.bias.detach().numpy().copy())


def is_crop(photos: Photos) -> "pd.Series[bool]":
    """Which photos show a crop, and are sound."""
    return ~photos.rows["class_id"].isin(REJECT_CLASSES) & (photos.rows["doubt"] == "")
