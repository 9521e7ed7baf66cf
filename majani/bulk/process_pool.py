"""Chunks on this machine's cores: a pool of processes, and a careful second try for chunks that crash one."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_sentinel
from multiprocessing.context import BaseContext
from typing import TypeVar

from majani.batch import Row
from majani.bulk.photos import Listed
from majani.bulk.place import Place
from majani.bulk.plan import Plan
from majani.bulk.worker import Job, Worker, crashed_row, write_rows
from majani.errors import BulkError, ErrorCode

Given = TypeVar("Given")
Answer = TypeVar("Answer")

# Enough that no process waits for its next chunk, few enough that a broken pool leaves little to look at anew.
_WAITING_PER_PROCESS = 1

# Set in the processes of a pool only.
_worker: Worker | None = None


def run_chunks(job: Job, chunks: Iterable[int], *, processes: int) -> Iterator[int]:
    """Do chunks, several at a time, in no particular order, and yield the number of photos of each.

    A process that dies, by a fault in a decoder or because memory ran out, breaks the pool. Each chunk that was running
    is then repeated in a process of its own. If that dies too, the chunk is halved until one photo is left, whose row
    says ``photo_crashed``.

    Raises:
        BulkError: ``bulk_place_unusable`` if photos cannot be fetched or rows not be written; ``bulk_process_failed``
            if processes end before they have seen a photo.
    """
    remaining = deque(chunks)
    while remaining:
        running: dict[Future[int], int] = {}
        pool = _pool(job, processes)
        try:
            while remaining or running:
                while remaining and len(running) < (1 + _WAITING_PER_PROCESS) * processes:
                    # Taken off only when it is under way: a pool that is broken refuses it.
                    future = pool.submit(_ask, Worker.do, remaining[0])
                    running[future] = remaining.popleft()
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for ended in done:
                    photos = ended.result()
                    del running[ended]
                    yield photos
        except BrokenProcessPool:
            pass
        finally:
            # If the run is given up, do not wait for running chunks; their processes end with it.
            pool.shutdown(wait=False, cancel_futures=True)
        for chunk in running.values():
            yield _do_carefully(job, chunk)


def _do_carefully(job: Job, chunk: int) -> int:
    place = Place(job.output)
    rows = _rows_of_survivors(job, Plan(place).chunk(chunk))
    write_rows(rows, place=place, chunk=chunk)
    return len(rows)


def _rows_of_survivors(job: Job, photos: Sequence[Listed]) -> list[Row]:
    with _pool(job, 1) as pool:
        try:
            pool.submit(_ask, Worker.rows, ()).result()
        except BrokenProcessPool as error:
            # Not the fault of a photo.
            raise BulkError(ErrorCode.BULK_PROCESS_FAILED, "a process ends before it has seen a photo") from error
        try:
            return pool.submit(_ask, Worker.rows, photos).result()
        except BrokenProcessPool:
            if len(photos) == 1:
                return [crashed_row(photos[0], model_version=job.bundle.manifest.version)]
    middle = len(photos) // 2
    return _rows_of_survivors(job, photos[:middle]) + _rows_of_survivors(job, photos[middle:])


def _pool(job: Job, processes: int) -> ProcessPoolExecutor:
    # Forked processes would inherit threads' locks, of which libraries for object stores have some.
    context: BaseContext = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_start, initargs=(job,))


def _start(job: Job) -> None:
    global _worker  # noqa: PLW0603 - what a pool's process keeps between tasks can only be a global
    # Ctrl-C reaches all processes of a terminal; the first one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = Worker(job)


def _end_with_parent() -> None:
    """End this process when its parent is killed; otherwise it would wait for tasks for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_sentinel([parent.sentinel])
        os._exit(1)


def _ask(do: Callable[[Worker, Given], Answer], what: Given) -> Answer:
    """Have this process's worker do something."""
    if _worker is None:
        raise RuntimeError("called outside a pool")
    return do(_worker, what)
