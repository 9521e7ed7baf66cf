"""A braked process gets the share of the processor that it should, and is itself again afterwards."""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.phone_app.browser import SLOWDOWN, slow_processor

BUSY = "while True: pass"
WINDOW_S = 1.5


def used_share(pid: int) -> float:
    """Of one core, over a while."""
    before = cpu_s(pid)
    began = time.monotonic()
    time.sleep(WINDOW_S)
    return (cpu_s(pid) - before) / (time.monotonic() - began)


def cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / 100


def test_braked_process_runs_in_some_slices_only() -> None:
    process = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        with slow_processor([process.pid]):
            braked = used_share(process.pid)
        # Not asked for its whole share afterwards: other tests may want the cores.
        assert 0.02 < braked <= 1 / SLOWDOWN + 0.05
        assert used_share(process.pid) > braked
    finally:
        process.kill()
        process.wait()
