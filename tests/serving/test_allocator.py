"""Memory that one thread frees is there for the others."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys, threading
from serving.allocator import share_memory
if sys.argv[1] == "shared":
    share_memory()
barrier = threading.Barrier(16)
def work():
    held = [bytearray(60_000) for _ in range(100)]
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(sum("rw-p" in line and " 00:00 0" in line for line in open("/proc/self/maps")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_threads_share_memory() -> None:
    def mappings(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert mappings("shared") < mappings("default")
