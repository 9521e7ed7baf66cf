"""Chunks on a Ray cluster, or on one that Ray starts on this machine: Ray Data streams their numbers through actors.

The actor of a chunk writes its file itself; a second attempt writes the same file again. So Ray may repeat any chunk
after a machine is lost.
"""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence

from majani.bulk.worker import Finished, Job, Worker
from majani.errors import BulkError, ErrorCode

# A photo that crashes its process would otherwise be tried for ever.
_ATTEMPTS = 3
# More blocks only cost bookkeeping.
_MAX_BLOCKS = 10_000


class _ChunkActor:
    """A worker as Ray Data wants it: called with a row, answers a row."""

    def __init__(self, job: Job) -> None:
        self._worker = Worker(job)

    def __call__(self, row: Mapping[str, int]) -> dict[str, int]:
        finished = self._worker.do(int(row["chunk"]))
        return {"chunk": finished.chunk, "photos": finished.photos}


def run_on_ray(job: Job, chunks: Sequence[int], *, processes: int | None) -> Iterator[Finished]:
    """Do chunks, several at a time, in no particular order.

    All machines must reach the job's output and the photos. Each process is an actor that takes one core; by default as
    many as the cluster has cores.

    Raises:
        BulkError: ``bulk_engine_failed`` if Ray is not installed or gives a chunk up; files that are written stay.
    """
    # By default Ray reports usage to its makers.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Its own extra, and seconds to import.
    try:
        import ray  # noqa: PLC0415
        from ray.exceptions import RayError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BulkError(ErrorCode.BULK_ENGINE_FAILED, "Ray is missing: pip install 'majani[ray]'") from error

    at_hand = "RAY_ADDRESS" not in os.environ and not ray.is_initialized()
    ray.init(
        num_cpus=processes if at_hand else None,
        include_dashboard=False if at_hand else None,
        logging_level=logging.WARNING,
        ignore_reinit_error=True,
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    actors = min(processes or int(ray.cluster_resources().get("CPU", 1)), len(chunks))
    try:
        finished = ray.data.from_items(
            [{"chunk": chunk} for chunk in chunks], override_num_blocks=min(len(chunks), _MAX_BLOCKS)
        ).map(
            _ChunkActor,
            fn_constructor_args=(job,),
            compute=ray.data.ActorPoolStrategy(size=actors),
            num_cpus=1,
            max_restarts=_ATTEMPTS,
            max_task_retries=_ATTEMPTS,
        )
        for row in finished.iter_rows():
            yield Finished(int(row["chunk"]), int(row["photos"]))
    except RayError as error:
        raise BulkError(
            ErrorCode.BULK_ENGINE_FAILED,
            "Ray gave a chunk up; --engine local goes on with what is left and sets a photo aside that is to blame",
        ) from error
    finally:
        if at_hand:
            ray.shutdown()
