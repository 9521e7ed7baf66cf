"""The last moment at which this machine's clock was known to be right, so that a wrong clock does no harm.

A machine without a battery for its clock starts years in the past, and what it stores then would be deleted as too old
by the first daily job with the right time. A clock that jumps ahead would delete everything. So the daily job keeps the
moment (``jobs``, row ``clock``) once it has seen that it is plausible, and what is stored is compared with it.
"""

import time
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from serving.persistence.engine import StorageError, database_failures, read_only
from serving.persistence.models import Case, Job
from serving.telemetry.metrics import STORAGE_FAILURES, Storage

CLOCK_JOB = "clock"
# Before the first look at the clock, this row tells when tables were made or something was last deleted.
_SET_UP = "forget"
# The longest time without a daily job or a case that nobody has to explain.
PAUSE = timedelta(days=8)
# Clocks of machines that share a database, and a job that runs at another hour than yesterday.
TOLERANCE = timedelta(days=1)
# How long a process relies on what it has read.
_REREAD_S = 600.0
_read: WeakKeyDictionary[Engine, tuple[float, datetime | None]] = WeakKeyDictionary()


def doubt(engine: Engine, moment: datetime) -> str | None:
    """Why ``moment`` cannot be now, by the daily jobs and the cases that followed them; None if it can.

    A case proves its time only if it follows closely on one that is known: a clock that jumped may have dated a few.
    """
    with database_failures(), Session(read_only(engine)) as session:
        jobs = {job.name: job.succeeded_at for job in session.scalars(select(Job))}
        known = jobs.get(CLOCK_JOB) or jobs[_SET_UP]
        later = select(Case.created_at).where(Case.created_at > known).order_by(Case.created_at)
        for created_at in session.scalars(later):
            if created_at > known + PAUSE:
                break
            known = created_at
    if known - TOLERANCE <= moment <= known + PAUSE:
        return None
    return f"the clock says {moment:%F %H:%M} UTC, and the last job or case was at {known:%F %H:%M} UTC"


def refuse_clock_behind(engine: Engine, moment: datetime) -> None:
    """Raise StorageError if the clock says ``moment`` and a day later has been before."""
    read_at, known = _read.get(engine, (float("-inf"), None))
    # The known time only grows, so an old one that refuses may be too old, and is read again.
    if time.monotonic() > read_at + _REREAD_S or (known and moment < known - TOLERANCE):
        with database_failures(), Session(read_only(engine)) as session:
            known = session.scalar(select(Job.succeeded_at).where(Job.name == CLOCK_JOB))
        _read[engine] = time.monotonic(), known
    if known and moment < known - TOLERANCE:
        STORAGE_FAILURES.labels(Storage.CLOCK).inc()
        raise StorageError(f"the clock says {moment:%F %H:%M}, and it was {known:%F %H:%M} before")
