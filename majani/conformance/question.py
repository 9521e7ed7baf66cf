"""Made-up answers with a question, on both sides of every limit of rule 7."""

from collections.abc import Iterator, Mapping

from majani.conformance.case import MARGIN
from majani.decision.diagnosis import Diagnosis, Named
from majani.decision.question import (
    MIN_ODDS,
    MIN_TOGETHER,
    Question,
    Reply,
    answer_question,
    choose_question,
)
from majani.decision.rules import Outcome
from majani.frozen import FrozenModel
from majani.model.bundle import Manifest

_RATIOS = ((4.0, 3.0), (3.0, 2.0))
_TOGETHER = 0.9


class QuestionVector(FrozenModel):
    """From an answer and the only known question to whether it is asked, and what each reply makes likelier."""

    outcome: Outcome
    candidates: tuple[Named, ...]
    question: Question
    asked: bool
    likelier: Mapping[Reply, str | None]


def question_vectors(manifest: Manifest) -> Iterator[QuestionVector]:
    """All of them for a bundle; they need two of its conditions, whichever these are."""
    names = [
        Named(id=one.id, name=one.name, crop=one.crop, crop_name="", probability=0)
        for one in manifest.classes
        if one.crop
    ]
    conditions = names[:3]
    for outcome in Outcome:
        yield _vector(manifest, outcome, conditions, (0.6, 0.3, 0.05), _RATIOS[0])
    for yes, no in _RATIOS:
        for side in (-MARGIN, MARGIN):
            for first in (MIN_TOGETHER / 2, MIN_TOGETHER - 0.1):
                yield _vector(
                    manifest, Outcome.UNCERTAIN, conditions, (first, MIN_TOGETHER - first + side, 0.1), (yes, no)
                )
            # Where "yes", then "no", begins to be clear.
            for edge in (MIN_ODDS * _TOGETHER / (yes + MIN_ODDS), no * _TOGETHER / (no + MIN_ODDS)):
                yield _vector(
                    manifest, Outcome.UNCERTAIN, conditions, (edge + side, _TOGETHER - edge - side, 0.02), (yes, no)
                )


def _vector(
    manifest: Manifest,
    outcome: Outcome,
    conditions: list[Named],
    probabilities: tuple[float, ...],
    ratios: tuple[float, float],
) -> QuestionVector:
    """``probabilities`` of the condition for which "yes" speaks, of the other, and of a third."""
    weighed = [
        one.model_copy(update={"probability": round(probability, 4)})
        for one, probability in zip(conditions, probabilities, strict=False)
    ]
    candidates = tuple(sorted(weighed, key=lambda one: -one.probability))
    question = Question(condition=weighed[0].id, against=weighed[1].id, yes=ratios[0], no=ratios[1])
    diagnosis = Diagnosis(outcome=outcome, candidates=candidates, photos=(), model_version=manifest.version)
    return QuestionVector(
        outcome=outcome,
        candidates=candidates,
        question=question,
        asked=choose_question(diagnosis, {(question.condition, question.against): question}) is not None,
        likelier={reply: answer_question(diagnosis, question, reply).likelier for reply in Reply},
    )
