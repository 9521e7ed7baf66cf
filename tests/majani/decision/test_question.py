"""Rule 7: when a question is asked, what a reply makes likelier, and what it never does."""

import pytest
from pydantic import ValidationError

from majani.decision.diagnosis import Diagnosis, Named, PhotoResult
from majani.decision.question import MAX_RATIO, Question, Reply, answer_question, choose_question
from majani.decision.rules import Outcome

RUST, SPOT = "bean.rust", "bean.angular_leaf_spot"
QUESTION = Question(condition=RUST, against=SPOT, ratio=3)
KNOWN = {(RUST, SPOT): QUESTION}
BEAN = PhotoResult(used=True, shows="bean")


def diagnosis(probabilities: dict[str, float], outcome: Outcome = Outcome.UNCERTAIN) -> Diagnosis:
    candidates = [
        Named(id=name, name="x", crop="bean", crop_name="Bean", probability=probability)
        for name, probability in sorted(probabilities.items(), key=lambda one: -one[1])
    ]
    return Diagnosis(outcome=outcome, candidates=tuple(candidates), photos=(), model_version="1")


def unsure(rust: float, spot: float, other: float = 0.0) -> Diagnosis:
    return diagnosis({RUST: rust, SPOT: spot, "bean.healthy": other})


@pytest.mark.parametrize(("rust", "spot"), [(0.5, 0.3), (0.3, 0.5)])
def test_asks_about_the_first_two_in_either_order(rust: float, spot: float) -> None:
    assert choose_question(unsure(rust, spot), KNOWN) == QUESTION


@pytest.mark.parametrize(
    "answer",
    [
        unsure(0.5, 0.29),
        unsure(0.5, 0.4).model_copy(update={"crop_hint": "tomato"}),
        unsure(0.5, 0.15, other=0.35),
        unsure(0.5, 0.4).model_copy(update={"photos": (BEAN, BEAN.model_copy(update={"shows": "maize"}))}),
        diagnosis({RUST: 0.9}),
        diagnosis({RUST: 0.5, "bean.blight": 0.5}),
        diagnosis({}),
        *(diagnosis({RUST: 0.5, SPOT: 0.4}, outcome) for outcome in Outcome if outcome is not Outcome.UNCERTAIN),
    ],
)
def test_asks_nothing_where_it_would_not_decide(answer: Diagnosis) -> None:
    assert choose_question(answer, KNOWN) is None


@pytest.mark.parametrize(
    ("rust", "spot", "reply", "likelier"),
    [
        (0.4, 0.5, Reply.YES, RUST),
        (0.39, 0.6, Reply.YES, None),
        (0.9, 0.05, Reply.YES, RUST),
        (0.05, 0.9, Reply.NO, None),
        (0.9, 0.05, Reply.NO, None),
        (0.9, 0.05, Reply.UNSURE, None),
    ],
)
def test_only_a_sign_that_is_seen_names_something(rust: float, spot: float, reply: Reply, likelier: str | None) -> None:
    replied = answer_question(unsure(rust, spot), QUESTION, reply)
    assert (replied.reply, replied.likelier) == (reply, likelier)


@pytest.mark.parametrize("earlier", Reply)
@pytest.mark.parametrize("last", Reply)
def test_the_last_reply_counts_alone(earlier: Reply, last: Reply) -> None:
    answer = unsure(0.9, 0.05)
    replied = answer_question(answer, QUESTION, earlier)
    assert answer_question(answer, replied, last) == answer_question(answer, QUESTION, last)


@pytest.mark.parametrize("ratio", [1, MAX_RATIO + 0.1])
def test_no_reply_counts_nothing_or_too_much(ratio: float) -> None:
    with pytest.raises(ValidationError):
        Question(condition=RUST, against=SPOT, ratio=ratio)
