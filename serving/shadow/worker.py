"""Has the challenger answer kept cases once their senders have been answered.

Farmers come first. A case is queued when its answer is out; one thread per process, of low priority, takes it when no
farmer's case holds a slot. If the thread cannot keep up, cases are left out: the comparison is a sample anyway.
Failures are counted and logged, and reach no client. Photos wait in memory only, few and not for long.
"""

import atexit
import logging
import os
import queue
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from flask import Response, after_this_request

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis
from serving.persistence.engine import StorageError
from serving.persistence.shadow_answers import ShadowAnswers
from serving.telemetry.metrics import SHADOW_SKIPPED, Skipped, observe_shadow_answer

# Limits of the waiting cases. A process holds as much in requests anyway.
MAX_WAITING_CASES = 8
MAX_WAITING_BYTES = 32 * 1024 * 1024
# The same as for the check of a new bundle: farmers come first.
_NICENESS = 10
_PAUSE_S = 0.02
# A process without a free moment for so long has no time for a challenger.
_PATIENCE_S = 10
# A case takes far less; a network that hangs must not keep a process from ending.
_FAREWELL_S = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """A case to answer once more, with what its sender was shown."""

    public_id: str
    photos: Sequence[bytes]
    shown: Diagnosis

    @property
    def size_bytes(self) -> int:
        """Return the size of all photos in bytes."""
        return sum(map(len, self.photos))


class Shadow:
    """The challenger, if there is one, with its queue and its thread; safe to share between threads."""

    def __init__(
        self, challenger: Diagnoser | None, answers: ShadowAnswers, *, share: float, is_idle: Callable[[], bool]
    ) -> None:
        """Prepare; the first case starts the thread, which takes this share, 0..1, of stored cases while idle."""
        self.challenger = challenger
        self._answers = answers
        self._share = share
        self._is_idle = is_idle
        # None ends the thread; there is always room for it.
        self._tasks: queue.Queue[Task | None] = queue.Queue()
        self._waiting_cases = 0
        self._lock = threading.Lock()
        self._waiting_bytes = 0
        self._thread: threading.Thread | None = None
        self._is_over = False

    def enqueue_after_response(self, task: Task) -> None:
        """Have the challenger answer a case of the present request, when its answer is out."""
        # Decide by the id, so that a case that is offered again gets the same decision.
        if self.challenger is None or zlib.crc32(task.public_id.encode()) / 2**32 >= self._share:
            return

        @after_this_request
        def wait_until_it_is_out(response: Response) -> Response:
            response.call_on_close(lambda: self.enqueue(task))
            return response

    def enqueue(self, task: Task) -> None:
        """Queue a case, or leave it out if too many wait. Returns at once and never fails."""
        with self._lock:
            is_full = self._waiting_cases >= MAX_WAITING_CASES
            if self._is_over or is_full or self._waiting_bytes + task.size_bytes > MAX_WAITING_BYTES:
                SHADOW_SKIPPED.labels(Skipped.BUSY).inc()
                return
            self._waiting_cases += 1
            self._waiting_bytes += task.size_bytes
            self._tasks.put(task)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
                self._thread.start()
                atexit.register(self.close)

    def join(self) -> None:
        """Wait until all queued cases have been dealt with."""
        self._tasks.join()

    def close(self) -> None:
        """Leave out what waits, and let the case at hand end: no network may be running when the process ends."""
        with self._lock:
            self._is_over = True
            thread = self._thread
        if thread is not None:
            self._tasks.put(None)
            thread.join(_FAREWELL_S)

    def _run(self) -> None:
        # Linux sets the niceness of this thread alone. It stays unchanged if that fails.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        while (task := self._tasks.get()) is not None:
            try:
                self._answer(task)
            # The next case may succeed after any failure, and farmers must not notice.
            except Exception as error:
                is_stored = not isinstance(error, StorageError)
                SHADOW_SKIPPED.labels(Skipped.ANSWER if is_stored else Skipped.STORAGE).inc()
                logger.warning("the challenger's answer to a case is lost: %s", type(error).__name__)
            finally:
                with self._lock:
                    self._waiting_cases -= 1
                    self._waiting_bytes -= task.size_bytes
                # Or it would be held until the next case comes.
                del task
                self._tasks.task_done()
        self._tasks.task_done()

    def _answer(self, task: Task) -> None:
        challenger = self.challenger
        if challenger is None or self._is_over or not self._has_time():
            SHADOW_SKIPPED.labels(Skipped.BUSY).inc()
            return
        known = {crop.id for crop in challenger.manifest.crops}
        hint = task.shown.crop_hint if task.shown.crop_hint in known else None
        diagnosis = challenger.diagnose(task.photos, crop_hint=hint)
        self._answers.add(task.public_id, diagnosis)
        observe_shadow_answer(diagnosis, shown=task.shown)

    def _has_time(self) -> bool:
        deadline = time.monotonic() + _PATIENCE_S
        while not self._is_idle():
            if self._is_over or time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE_S)
        return True
