"""The question that goes with an answer, and its sender's reply; shared by the API and the page."""

from majani.decision.diagnosis import Diagnosis
from majani.decision.question import Question, Reply, answer_question
from serving.container import services
from serving.http.errors import RequestCode, RequestError
from serving.persistence.case_record import CaseRecord


def question_of(diagnosis: Diagnosis, case: CaseRecord | None) -> Question | None:
    """The question that the sender has replied to, else the one to ask now; None where there is none."""
    replied = None if case is None else case.question
    return replied or services().adviser.question_on(diagnosis)


def give_reply(case: CaseRecord, reply: Reply, about: tuple[str, str] | None = None) -> Question:
    """Keep a reply, which replaces an earlier one.

    Args:
        case: Its sender has proved to be its sender.
        reply: What they see.
        about: The conditions of the question that they were asked, if it may be another than this case has now.

    Raises:
        RequestError: ``request_invalid`` if the case has no such question.
    """
    question = question_of(case.diagnosis, case)
    if question is None or about not in (None, (question.condition, question.against)):
        raise RequestError(RequestCode.REQUEST_INVALID, "this answer has no such question")
    replied = answer_question(case.diagnosis, question, reply)
    services().repository.cases.keep_question(case.public_id, replied)
    return replied
