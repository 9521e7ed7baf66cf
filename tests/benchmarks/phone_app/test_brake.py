"""A braked process gets the share of the processor that it should, and is itself again afterwards."""

import subprocess
import sys
import time

from benchmarks.harness.process import cpu_s
from benchmarks.phone_app.browser import SLOWDOWN, slow_processor

BUSY = "while True: pass"
WINDOW_S = 1.5


def used_share(pid: int) -> float:
    """Of one core, over a while."""
    before = cpu_s([pid])
    began = time.monotonic()
    time.sleep(WINDOW_S)
    return (cpu_s([pid]) - before) / (time.monotonic() - began)


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
