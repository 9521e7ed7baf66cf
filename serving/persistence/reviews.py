"""Reviews: one of each reviewer for a case, the latest; those of several reviewers stand side by side.

The first label is stored beside it, because only that was given without seeing the reviews of others. Two who look at
the same case at the same time lose nothing: each has a row of their own.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median_high
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, or_, select, true, update
from sqlalchemy.orm import selectinload

from majani.decision.question import Reply
from majani.review.priority import least_strength
from serving.persistence.cases import WHOLE, Places, is_of_sender, lock_case, lock_case_to_see, within
from serving.persistence.engine import upsert
from serving.persistence.models import Case, Review
from serving.persistence.outbox import EventKind, announce, case_data
from serving.persistence.repository import Repository
from serving.persistence.review_record import (
    QUESTION_PREFIX,
    UNDECIDED,
    ExpertVerdict,
    ExpertWord,
    NewReview,
    wanted_after,
    wanted_at_first,
)

# Asked cases that the usual wait is computed from: at most so many, and no fewer.
_MEASURED, _MEASURED_FROM = 100, 5
_WITH_REVIEWS = (*WHOLE, selectinload(Case.reviews))


def expert_word(reviews: Sequence[Review]) -> ExpertWord | None:
    """What more than half of the reviewers say, with the latest remark of theirs; None without reviews."""
    if not reviews:
        return None
    [(label, count)] = Counter(review.label for review in reviews).most_common(1)
    newest_first = sorted(reviews, key=lambda review: review.reviewed_at, reverse=True)
    latest = newest_first[0].reviewed_at
    if 2 * count <= len(reviews):
        return ExpertWord(ExpertVerdict.DISAGREEMENT, latest)
    said = [review for review in newest_first if review.label == label]
    remark = next((review.remark for review in said if review.remark is not None), None)
    return ExpertWord(ExpertVerdict(said[0].verdict), latest, said[0].condition, remark)


class Reviews(Repository):
    """The table of reviews."""

    def save(self, public_id: str, reviewer: int, review: NewReview) -> str | None:
        """Keep a review in place of the reviewer's earlier one, and return that label; raises as ``ask_expert``."""
        moment = self._moment()
        values = asdict(review) | {"verdict": review.verdict.value, "reviewed_at": moment}
        with self._writing() as session:
            # Reviews that come at the same time take turns, so that the last one sees whether they agree.
            case = lock_case_to_see(session, public_id)
            # A question that is asked once more waits for another reply.
            if (case.exchange or {}).get("question", "") == review.remark:
                case.told_label = None
            case.exchange = {key: said for key, said in (case.exchange or {}).items() if said != review.remark} or None
            label = func.coalesce(Review.condition, Review.verdict)
            before = session.scalar(select(label).where(Review.case_id == case.id, Review.reviewer_id == reviewer))
            key = {"case_id": case.id, "reviewer_id": reviewer}
            session.execute(upsert(self.engine, Review, key, values, first_label=review.label))
            reviews = session.scalars(select(Review).where(Review.case_id == case.id).order_by(Review.id)).all()
            case.reviews_wanted = wanted_after(public_id, [given.label for given in reviews])
            word = expert_word(reviews)
            said = {"verdict": word and word.verdict, "condition": word and word.condition, "reviewers": len(reviews)}
            data = case_data(case) | {"review": said}
            announce(session.connection(), EventKind.CASE_REVIEWED, data, moment=moment, case_id=case.id)
        return None if before is None else str(before)

    def of_case(self, public_id: str) -> Sequence[Review]:
        """Reviews of a case, in the order of their first versions."""
        asking = (
            select(Review).join(Case, Case.id == Review.case_id).where(Case.public_id == public_id).order_by(Review.id)
        )
        return self._all(asking)

    def expert_word(self, public_id: str) -> ExpertWord | None:
        """What the sender of a case hears of its reviews; None before the first."""
        return expert_word(self.of_case(public_id))

    def of_sender(self, *sender_hashes: str) -> Sequence[tuple[Case, ExpertWord]]:
        """Reviewed cases of a messenger's sender, newest first, and what experts say."""
        with self._reading() as session:
            own = select(Case).where(is_of_sender(session, sender_hashes), Case.reviews.any())
            rows = session.scalars(own.order_by(Case.id.desc()).options(*_WITH_REVIEWS))
            return [(row, word) for row in rows if (word := expert_word(row.reviews)) is not None]

    def note_told(self, public_id: str, label: str) -> None:
        """Keep that the sender of a case was told what experts say."""
        self._run(update(Case).where(Case.public_id == public_id).values(told_label=label))

    def reply(self, public_id: str, question: str, reply: Reply) -> bool:
        """Keep the sender's reply to an expert's question, and let the case wait again; False if nobody asks it."""
        with self._writing() as session:
            case = lock_case(session, public_id)
            own = select(Review).where(Review.case_id == case.id, Review.remark == question)
            asking = session.scalars(own).all()
            if not question.startswith(QUESTION_PREFIX) or not asking:
                return False
            case.exchange = {**(case.exchange or {}), "question": question, "reply": reply.value}
            for review in asking:
                # It says nothing about the plant, and its reviewer would not see the case again.
                if review.verdict in UNDECIDED:
                    session.delete(review)
                    case.told_label = None
            case.weigh(expert_asked=1.0)
        return True

    def usual_wait(self) -> timedelta | None:
        """Median from asking for an expert to the first review, of the latest cases; None if most still wait."""
        asking = (
            # What was asked for has the highest priority, and that has an index.
            select(Case.exchange, func.min(Review.reviewed_at))
            .outerjoin(Review)
            .where(Case.priority >= 1)
            .group_by(Case.id)
            .order_by(Case.id.desc())
            .limit(_MEASURED)
        )
        rows = self._rows(asking)
        asked = [
            (datetime.fromisoformat(said["asked_at"]), first) for said, first in rows if "asked_at" in (said or {})
        ]
        waits = [timedelta.max if first is None else max(first - since, timedelta()) for since, first in asked]
        usual = median_high(waits) if len(waits) >= _MEASURED_FROM else timedelta.max
        return None if usual == timedelta.max else usual

    def latest(self, reviewer: int, *, limit: int) -> Sequence[Row[str, Review]]:
        """Latest reviews of a reviewer, with the public ids of the cases."""
        asking = (
            select(Case.public_id, Review)
            .join(Case, Case.id == Review.case_id)
            .where(Review.reviewer_id == reviewer, Case.keeps_photos)
            .order_by(Review.reviewed_at.desc())
            .limit(limit)
        )
        return self._rows(asking)

    def reviewed_cases(self, district: Places | None = None) -> Sequence[Case]:
        """Reviewed cases with stored photos, all or of one district, oldest first, reviews by first version."""
        asking = within(select(Case).where(Case.keeps_photos, Case.reviews.any()), district)
        return self._all(asking.options(*_WITH_REVIEWS).order_by(Case.id))

    def second_opinions(self) -> Sequence[tuple[tuple[int, int], tuple[str, str]]]:
        """The first two reviewers and their first labels, for every case of the random sample that has them.

        Cases that got a second reviewer for another reason, such as a disagreement, would make agreement look worse
        than it is. Reviews of a release that stored no first label are left out too, and cases whose sender has replied
        to an expert: who has asked has seen the answer, and may label once more.
        """
        several = select(Review.case_id).group_by(Review.case_id).having(func.count() > 1)
        asking = (
            select(Case.public_id, Case.exchange, Review.reviewer_id, Review.first_label)
            .join(Case, Case.id == Review.case_id)
            .where(Review.case_id.in_(several))
            .order_by(Review.case_id, Review.id)
        )
        rows = self._rows(asking)
        opinions = []
        for public_id, reviews in groupby(rows, key=lambda row: str(row.public_id)):
            first, second, *_ = reviews
            labels = (first.first_label, second.first_label)
            if wanted_at_first(public_id) < 2 or None in labels or "reply" in (first.exchange or {}):
                continue
            opinions.append(((first.reviewer_id, second.reviewer_id), labels))
        return opinions


# Longer than a careful look, shorter than a lunch break.
OPEN_FOR = timedelta(minutes=10)
# More reviewers than this at the same time would be led to the same cases.
_WINDOW = 50
# Counting millions takes seconds, and a reviewer does not get through so many in a week.
MOST_COUNTED = 1000


class ReviewQueue(Repository):
    """Cases that wait for reviews."""

    def top(
        self,
        reviewer: int,
        *,
        limit: int,
        district: Places | None = None,
        crop: str | None = None,
        language: str | None = None,
        reason: str | None = None,
    ) -> Sequence[Case]:
        """Return the cases that most need this reviewer, who sees no case twice.

        If given, only those of a crop, as senders named it, of senders with a language, and with a signal, by its name.
        """
        order = (Case.priority.desc(), Case.id)
        asking = _open(select(Case), reviewer, district).options(*WHOLE)
        wanted = [column == value for column, value in ((Case.crop_hint, crop), (Case.language, language)) if value]
        if reason is not None:
            wanted.append(Case.signals[reason].as_float() >= least_strength(reason))
        if wanted:
            # No index has these: among millions, what is rare is looked for where a week's work is.
            near = _open(select(Case.id), reviewer, district).order_by(*order).limit(MOST_COUNTED).subquery()
            asking = asking.where(Case.id.in_(select(near.c.id)), *wanted)
        asking = asking.order_by(*order).limit(limit)
        return self._all(asking)

    def count(self, reviewer: int, *, district: Places | None = None) -> int:
        """How many cases wait for this reviewer; :data:`MOST_COUNTED` stands for any more."""
        some = _open(select(Case.id), reviewer, district).limit(MOST_COUNTED).subquery()
        return self._first(select(func.count()).select_from(some)) or 0

    def open_next(self, reviewer: int, *, district: Places | None = None) -> str | None:
        """Choose the case that a reviewer looks at next, and mark it; None if no case waits for this reviewer.

        First cases that no reviewer has open, then those that this reviewer has put aside, then those of others.
        """
        moment = self._clock()
        is_free = or_(Case.opened_at.is_(None), Case.opened_at <= moment - OPEN_FOR)
        order = (Case.priority.desc(), Case.id)
        free = _open(select(Case.id), reviewer, district).where(is_free).order_by(*order).limit(_WINDOW)
        # Take the case that was put aside first.
        rest = _open(select(Case.id), reviewer, district).order_by(Case.opened_by != reviewer, Case.opened_at).limit(1)
        # Another reviewer may have opened one since; the last resort is shown all the same.
        for asking, condition in ((free, is_free), (rest, true())):
            # Searching takes longer than marking, and a writer may keep others waiting.
            for case_id in self._all(asking):
                marking = update(Case).where(Case.id == case_id, condition)
                marking = marking.values(opened_by=reviewer, opened_at=moment)
                with self._writing() as session:
                    public_id: str | None = session.scalar(marking.returning(Case.public_id))
                if public_id is not None:
                    return public_id
        return None


def _open(asking: Select[Any], reviewer: int, district: Places | None) -> Select[Any]:
    """Cases with photos that want a review, or this reviewer's own whose question was answered; of their district."""
    # Asked for each case anew: the first few by priority are then found after a look at few, however many there are.
    given = select(func.count()).where(Review.case_id == Case.id).scalar_subquery()
    own = exists().where(Review.case_id == Case.id, Review.reviewer_id == reviewer)
    is_answered = own.where(Review.remark == Case.exchange["question"].as_string())
    waits = or_(is_answered, and_(~own, given < Case.reviews_wanted))
    return within(asking.where(Case.keeps_photos, waits), district)
