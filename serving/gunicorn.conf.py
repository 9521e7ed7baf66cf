# ruff: noqa: N999 - gunicorn names its configuration like this
"""How gunicorn runs the service: ``gunicorn -c serving/gunicorn.conf.py``, behind a proxy that buffers requests.

A request holds a thread while it arrives, so slow senders would keep others out; the nginx files of ``deploy`` take
requests whole. gunicorn reads this file in its master, at start and at each SIGHUP.
"""

import gc
import os
import resource
import secrets
import socket
import sys
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.arbiter import Arbiter
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker
from pydantic import ValidationError

from serving import settings
from serving.telemetry import logs, multiprocess

# What is imported and loaded stays, so the collector would only cost time.
gc.disable()

try:
    _settings = settings.Settings.from_environment()
except ValidationError as error:
    # gunicorn itself would show a traceback.
    logs.log_refusal(settings.what_is_wrong(error))
    sys.exit(Arbiter.APP_LOAD_ERROR)

# Before anything that counts is imported.
_metrics_directory = multiprocess.set_up()

# Imported here, once, for all workers: each is ready sooner, and they share the memory. Nothing is loaded yet.
import serving.wsgi  # noqa: E402, F401
from serving import releases  # noqa: E402
from serving.http.errors import MEDIA_TYPE, Problem, RequestCode  # noqa: E402
from serving.http.limits import PIECE_BYTES  # noqa: E402
from serving.i18n.messages import TITLES  # noqa: E402

# The collector would write into memory that they share.
gc.freeze()
gc.enable()


def _refuse(connection: socket.socket, status: int, reason: str, _: str) -> None:
    """Refuse what is no HTTP as all else is refused; gunicorn would send a page that repeats what it was sent."""
    code = RequestCode.INTERNAL_ERROR if status == HTTPStatus.INTERNAL_SERVER_ERROR else RequestCode.REQUEST_MALFORMED
    told = {"title": TITLES[code], "status": status, "detail": reason, "code": code}
    body = Problem(type=f"/problems/{code}", **told, instance=f"urn:request:{secrets.token_hex(8)}").model_dump_json()
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: {MEDIA_TYPE}\r\n"
    util.write_nonblock(connection, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body.encode())


util.write_error = _refuse


class LeastBusyWorker(ThreadWorker):  # type: ignore[misc]
    """A worker that waits for others before it takes a connection beside those that it has."""

    wsgi: Any

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, unless a worker with fewer was quicker."""
        time.sleep(min(self.nr_conns, 4) / 1000)
        super().accept(listener)

    def load_wsgi(self) -> None:
        """Load the app, and let it end a connection; gunicorn passes over the header that says so."""
        super().load_wsgi()
        app = self.wsgi

        def answer(environ: Any, start_response: Any) -> Any:
            def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
                if ("Connection", "close") in headers:
                    start_response.__self__.force_close()
                return start_response(status, headers, *failure)

            if "CONTENT_LENGTH" in environ:
                # Else werkzeug would take a body that was cut off for a whole one.
                environ.pop("wsgi.input_terminated", None)
            return app(environ, start)

        self.wsgi = answer


# Photos and the database are for this account alone.
os.umask(0o077)
# What was received beyond a piece would be copied with each of them.
SocketUnreader.max_body_chunk = PIECE_BYTES

wsgi_app = "serving.wsgi:load()"
# Only this machine, unless a container or an operator says otherwise.
bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"

# A prediction keeps one core busy, so one process for each core that this process may use.
workers = int(os.environ.get("WEB_CONCURRENCY") or len(os.sched_getaffinity(0)))
worker_class = LeastBusyWorker
# One for every case that may wait for its turn, one that has it, sixteen for uploads, and enough for everything that is
# answered at once. They are only made when they are needed.
threads = _settings.max_waiting + 32

# Each connection takes a descriptor, and many systems give a process 256 or 1024 at first although it may have more.
_descriptors, _most_descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)
_descriptors = max(_descriptors, min(_most_descriptors, 4096))
resource.setrlimit(resource.RLIMIT_NOFILE, (_descriptors, _most_descriptors))
# Connections must leave descriptors for photos, the database and the log: 200 are far more than these take.
worker_connections = min(1000, _descriptors - 200)

# Gunicorn's default trusts every process of this machine about encryption and about the path. Instead,
# `serving/http/proxies.py` decides whom to trust, by the operator's setting.
forwarded_allow_ips = ""

logger_class = "serving.telemetry.logs.JsonLogger"
loglevel = _settings.log_level.lower()

# The worker renews its heartbeat on the thread that accepts connections, so this catches a hung process only.
timeout = 60
# A diagnosis takes well below a second; the rest is for answers that are still on their way to slow readers.
graceful_timeout = 30
keepalive = 5
# Heartbeats, in memory too: with a full disk no process could be replaced, and gunicorn would end.
worker_tmp_dir = str(_metrics_directory.parent)

# Off, as by default: onnxruntime's threads do not survive a fork, and SIGHUP could not load another bundle.
preload_app = False

# Nothing manages a running gunicorn through a socket here, and a read-only home has no place for it.
control_socket_disable = True

# gunicorn replaces a failed worker at once; each attempt costs a second of work, which the others can use better.
_RESPAWN_PAUSE_S = 2
_FAILED = 1
# The folder of metrics lives as long as the server.
_has_served = _metrics_directory / "has_served"


def on_starting(server: Arbiter) -> None:
    """Copy the files that the workers load, once, in the master."""
    for name in settings.unknown():
        server.log.warning("unknown setting %s is ignored", name)
    try:
        server.releases = releases.Releases(_settings)
    except OSError as error:
        logs.log_refusal(str(error))
        sys.exit(_FAILED)


def on_reload(server: Arbiter) -> None:
    """Check a new copy in the master at SIGHUP, before new workers take over. They load it only if it is good."""
    server.releases.renew(server.log)


def post_fork(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001
    """Prepare a worker before it loads the app."""
    gc.disable()
    multiprocess.restore()


def post_worker_init(worker: Worker) -> None:  # noqa: ARG001
    """Prepare a worker after it has loaded the app and before it takes requests."""
    gc.freeze()
    gc.enable()
    logs.hide_requests()
    # Full memory must not keep it from answering.
    with suppress(OSError):
        _has_served.touch()


def worker_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001
    """End a worker. Gunicorn's master calls it too, for workers that it cannot find."""
    if worker.pid != os.getpid():
        return
    # Threads that still work write to a pipe that gunicorn has closed. Its number may be the database's by now, so they
    # end here.
    if worker.booted:
        os._exit(0)
    # gunicorn itself ends when a worker cannot load the app. That is wrong once other workers answer.
    if _has_served.exists():
        time.sleep(_RESPAWN_PAUSE_S)
        os._exit(_FAILED)


def child_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001
    """Forget a worker that has ended, in the master."""
    multiprocess.forget_process(worker.pid)
