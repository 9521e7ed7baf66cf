"""How the model gets to know the new condition: reviews in the queue's order against any order, at several points."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.reviews.learning import Model, Photos, is_crop, label, learn, learned_photos_of
from benchmarks.reviews.queue import Order, Round
from benchmarks.reviews.reviewers import review_all
from benchmarks.reviews.stream import NEW
from training.artifacts.files import FIELD_DOMAINS
from training.evaluation.intervals import mean_interval
from training.settings import Params

POINTS = (30, 60, 100, 200, 300)
SEEDS = range(3)
QUEUE, WITHOUT_KIN, RANDOM, COLLECTED = "queue", "without_kin", "random", "collected"

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """All photos with what the first model sees in them, and that model."""

    base: Model
    train: Photos
    val: Photos
    farmers: Photos
    test: Photos
    params: Params

    @property
    def classes(self) -> tuple[str, ...]:
        return (*self.base.head.class_ids, NEW)


@dataclass(frozen=True)
class Point:
    """One number of reviewed cases in one order, over all seeds."""

    order: str
    cases: int
    new_cases: float  # How many of the cases show the new condition, on average
    right: Shares  # ``(N,)`` of each test photo, in how many of the rounds its likeliest class was the right one, 0..1
    named: Shares  # ``(N,)`` likewise, in how many it was answered with the right condition
    misnamed: Shares  # ``(N,)`` likewise, with a wrong one


def examine(model: Model, test: Photos) -> tuple[Shares, Shares, Shares]:
    """Right, rightly named and wrongly named, of each test photo."""
    truth = test.rows["class_id"].to_numpy()
    named = model.named(test)
    right, rightly = model.best(test) == truth, named == truth
    return right.astype(float), rightly.astype(float), ((named != "") & ~rightly).astype(float)


def season(scene: Scene, order: Order, *, seed: int) -> Iterator[Round]:
    """Rounds of reviews, one after the other, at each of :data:`POINTS`.

    Each model is made of the first one with all reviews so far.
    """
    nobody = scene.farmers.rows["case"] == ""
    after = Round((), scene.farmers.where(nobody), scene.train, scene.base)
    for count in POINTS:
        cases = (*after.cases, *order.next(after, count - len(after.cases), seed=seed))
        export = review_all(scene.farmers.rows, cases, classes=scene.classes, seed=seed)
        reviewed = label(export, scene.farmers, elsewhere=scene.base.head.class_ids, params=scene.params).photos
        model = learn(scene.base, scene.train, scene.val, reviewed, scene.params, seed=seed)
        after = Round(cases, reviewed, learned_photos_of(scene.train, reviewed), model)
        yield after


def curve(scene: Scene, seasons: Mapping[str, Sequence[Sequence[Round]]]) -> Iterator[Point]:
    truth = scene.farmers.rows.drop_duplicates("case").set_index("case")["class_id"]
    for name, by_seed in seasons.items():
        for place, count in enumerate(POINTS):
            rounds = [rounds[place] for rounds in by_seed]
            new_cases = [int((truth[list(one.cases)] == NEW).sum()) for one in rounds]
            found = [examine(one.model, scene.test) for one in rounds]
            shares = [np.mean([one[kind] for one in found], axis=0) for kind in range(3)]
            yield Point(name, count, float(np.mean(new_cases)), *shares)


def of_the_new(scene: Scene) -> npt.NDArray[np.bool_]:
    return (scene.test.rows["class_id"] == NEW).to_numpy()


def by_source(scene: Scene) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Sound field photos of crops by their source, the new condition left out."""
    counts = (is_crop(scene.test) & scene.test.rows["domain"].isin(FIELD_DOMAINS)).to_numpy() & ~of_the_new(scene)
    for source in sorted(scene.test.rows["source"][counts].unique()):
        yield str(source), counts & (scene.test.rows["source"] == source).to_numpy()


def interval(scene: Scene, values: Shares, which: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Of a mean over the chosen test photos, 0..1 or -1..1; photos of one leaf stand or fall together."""
    settings = scene.params.evaluate
    groups = pd.Series(scene.test.rows["group"].to_numpy()[which])
    return mean_interval(values[which], groups, resamples=settings.resamples, seed=settings.seed)
