"""What is kept of a messenger's senders: what they have chosen, and which messages are answered.

Platforms deliver again what they have not heard of, also to another process and sometimes twice at the same time. The
process that gets the claim works on it. If the process dies, another can take the claim over after a while.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update

from serving.persistence.engine import insert, upsert
from serving.persistence.models import Delivery, Recipient
from serving.persistence.repository import Repository

# Several times what work on one message may take (``serving.messaging.platform``), plus a busy machine.
CLAIM_LASTS = timedelta(seconds=120)


class ClaimStatus(StrEnum):
    """State of a message: claimed by this call, claimed by another that has not finished, or answered."""

    GRANTED = "granted"
    TAKEN = "taken"
    FINISHED = "finished"


class Deliveries(Repository):
    """The table of deliveries."""

    def claim(self, *, channel: str, message_hash: str) -> ClaimStatus:
        """Try to claim a message; the database lets only one process succeed."""
        # Messages delete and end what was sent, and photos get an answer, also where no case can be kept.
        moment = self._moment(is_new=False)
        claiming = (
            insert(self.engine, Delivery)
            .values(channel=channel, message_hash=message_hash, claimed_at=moment)
            .on_conflict_do_update(
                index_elements=[Delivery.message_hash],
                set_={"claimed_at": moment},
                where=Delivery.finished_at.is_(None) & (Delivery.claimed_at < moment - CLAIM_LASTS),
            )
            .returning(Delivery.id)
        )
        with self._writing() as session:
            if session.scalar(claiming) is not None:
                return ClaimStatus.GRANTED
            finished_at = session.scalar(select(Delivery.finished_at).where(Delivery.message_hash == message_hash))
            return ClaimStatus.TAKEN if finished_at is None else ClaimStatus.FINISHED

    def finish(self, message_hash: str) -> None:
        """Record that a message needs nothing more."""
        finishing = update(Delivery).where(Delivery.message_hash == message_hash).values(finished_at=self._clock())
        self._run(finishing)

    def release(self, message_hash: str) -> None:
        """Leave a message to the next delivery, as if no work on it had begun."""
        releasing = delete(Delivery).where(Delivery.message_hash == message_hash, Delivery.finished_at.is_(None))
        self._run(releasing)

    def forget(self, *, older_than: timedelta) -> int:
        """Delete what no platform delivers again any more, and return how many."""
        forgetting = delete(Delivery).where(Delivery.claimed_at < self._clock() - older_than)
        return self._run(forgetting)


@dataclass(frozen=True)
class Wishes:
    """What a person has chosen; the defaults hold for a person without a row."""

    language: str | None = None
    opted_out: bool = False


class Recipients(Repository):
    """The table of recipients."""

    def wishes(self, *address_hashes: str) -> Wishes:
        """Look up what a person has chosen last, under any of these hashes."""
        asking = select(Recipient.language, Recipient.opted_out).where(Recipient.address_hash.in_(address_hashes))
        found = self._rows(asking.order_by(Recipient.changed_at.desc()))
        languages = [row.language for row in found if row.language is not None]
        return Wishes(next(iter(languages), None), opted_out=bool(found) and found[0].opted_out)

    def remember(self, *, channel: str, address_hash: str, **wish: str | bool) -> None:
        """Store a wish of a person, by the name that it has in :class:`Wishes`, and leave the other one."""
        # STOP counts on a full disk too.
        changed = {**wish, "changed_at": self._moment(is_new=False)}
        key = {"address_hash": address_hash}
        self._run(upsert(self.engine, Recipient, key, changed, channel=channel, opted_out=False))

    def forget(self, *, older_than: timedelta) -> int:
        """Delete what people have not changed for this long, and return how many choices."""
        return self._run(delete(Recipient).where(Recipient.changed_at < self._clock() - older_than))
