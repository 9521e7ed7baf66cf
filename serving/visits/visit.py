"""A visit as a phone sends it, and how two phones' writings of one visit become one.

Of the visit itself and of each entry, the writing with the latest ``changed_at`` counts, and an entry that a phone does
not send stays. So neither repetition nor the order in which phones come changes what is stored.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StrictBool, StrictInt

from majani.decision.rules import Outcome
from majani.frozen import FrozenModel
from serving.http.errors import RequestCode, RequestError
from serving.persistence.models import NOTE_LENGTH, PUBLIC_ID_LENGTH, SLUG_LENGTH, TITLE_LENGTH

# Many times the plants that one farm is asked about.
MAX_ENTRIES = 200
_PLOT_LENGTH = 60
# A worker's finding that is no condition of the taxonomy.
OTHER = "other"
# No phone had this app before; a phone that forgot the time begins in 1970.
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
# Far enough from the end of Python's calendar for any time zone, and for a week more.
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)


def _written(kind: type[date]) -> Callable[[object], object]:
    """Read ISO 8601 only; Pydantic would take numbers too."""
    return lambda value: kind.fromisoformat(value) if isinstance(value, str) else value


def _in_utc(moment: datetime) -> datetime:
    """Lose the offset: of one with fractions of a second, Pydantic writes what it does not read."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        # Out of the calendar, and implausible.
        return moment


Moment = Annotated[AwareDatetime, Field(strict=True), BeforeValidator(_written(datetime)), AfterValidator(_in_utc)]
# To look from there: no database holds the ends of the calendar, and nothing is older or newer.
Period = Annotated[Moment, AfterValidator(lambda moment: min(max(moment, EARLIEST), LATEST))]
Day = Annotated[date, Field(strict=True), BeforeValidator(_written(date))]
Slug = Annotated[str, Field(max_length=SLUG_LENGTH)]


class Coarse(FrozenModel):
    """The coarser statement of an unsure answer, in ids."""

    crop: Slug
    parent: Slug | None
    sick: StrictBool


class EntryAnswer(FrozenModel):
    """What the model said of the plant; ``probability`` is that of the condition, or else of the coarser statement."""

    outcome: Outcome
    condition: Slug | None
    coarse: Coarse | None
    probability: float | None = Field(ge=0, le=1, strict=True)
    right_of_ten: StrictInt | None = Field(ge=0, le=10)
    model_version: Slug


class Entry(FrozenModel):
    """One plant of a visit; of a deleted one, id and times are left.

    Attributes:
        case: Id of its case at the service; None while there is none.
        finding: Condition that the worker found, healthy among them, or ``other``; None if they did not say.
        affected_of_ten: Sick plants of ten counted.
        severity: 1 light, 2 medium, 3 severe.
    """

    id: UUID
    at: Moment
    changed_at: Moment
    deleted: StrictBool = False
    crop: Slug | None = None
    case: str | None = Field(default=None, max_length=PUBLIC_ID_LENGTH)
    answer: EntryAnswer | None = None
    plot: str = Field(default="", max_length=_PLOT_LENGTH)
    note: str = Field(default="", max_length=NOTE_LENGTH)
    finding: Slug | None = None
    affected_of_ten: StrictInt | None = Field(default=None, ge=0, le=10)
    severity: StrictInt | None = Field(default=None, ge=1, le=3)

    def after(self, kept: "Entry") -> "Entry":
        """What counts when this comes and ``kept`` is there; only the phone with the photos knows the answer."""
        newer, older = (self, kept) if self.changed_at >= kept.changed_at else (kept, self)
        if newer.deleted:
            return Entry(id=newer.id, at=newer.at, changed_at=newer.changed_at, deleted=True)
        return newer.model_copy(update={"case": newer.case or older.case, "answer": newer.answer or older.answer})


class NewVisit(FrozenModel):
    """What a phone sends: the visit itself, and the entries that are new or changed since it last did."""

    started_at: Moment
    changed_at: Moment
    title: str = Field(default="", max_length=TITLE_LENGTH)
    farmer: str = Field(default="", max_length=TITLE_LENGTH)
    look_again_on: Day | None = None
    entries: tuple[Entry, ...] = ()

    def check_times(self, now: datetime) -> None:
        """Raise RequestError ``time_implausible`` for a moment that a phone with the right time would not name."""
        of_entries = (at for entry in self.entries for at in (entry.at, entry.changed_at))
        for moment in (self.started_at, self.changed_at, *of_entries):
            if not EARLIEST <= moment <= now + _AHEAD:
                message = f"{moment.isoformat()} is no time for a visit; here it is {now.isoformat(timespec='seconds')}"
                raise RequestError(RequestCode.TIME_IMPLAUSIBLE, message)

    @property
    def latest(self) -> datetime:
        """When it or an entry was changed last."""
        return max([self.changed_at, *(entry.changed_at for entry in self.entries)])

    def earlier(self, by: timedelta) -> Self:
        """The same with all changes earlier, as of a phone whose clock is right."""
        entries = tuple(entry.model_copy(update={"changed_at": entry.changed_at - by}) for entry in self.entries)
        return self.model_copy(update={"changed_at": self.changed_at - by, "entries": entries})

    def after(self, kept: Self | None) -> Self:
        """What counts when this comes and ``kept`` is there; raises RequestError ``visit_full``."""
        entries = {} if kept is None else {entry.id: entry for entry in kept.entries}
        entries |= {entry.id: entry.after(entries.get(entry.id, entry)) for entry in self.entries}
        if len(entries) > MAX_ENTRIES:
            raise RequestError(RequestCode.VISIT_FULL, f"a visit has at most {MAX_ENTRIES} entries; begin another one")
        newer = self if kept is None or self.changed_at >= kept.changed_at else kept
        return newer.model_copy(update={"entries": tuple(entries.values())})


class Visit(NewVisit):
    """A visit as it is stored; of a deleted one, id and times are left."""

    id: UUID
    deleted: StrictBool = False


class VisitChanges(FrozenModel):
    """Visits that changed, the earliest change first; ask again with ``since=until``, at once if there are ``more``."""

    visits: tuple[Visit, ...]
    until: Moment
    more: bool
