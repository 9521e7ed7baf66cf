"""Made-up answers with a question, on both sides of every limit of rule 7."""

from collections.abc import Iterator, Mapping

from majani.conformance.case import MARGIN
from majani.decision.diagnosis import Diagnosis, Named
from majani.decision.question import MIN_ODDS, MIN_TOGETHER, Question, Reply, answer_question, choose_question
from majani.decision.rules import Outcome
from majani.frozen import FrozenModel
from majani.model.bundle import Manifest

_SUM = 0.9


class QuestionVector(FrozenModel):
    """From an answer and the only known question to whether it is asked, and what each reply makes likelier."""

    outcome: Outcome
    crop_hint: str | None
    candidates: tuple[Named, ...]
    question: Question
    asked: bool
    likelier: Mapping[Reply, str | None]


def question_vectors(manifest: Manifest) -> Iterator[QuestionVector]:
    """All of them; any two conditions of the bundle will do."""
    first, other = [entry for entry in manifest.classes if entry.crop is not None][:2]
    for ratio in (4.0, 3.0):
        question = Question(condition=first.id, against=other.id, ratio=ratio)
        # Where a question begins to be asked, and "yes" to name the condition.
        edges = ((0.3, MIN_TOGETHER), (0.7, MIN_TOGETHER), (MIN_ODDS / (ratio + MIN_ODDS), _SUM))
        cases: list[tuple[Outcome, str | None, float, float]]
        cases = [(Outcome.UNCERTAIN, None, edge + by, both - edge) for edge, both in edges for by in (-MARGIN, MARGIN)]
        cases += [(outcome, crop, 0.6, 0.3) for outcome in Outcome for crop in (None, first.crop, "another")]
        for outcome, crop_hint, *shares in cases:
            named = (
                Named(id=entry.id, name=entry.name, crop=entry.crop or "", crop_name="", probability=round(share, 4))
                for entry, share in zip((first, other), shares, strict=True)
            )
            candidates = tuple(sorted(named, key=lambda each: -each.probability))
            answer = Diagnosis(
                outcome=outcome, candidates=candidates, photos=(), crop_hint=crop_hint, model_version=manifest.version
            )
            yield QuestionVector(
                outcome=outcome,
                crop_hint=crop_hint,
                candidates=candidates,
                question=question,
                asked=choose_question(answer, {(first.id, other.id): question}) is not None,
                likelier={reply: answer_question(answer, question, reply).likelier for reply in Reply},
            )
