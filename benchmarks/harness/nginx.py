"""nginx in front of the service, with one of the configurations that are deployed; tests use it too."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness.absence import NotHereError
from benchmarks.harness.port import free_port
from benchmarks.harness.waiting import wait_until_listening

_DEPLOY = Path(__file__).parents[2] / "deploy"
# In front of one service, and of two replicas.
SITE, REPLICAS = _DEPLOY / "nginx-site.conf", _DEPLOY / "nginx.conf"
# Debian puts it where only root looks for programs.
_DEBIAN = Path("/usr/sbin/nginx")
# The name that a site has until an operator gives it one.
EXAMPLE = "majani.example.org"
_START_TIMEOUT_S = 10
_STOP_TIMEOUT_S = 10
# Debian's own nginx.conf around a site, as far as the site needs it.
_AROUND_SITE = """
pid {folder}/pid;
events {{ worker_connections 1024; }}
http {{
proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
scgi_temp_path {folder}/scgi;
{site}
}}
"""


class Nginx:
    """nginx on a port of its own."""

    def __init__(self, configuration: Path, upstreams: Sequence[int], folder: Path, *, name: str = "_") -> None:
        """Prepare; without a ``name`` it answers under any, and speaks HTTP/2 beside HTTP/1.1."""
        binary = find_binary()
        if binary is None:
            raise NotHereError("nginx is not installed (Debian's package nginx-light)")
        folder.mkdir()
        self.port = free_port()
        self.log, self.cache = folder / "log", folder / "nginx-majani"
        text = _adapted(configuration, f"127.0.0.1:{self.port}", [f"127.0.0.1:{port}" for port in upstreams], folder)
        text = text.replace("$host != $server_name", '$host = ""') if name == "_" else text.replace(EXAMPLE, name)
        (folder / "nginx.conf").write_text(text)
        # A container has no account for it either.
        account = " user root;" if os.geteuid() == 0 else ""
        own = f"daemon off;{account}"
        self._command = [str(binary), "-e", "stderr", "-p", str(folder), "-c", f"{folder}/nginx.conf", "-g", own]
        self._process: subprocess.Popen[bytes] | None = None

    def check(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self._command, "-t"], capture_output=True, text=True, check=False)  # noqa: S603

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(self._command, stdout=output, stderr=output)  # noqa: S603
        wait_until_listening(self.port, what="nginx", timeout_s=_START_TIMEOUT_S, log=self.log)

    def reload(self) -> None:
        """Have it read its configuration anew."""
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=_STOP_TIMEOUT_S)
            self._process = None


def find_binary() -> Path | None:
    found = shutil.which("nginx")
    if found is not None:
        return Path(found)
    return _DEBIAN if _DEBIAN.exists() else None


@contextmanager
def run_nginx(configuration: Path, upstreams: Sequence[int], folder: Path, *, name: str = "_") -> Iterator[Nginx]:
    nginx = Nginx(configuration, upstreams, folder, name=name)
    try:
        nginx.start()
        yield nginx
    finally:
        nginx.stop()


def _adapted(configuration: Path, address: str, upstreams: Sequence[str], folder: Path) -> str:
    """A deployed configuration for this machine: other addresses, and everything in one folder."""
    text, listen = configuration.read_text(encoding="utf-8"), f"listen {address}; http2 on;"
    replacements: Mapping[str, str] = {"/run/photos/": f"{folder}/"}
    if configuration == REPLICAS:
        first, second = upstreams
        own = {
            "listen 8080;": listen,
            "replica-1:8000": first,
            "replica-2:8000": second,
            "/dev/shm/": f"{folder}/",  # noqa: S108 - replaced
        }
    else:
        (only,) = upstreams
        own = {
            "listen 80 default_server;": listen,
            "listen [::]:80 default_server;": "",
            "127.0.0.1:8000": only,
            "/var/cache/": f"{folder}/",
            "/var/log/nginx/majani.log": "/dev/stdout",
            "/var/log/nginx/majani-error.log": "stderr",
        }
    for old, new in {**own, **replacements}.items():
        if old not in text:
            raise ValueError(f"{configuration.name} has no {old!r} any more")
        text = text.replace(old, new)
    return text if configuration == REPLICAS else _AROUND_SITE.format(folder=folder, site=text)
