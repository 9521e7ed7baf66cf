"""What is measured of processes, on some that really work, end and are killed."""

import subprocess
import sys

import psutil
import pytest

from benchmarks.harness.process import cpu_s, family, kill_family, memory, resident_mb
from tests.waiting import wait_until

WORK = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint('.'); input()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORK!r}])"


def parent() -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(1)
    return process


def test_children_are_found_and_their_time_counts() -> None:
    process = parent()
    try:
        found = family(process.pid)
        assert found[0] == process.pid
        assert len(found) == 2
        assert cpu_s(found) - cpu_s(found[:1]) >= 0.29
        own = memory(found[1])
        assert 1 < own.pss_mb <= own.rss_mb
        assert resident_mb(found[1]) == pytest.approx(own.rss_mb, rel=0.1)
    finally:
        process.communicate(b"\n")


def test_a_killed_family_is_gone_though_one_has_ended_before() -> None:
    process = parent()
    child = psutil.Process(family(process.pid)[1])
    kill_family(process.pid)
    # Before its input ends, which would end it too.
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    process.communicate()
    kill_family(process.pid)
