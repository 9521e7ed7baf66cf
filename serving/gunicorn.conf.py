# ruff: noqa: N999 - gunicorn names its configuration like this
"""How gunicorn runs the service; a proxy that speaks TLS belongs in front of it.

HOST, PORT and WEB_CONCURRENCY are the usual variables of container platforms; the service's own are in
``serving/settings.py``. Read once, by the master.
"""

import os
import resource
import sys

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker
from pydantic import ValidationError

from serving.settings import Settings, what_is_wrong
from serving.telemetry import logs, multiprocess

try:
    _settings = Settings.from_environment()
except ValidationError as error:
    # As everything that keeps the service from starting: gunicorn itself would show a traceback.
    logs.say_why_not(what_is_wrong(error))
    sys.exit(Arbiter.APP_LOAD_ERROR)

# Before anything that counts is imported.
_metrics_directory = multiprocess.set_up()

# Imported here, once, for all workers: each is ready sooner, and they share the memory. Nothing is loaded yet.
import serving.app  # noqa: E402, F401
from serving.release import new_workers, swap  # noqa: E402

# Photos and the database are for this account alone.
os.umask(0o077)

# Only this machine, unless a container or an operator says otherwise.
bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"

# A prediction keeps one core busy, so one process for each core that this process may use.
workers = int(os.environ.get("WEB_CONCURRENCY") or len(os.sched_getaffinity(0)))
worker_class = "serving.arrival.worker.PatientWorker"
# One for every case that may wait for its turn, one that has it, and enough for everything that is answered at once.
# They are only made when they are needed.
threads = _settings.max_waiting + 16

# Each connection takes a descriptor, and many systems give a process 256 or 1024 at first although it may have more.
_descriptors, _most_descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)
_descriptors = max(_descriptors, min(_most_descriptors, 4096))
resource.setrlimit(resource.RLIMIT_NOFILE, (_descriptors, _most_descriptors))
# Whoever was let in must not keep photos, the database and the log from being opened: 200 are far more than they take.
worker_connections = min(1000, _descriptors - 200)

# By default gunicorn believes every process of this machine about encryption and about the path; whom to believe is
# decided in `serving/http/proxies.py`, by the operator's setting.
forwarded_allow_ips = ""

logger_class = "serving.telemetry.logs.JsonLogger"
loglevel = _settings.log_level.lower()

# The worker renews its heartbeat while requests arrive and are answered, so this catches a hung process only.
timeout = 60
# A running diagnosis takes well below a second; the rest is for photos still on their way when a worker is replaced.
graceful_timeout = 30
keepalive = 5
# Heartbeats, in memory too: with a full disk no process could be replaced, and gunicorn would end.
worker_tmp_dir = str(_metrics_directory.parent)

# Off, as by default: onnxruntime's threads do not survive a fork, and SIGHUP could not load another bundle.
preload_app = False

# Nothing manages a running gunicorn through a socket here, and a read-only home has no place for it.
control_socket_disable = True


def on_starting(server: Arbiter) -> None:
    """Take the first snapshot of what is answered from."""
    server.releases = swap.Releases(server, _settings)


def when_ready(server: Arbiter) -> None:
    """Swap on SIGHUP."""
    server.releases.attach()


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """In the master, before it starts a worker."""
    swap.give_snapshot(server.releases, worker)


def post_fork(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001
    """In the worker, before it loads the app."""
    multiprocess.restore()
    swap.use_snapshot(worker)


def post_worker_init(worker: Worker) -> None:
    """In the worker, when it has loaded the app."""
    new_workers.mark_ready(worker)


def child_exit(server: Arbiter, worker: Worker) -> None:
    """In the master, when a worker has gone."""
    multiprocess.forget_process(worker.pid)
    server.releases.note_end(worker)
