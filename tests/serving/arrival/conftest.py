"""A worker without a process of its own, for what a server shows only at rare moments."""

import os
from collections.abc import Iterable, Iterator
from selectors import DefaultSelector
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.sock import TCPSocket
from gunicorn.workers.gthread import PollableMethodQueue

from serving.arrival.worker import PatientWorker


def answer_without_reading(_: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def worker() -> Iterator[PatientWorker]:
    """Ready to run, with a listener of its own."""
    config = Config()
    config.set("graceful_timeout", 10)
    listener = TCPSocket(("127.0.0.1", 0), config, None)
    built = PatientWorker(0, os.getppid(), [listener], None, 30, config, Logger(config))
    built.wsgi = answer_without_reading
    built.tpool = built.get_thread_pool()
    built.poller = DefaultSelector()
    built.method_queue.init()
    yield built
    built.tpool.shutdown()
    built.poller.close()
    listener.close()
    built.tmp.close()
    PollableMethodQueue.close(built.method_queue)
