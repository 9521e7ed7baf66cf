# ruff: noqa: N999 - gunicorn names its configuration like this
"""How gunicorn runs the service; a proxy that buffers slow uploads belongs in front of it.

HOST, PORT and WEB_CONCURRENCY are the usual variables of container platforms; the service's own are in
``serving/settings.py``.
"""

import os

# Only this machine, unless a container or an operator says otherwise.
bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"

# A prediction keeps one core busy, so one process for each core that this process may use.
workers = int(os.environ.get("WEB_CONCURRENCY") or len(os.sched_getaffinity(0)))
worker_class = "gthread"
# While one photo is uploaded or decoded, another can be looked at. More threads would only queue for the same core.
threads = 2

# gthread renews its heartbeat while requests run, so this catches a hung process, not a slow upload over 2G.
timeout = 60
# A running diagnosis takes well below a second; the rest is for photos still on their way when a worker is replaced.
graceful_timeout = 30
keepalive = 5

# Off, as by default: onnxruntime's threads do not survive a fork, so every worker loads its own session.
preload_app = False

# Nothing manages a running gunicorn through a socket here, and a read-only home has no place for it.
control_socket_disable = True
