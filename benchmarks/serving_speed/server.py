"""The contenders as processes: started, warmed up, watched and ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.port import free_port
from benchmarks.harness.process import family
from benchmarks.harness.service import SERVE_COMMAND, unit_environment
from benchmarks.serving_speed.load import BROKEN, Connection, form_request, raw_request
from serving.persistence.engine import connect
from serving.persistence.migration import upgrade

ROOT = Path(__file__).parents[2]
CORES = len(os.sched_getaffinity(0))
_START_TIMEOUT_S = 120
_MANY = "1000000 per minute"


@dataclass(frozen=True)
class Contender:
    """A way to serve."""

    name: str  # In ids of figures
    title: str
    path: str  # Where it takes photos
    takes_forms: bool = True  # Whether it takes them in forms, as browsers send them, or as the body

    def request(self, photo: bytes) -> bytes:
        return (form_request if self.takes_forms else raw_request)(self.path, photo)


MAJANI = Contender("majani", "this service", "/v1/diagnoses")
LITSERVE = Contender("litserve", "LitServe", "/predict", takes_forms=False)
CONTENDERS = (MAJANI, LITSERVE)


@dataclass(frozen=True)
class Server:
    """A contender that runs."""

    contender: Contender
    port: int
    pid: int

    def workers(self) -> list[int]:
        """Its processes but the first, which only watches over them."""
        return family(self.pid)[1:]


def usual_command(contender: Contender, port: int) -> Sequence[str]:
    if contender is MAJANI:
        return SERVE_COMMAND
    return [sys.executable, "-m", "benchmarks.serving_speed.litserve_peer", str(port), str(CORES)]


def database_url(work: Path) -> str:
    return f"sqlite:///{work / 'cases.sqlite3'}"


def environment(work: Path, port: int) -> dict[str, str]:
    """As the systemd unit sets it, with a database and a folder of its own; one address may send what a load needs."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MAJANI_", "WEB_CONCURRENCY"))}
    own = {
        "MAJANI_DATABASE_URL": database_url(work),
        "MAJANI_PHOTOS_URL": str(work / "photos"),
        "MAJANI_RATE_LIMIT": _MANY,
        "MAJANI_RATE_LIMIT_OTHER": _MANY,
        "PORT": str(port),
        # Of the peer's libraries: there are as many processes as cores already.
        "OMP_NUM_THREADS": "1",
    }
    return kept | unit_environment() | own


def prepare_database(work: Path) -> None:
    engine = connect(database_url(work))
    upgrade(engine)
    engine.dispose()


@contextmanager
def serve(contender: Contender, work: Path, first_request: bytes) -> Iterator[Server]:
    """Start a contender, wait for its first answer, and end it afterwards with all that it started."""
    port = free_port()
    log = work / f"{contender.name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            usual_command(contender, port),
            cwd=ROOT,
            env=environment(work, port),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    server = Server(contender, port, process.pid)
    try:
        wait_for_answer(server, process, first_request, log)
        yield server
    finally:
        _end(process)


def wait_for_answer(server: Server, process: "subprocess.Popen[bytes]", request: bytes, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{server.contender.name} ended with {process.returncode}:\n{log.read_text()[-2000:]}")
        # It does not listen yet.
        with suppress(*BROKEN):
            if Connection(server.port).ask(request).is_good:
                return
        time.sleep(0.01)
    raise TimeoutError(f"{server.contender.name} gave no answer:\n{log.read_text()[-2000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    # LitServe leaves processes behind; the group is of our own making.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
