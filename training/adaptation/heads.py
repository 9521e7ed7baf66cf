"""Heads that a few photos of a place have changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.model.head import Answers, Calibration, Floats, Head, LinearLayer
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.embeddings import EmbeddingTable
from training.calibration.head import positions, refit_classes, within_class_scaling
from training.calibration.situations import order_by_chance
from training.settings import AdaptParams, CalibrateParams, Params

# Known photos of each class of other crops that a district's conditions are told from.
_OF_OTHERS = 40
# A logit that no photo's best class has.
_RULED_OUT = -20.0


def halved(seen: EmbeddingTable) -> EmbeddingTable:
    """The same in 16 bits, which is all that files keep."""
    return replace(seen, embeddings=seen.embeddings.astype(np.float16))


def in_full(seen: EmbeddingTable) -> EmbeddingTable:
    """The same in 32 bits, for arithmetic."""
    return replace(seen, embeddings=seen.embeddings.astype(np.float32, copy=False))


def with_rows(head: Head, new: Sequence[str]) -> Head:
    """The head with classes more, before the reject classes; none of them is ever likely yet."""
    at, layer = len(head.class_ids) - len(REJECT_CLASSES), head.layer
    weights = np.insert(layer.weights, [at] * len(new), 0, axis=0)
    bias = np.insert(layer.bias, [at] * len(new), _RULED_OUT)
    return replace(
        head,
        class_ids=(*head.class_ids[:at], *new, *head.class_ids[at:]),
        layer=LinearLayer(weights.astype(np.float32), bias.astype(np.float32)),
    )


@dataclass(frozen=True)
class HeadFitter:
    """Fits classes of a head anew, to kept photos and to local ones.

    Attributes:
        head: Knows the local photos' classes, see :func:`with_rows`.
        seen: Kept photos.
        adapt, calibrate: Settings.
        scaling: Of embeddings, see :func:`training.calibration.head.within_class_scaling`.
    """

    head: Head
    seen: EmbeddingTable
    adapt: AdaptParams
    calibrate: CalibrateParams
    scaling: Floats

    @classmethod
    def of(cls, head: Head, seen: EmbeddingTable, params: Params) -> Self:
        """With the scaling of a few kept training photos of each class."""
        few = _beside(seen, seen.rows[seen.rows["split"] == "train"], set())
        scaling = within_class_scaling(few, smoothing=params.adapt.smoothing)
        return cls(head, seen, params.adapt, params.calibrate, scaling)

    def without(self, class_id: str) -> Self:
        """As if the head had never heard of one of its classes, and no kept photo showed it."""
        at, layer = self.head.class_ids.index(class_id), self.head.layer
        weights, bias = layer.weights.copy(), layer.bias.copy()
        weights[at], bias[at] = 0, _RULED_OUT
        # Out of what is learned, without a copy of the embeddings.
        rows = self.seen.rows
        others = rows.assign(split=rows["split"].where(rows["class_id"] != class_id, ""))
        head = replace(self.head, layer=LinearLayer(weights, bias))
        return replace(self, head=head, seen=replace(self.seen, rows=others))

    def fit(self, local: EmbeddingTable) -> Head:
        """The head with the local photos' classes fitted anew.

        All other classes keep their rows, and all share the calibration that they had; only, what looks like the local
        photos is no longer new. A photo that was seen in several ways has its weight once.
        """
        seen, class_ids = self.seen, self.head.class_ids
        train = seen.rows[(seen.rows["split"] == "train") & seen.rows["class_id"].isin(class_ids)]
        usual = float(train["weight"][train["weight"] > 0].mean())
        ways = local.rows.groupby("photo")["photo"].transform("size")
        some = _beside(seen, train, set(_crops(local.rows)))
        weighed = local.rows.assign(weight=self.adapt.weight * usual / ways)
        everything = some.and_also(EmbeddingTable(weighed, local.embeddings))
        weights = everything.rows["weight"].to_numpy(dtype=np.float64)
        is_local = np.arange(len(weights)) >= len(some.rows)
        taught = np.unique(positions(local.rows, class_ids))
        layer = refit_classes(
            self.head.layer,
            everything.embeddings,
            positions(everything.rows, class_ids),
            weights,
            self.adapt.among_own * weights * is_local,
            classes=taught,
            # Of the strength for all photos.
            strength=self.calibrate.head_strength * len(train) / len(some.rows),
            scaling=self.scaling,
        )
        means = np.stack([local.embeddings[local.rows["class_id"] == class_ids[at]].mean(axis=0) for at in taught])
        return Head(class_ids, layer, _familiar(self.head.calibration, means))

    def cross_validated(self, local: EmbeddingTable, *, by: str, doubted: Collection[str] = ()) -> Answers:
        """What heads say of each local photo, as taken, that have seen none like it in column ``by``.

        No head learns the ``doubted`` photos; they are asked about like the others.
        """
        order = order_by_chance(local.rows[by], seed=self.adapt.seed)
        fold_of = {name: position % self.adapt.folds for position, name in enumerate(order)}
        taken = local.as_taken()
        fold, asked = (photos.rows[by].map(fold_of).to_numpy() for photos in (local, taken))
        trusted = ~local.rows["photo"].isin(doubted).to_numpy()
        probabilities = np.zeros((len(asked), len(self.head.class_ids)), dtype=np.float32)
        for number in np.unique(asked):
            learned = trusted & (fold != number)
            head = self.fit(local.where(learned)) if learned.any() else self.head
            held = asked == number
            probabilities[held] = head.answers(taken.embeddings[held]).probabilities
        return Answers(self.head.class_ids, probabilities)


def _crops(rows: pd.DataFrame) -> npt.NDArray[np.str_]:
    return rows["class_id"].str.partition(".")[0].to_numpy(dtype=np.str_)


def _beside(seen: EmbeddingTable, train: pd.DataFrame, crops: set[str]) -> EmbeddingTable:
    """Of these rows, all of some crops and a few of each class of others, which weigh as much together as before.

    Embeddings of all photos take much memory, see :func:`halved`: only those of the chosen ones are copied.
    """
    order = train.sort_values("sha256").groupby("class_id").cumcount()
    chosen = (order.reindex(train.index) < _OF_OTHERS) | np.isin(_crops(train), sorted(crops))
    before = train.groupby("class_id")["weight"].sum()
    some = in_full(seen.where(seen.rows.index.isin(train.index[chosen])))
    after = some.rows.groupby("class_id")["weight"].sum()
    return replace(some, rows=some.rows.assign(weight=some.rows["weight"] * some.rows["class_id"].map(before / after)))


def _familiar(calibration: Calibration, means: Floats) -> Calibration:
    """The calibration for which photos around these means, ``(M, D)``, are known ones as well."""
    detector = calibration.detector
    if detector is None:
        return calibration
    placed = (means - detector.centre) @ (detector.directions * detector.scale) @ detector.whitening
    # As a head's file keeps them.
    placed = placed.astype(np.float16).astype(np.float32)
    return replace(calibration, detector=replace(detector, means=np.concatenate([detector.means, placed])))
