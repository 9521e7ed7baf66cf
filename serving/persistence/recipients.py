"""Stores what people have chosen: their language, and whether they get messages at all."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from serving.persistence.engine import upsert
from serving.persistence.models import Recipient
from serving.persistence.repository import Repository


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
