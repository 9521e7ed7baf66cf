"""A batch with many wrong labels: does agreement between reviewers catch who gave them, and if not, does the gate?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from benchmarks.reviews.curve import Scene, Shares, examine
from benchmarks.reviews.learning import Labelled, label, learn
from benchmarks.reviews.reviewers import NAMES, POISONER, Mistake, always, near_miss, review_all
from training.release.gate import judge

CASES = 300
SEEDS = range(20)
ROUNDS = range(3)


def poisons(scene: Scene) -> Mapping[str, Mistake | None]:
    """What the careless reviewer says instead of the truth; none for the comparison."""
    return {
        "careful": None,
        "random": near_miss(scene.classes),
        "systematic": always("bean.angular_leaf_spot"),
    }


@dataclass(frozen=True)
class Caught:
    """How reviewers fared over many simulated batches."""

    poisoner: int  # In how many batches the last reviewer was left out
    careful: int  # How many of all other reviewers in all batches were left out
    batches: int  # How many there were


def caught(scene: Scene, cases: Sequence[str], poison: Mistake | None) -> Caught:
    """Whom the pipeline's rule leaves out; nothing is trained for that."""
    poisoner = careful = 0
    for seed in SEEDS:
        for reviewer in _labelled(scene, cases, poison, seed=seed).reviewers:
            poisoner += reviewer.reviewer == POISONER and not reviewer.is_trusted
            careful += reviewer.reviewer != POISONER and not reviewer.is_trusted
    return Caught(poisoner, careful, len(SEEDS))


@dataclass(frozen=True)
class Damage:
    """What a batch does to the model when its reviewers are all believed."""

    right: Shares  # ``(N,)`` of each test photo, in how many of the rounds its likeliest class was the right one, 0..1
    stopped: int  # In how many of the rounds the gate kept the first model


def damage(scene: Scene, cases: Sequence[str], poison: Mistake | None, *, names: Sequence[str]) -> Damage:
    """Learn from a batch without asking who is to be believed, and put the result before the gate."""
    right, stopped = [], 0
    for seed in tqdm(ROUNDS, desc="poisoned"):
        labelled = _labelled(scene, cases, poison, seed=seed, names=names, believe_all=True).photos
        model = learn(scene.base, scene.train, scene.val, labelled, scene.params, seed=seed)
        right.append(examine(model, scene.test)[0])
        # The gate sees what the pipeline sees: the batch's own test photos have the reviewers' labels.
        seen = scene.test.and_also(labelled.where(labelled.rows["split"] == "test"))
        answered = model.answered(seen), scene.base.answered(seen)
        verdict = judge(seen.rows, *answered, params=scene.params.gate, versions=("candidate", "base"))
        stopped += verdict.decision == "keep"
    return Damage(np.asarray(np.mean(right, axis=0)), stopped)


def _labelled(
    scene: Scene,
    cases: Sequence[str],
    poison: Mistake | None,
    *,
    seed: int,
    names: Sequence[str] = NAMES,
    believe_all: bool = False,
) -> Labelled:
    params = scene.params
    if believe_all:
        reviews = params.reviews.model_copy(update={"min_shared_cases": CASES + 1})
        params = params.model_copy(update={"reviews": reviews})
    export = review_all(scene.farmers.rows, cases, classes=scene.classes, seed=seed, poison=poison, names=names)
    return label(export, scene.farmers, elsewhere=scene.base.head.class_ids, params=params)


def table(scene: Scene, cases: Sequence[str]) -> Iterator[tuple[str, Caught, Damage, Damage]]:
    """Each kind of batch: who is caught; what happens if all four are believed; and if there is only one reviewer."""
    for name, poison in poisons(scene).items():
        yield (
            name,
            caught(scene, cases, poison),
            damage(scene, cases, poison, names=NAMES),
            damage(scene, cases, poison, names=(POISONER,)),
        )
