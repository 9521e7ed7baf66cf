"""The documented installation: the service as systemd starts it, behind nginx, and what both have used so far."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil

from benchmarks.harness import disk
from benchmarks.harness.nginx import SITE, Nginx, run_nginx
from benchmarks.harness.process import GONE, cpu_s, family, resident_mb
from benchmarks.harness.service import Service, unit_environment
from majani.model.bundle import read_bundle
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect

_RESET_PEAK = "5"
_MOUNT = Path(__file__).parents[2] / "deploy/systemd/run-photos.mount"
# An address of a client here, a path with its `x` in place of an id, or of the model; logs may have routes.
_PRIVATE = re.compile(r"\b127\.[1-9]\d*\.\d+\.\d+|/x[/\"?]|/[0-9a-f]{64}|request: ")


@dataclass(frozen=True)
class Scene:
    """Service and nginx."""

    service: Service
    nginx: Nginx
    processes: tuple[int, ...]
    model_path: bytes
    agronomist: str

    def private_lines(self) -> list[str]:
        """Lines of both logs from which a client can be recognised."""
        lines = (line for log in (self.nginx.log, self.service.log) for line in log.read_text().splitlines())
        return [line for line in lines if _PRIVATE.search(line)]

    def cached_mb(self) -> float:
        """What nginx keeps of the model and the app."""
        return sum(file.stat().st_size for file in self.nginx.cache.rglob("*") if file.is_file()) / 1e6

    def core_s(self) -> float:
        """CPU seconds that both have used so far."""
        return cpu_s(self.processes)

    def memory_mb(self) -> float:
        """Memory of both, pages that processes share in full."""
        total = 0.0
        for pid in self.processes:
            with suppress(GONE):
                total += resident_mb(pid)
        return total

    def forget_peaks(self) -> dict[int, float]:
        """Have the kernel measure the peak of each process anew."""
        now = {}
        for pid in self.processes:
            with suppress(GONE, OSError):
                Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)
                now[pid] = resident_mb(pid)
        return now

    def risen_mb(self, before: Mapping[int, float]) -> float:
        """By how much the process that rose most exceeded its memory before, at its peak."""
        return max(_peak_mb(pid) - then for pid, then in before.items())

    def peak_mb(self) -> float:
        """The peaks of the service's workers together, whenever each was."""
        return sum(map(_peak_mb, self.service.workers()))


def _peak_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    # Some of nginx's processes end when their work is done.
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


@contextmanager
def set_up(work: Path, bundle: Path) -> Iterator[Scene]:
    """Start both, with empty storage."""
    settings = {
        **unit_environment(),
        "MAJANI_DATABASE_URL": f"sqlite:///{work}/majani.sqlite3",
        "MAJANI_PHOTOS_URL": f"{work}/photos",
        "MAJANI_TRUSTED_PROXIES": "1",
        # The defaults: the limits are part of what is attacked.
        "MAJANI_RATE_LIMIT": "",
        "MAJANI_RATE_LIMIT_OTHER": "",
    }
    sha256 = read_bundle(bundle).manifest.model.sha256
    # What is set aside for photos that arrive; an attack fills it or does not.
    [size] = re.findall(r"size=(\w+)", _MOUNT.read_text(encoding="utf-8"))
    with (
        Service(work / "home", bundle, settings) as service,
        run_nginx(SITE, [service.port], work / "nginx") as nginx,
        disk.mount(work / "nginx/arriving", size),
    ):
        children = psutil.Process().children()
        processes = tuple(pid for child in children for pid in family(child.pid))
        tokens = AccessTokens(connect(settings["MAJANI_DATABASE_URL"]))
        agronomist = tokens.create("station", Role.AGRONOMIST, timedelta(days=1))
        yield Scene(service, nginx, processes, f"/v1/model/{sha256}.onnx".encode(), agronomist)
