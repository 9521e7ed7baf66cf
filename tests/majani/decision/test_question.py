"""Rule 7: when a question is asked, and what a reply makes of the answer."""

from typing import Any

import pytest
from pydantic import ValidationError

from majani.decision.diagnosis import Diagnosis, Named
from majani.decision.grades import Grade
from majani.decision.question import MAX_RATIO, Question, Reply, answer_question, choose_question, with_reply
from majani.decision.rules import Outcome, Why

RUST, SPOT, HEALTHY = "bean.rust", "bean.angular_leaf_spot", "bean.healthy"
QUESTION = Question(condition=RUST, against=SPOT, ratio=4)
KNOWN = {(RUST, SPOT): QUESTION}


def unsure(rust: float, spot: float, healthy: float = 0.0, **changes: Any) -> Diagnosis:
    of = {RUST: rust, SPOT: spot, HEALTHY: healthy}
    ranked = [Named(id=one, name="x", crop="bean", crop_name="Bean", probability=of[one]) for one in of]
    ranked.sort(key=lambda one: -one.probability)
    usual = {"outcome": Outcome.UNCERTAIN, "grade": Grade.ONE_OF, "in_list": 2, "photos": (), "model_version": "1"}
    return Diagnosis(**(usual | {"ranked": tuple(ranked)} | changes))


@pytest.mark.parametrize("answer", [unsure(0.5, 0.3), unsure(0.3, 0.5), unsure(0.6, 0.3, grade=Grade.PROBABLY)])
def test_asks_about_the_first_two_in_either_order(answer: Diagnosis) -> None:
    assert choose_question(answer, KNOWN) == QUESTION


@pytest.mark.parametrize(
    "answer",
    [
        unsure(0.5, 0.1, 0.4),
        unsure(0.5, 0.3, in_list=1),
        unsure(0.9, 0.1, grade=Grade.MOST_LIKELY),
        unsure(0.5, 0.3, why=Why.ANOTHER_CROP),
        unsure(0.5, 0.3, in_list=0, grade=Grade.NOT_CLEAR),
    ],
)
def test_asks_nothing_where_it_would_not_decide(answer: Diagnosis) -> None:
    assert choose_question(answer, KNOWN) is None


@pytest.mark.parametrize(
    ("answer", "reply", "grade", "first", "probability"),
    [
        pytest.param(unsure(0.4, 0.6), Reply.YES, Grade.PROBABLY, RUST, 1.6 / 2.2, id="it was second"),
        pytest.param(unsure(0.2, 0.8), Reply.YES, Grade.ONE_OF, SPOT, 0.8 / 1.6, id="not enough"),
        pytest.param(unsure(0.6, 0.4), Reply.NO, Grade.PROBABLY, SPOT, 0.4 / 0.55, id="no speaks for the other"),
        pytest.param(unsure(0.5, 0.2, 0.3), Reply.NO, Grade.ONE_OF, HEALTHY, 0.3 / 0.625, id="no names none"),
        pytest.param(unsure(1, 0), Reply.YES, Grade.PROBABLY, RUST, 1, id="never most likely"),
    ],
)
def test_a_reply_changes_order_grade_and_probabilities(
    answer: Diagnosis, reply: Reply, grade: Grade, first: str, probability: float
) -> None:
    after = with_reply(answer, QUESTION.model_copy(update={"reply": reply}))
    assert (after.grade, after.leading) == (grade, first)
    assert after.ranked[0].probability == pytest.approx(probability, abs=1e-3)
    assert (after.condition is not None) == (grade is Grade.PROBABLY)
    told = answer_question(answer, QUESTION, reply)
    assert told.likelier == (RUST if grade is Grade.PROBABLY and first == RUST else None)


def test_no_reply_and_unsure_change_nothing() -> None:
    answer = unsure(0.4, 0.6)
    assert with_reply(answer, QUESTION) == answer
    assert with_reply(answer, QUESTION.model_copy(update={"reply": Reply.UNSURE})) == answer


@pytest.mark.parametrize("ratio", [1, MAX_RATIO + 0.1])
def test_no_reply_counts_nothing_or_too_much(ratio: float) -> None:
    with pytest.raises(ValidationError):
        Question(condition=RUST, against=SPOT, ratio=ratio)
