"""The door at rare moments: stopped while it opens, out of descriptors, without a master, or with late threads."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread

import pytest

from benchmarks.harness.process import cpu_s
from serving.arrival.worker import HEAD_TIMEOUT_S, PatientWorker
from tests.serving.live import ROOT, Server, serve
from tests.waiting import wait_until

HEALTHY = b"GET /healthz HTTP/1.1\r\nHost: majani\r\n\r\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def server(tiny_bundle_dir: Path, log: Path) -> Iterator[Server]:
    with serve(tiny_bundle_dir, log=log) as running:
        yield running


def asks(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(HEALTHY)
    return connection


def test_stopped_while_it_starts_it_answers_who_waits(worker: PatientWorker) -> None:
    port = worker.sockets[0].getsockname()[1]
    # In front of the others, and gone.
    socket.create_connection(("127.0.0.1", port)).close()
    with asks(port) as first, asks(port) as second:
        worker.alive = False
        running = Thread(target=worker.run)
        running.start()
        for connection in (first, second):
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
            connection.close()
        running.join(timeout=10)
    assert not running.is_alive()


def test_shutting_twice_is_fine(worker: PatientWorker) -> None:
    worker.set_accept_enabled(True)
    worker.alive = False
    for _ in range(2):
        worker.set_accept_enabled(False)
    assert worker.sockets[0].sock is None


def test_late_reports_go_into_no_file(worker: PatientWorker) -> None:
    worker.method_queue.close()
    with ExitStack() as stack:
        # One of them would have got the number of the pipe.
        files = [stack.enter_context(TemporaryFile()) for _ in range(20)]
        worker.method_queue.defer(print)
        assert [os.fstat(file.fileno()).st_size for file in files] == [0] * 20


def test_without_descriptors_others_wait(server: Server, log: Path) -> None:
    (worker_id,) = server.workers
    limits = resource.prlimit(worker_id, resource.RLIMIT_NOFILE)
    resource.prlimit(worker_id, resource.RLIMIT_NOFILE, (highest_descriptor(worker_id) + 3, limits[1]))
    with ExitStack() as stack:
        crowd = [stack.enter_context(asks(server.port)) for _ in range(30)]
        used_s = cpu_s([worker_id])
        time.sleep(2.5)
        assert cpu_s([worker_id]) - used_s < 0.5
        resource.prlimit(worker_id, resource.RLIMIT_NOFILE, limits)
        for connection in crowd:
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert server.workers == [worker_id]
    assert log.read_text().count("no more connections") == 1


def highest_descriptor(process_id: int) -> int:
    return max(int(entry.name) for entry in Path(f"/proc/{process_id}/fd").iterdir())


def test_worker_without_a_master_stops(server: Server) -> None:
    (worker_id,) = server.workers
    # Says nothing, and need not be waited for.
    with socket.create_connection(("127.0.0.1", server.port)):
        # Who comes later is let in later.
        with asks(server.port) as connection:
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        os.kill(server.process_id, signal.SIGKILL)
        # Otherwise until that one's head is late.
        wait_until(lambda: not is_running(worker_id), most_s=HEAD_TIMEOUT_S - 1)


def is_running(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(") ")[2][0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize(("most", "expected"), [(500, (500, 300)), (1300, (1300, 1000))], ids=["few", "plenty"])
def test_connections_leave_descriptors_for_files(most: int, expected: tuple[int, int]) -> None:
    code = (
        "import resource, runpy;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (256, {most}));"
        "found = runpy.run_path('serving/gunicorn.conf.py')['worker_connections'];"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], found)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert tuple(int(number) for number in run.stdout.split()) == expected
