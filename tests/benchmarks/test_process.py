"""What is read of ``/proc``, from samples of its text and from a process that really works."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from benchmarks.serving_speed.process import cpu_s, family, memory, parse_cpu_s, parse_memory, resident_mb
from benchmarks.steady_load import sample

STAT = "4242 (a (odd) name) S 1 4242 4242 0 -1 4194560 1 2 3 4 250 50 9 9 20 0 1 0 100 1 1"
ROLLUP = "00400000-7fff ---p 00000000 00:00 0  [rollup]\nRss:   2000 kB\nPss:   1500 kB\nPss_Anon:   900 kB\n"


def test_user_and_kernel_time_are_added_whatever_the_name() -> None:
    assert parse_cpu_s(STAT) == pytest.approx(300 / os.sysconf("SC_CLK_TCK"))


def test_memory_is_in_megabytes() -> None:
    found = parse_memory(ROLLUP)
    assert (found.rss_mb, found.pss_mb) == pytest.approx((2.048, 1.536))


def test_children_are_found_and_their_time_counts() -> None:
    work = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint('.'); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    process = subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.read(1)
        found = family(process.pid)
        assert found[0] == process.pid
        assert len(found) == 2
        assert cpu_s(found) - cpu_s(found[:1]) >= 0.29
        assert memory(found[1]).rss_mb > 1
        assert resident_mb(found[1]) == pytest.approx(memory(found[1]).rss_mb, rel=0.1)
    finally:
        process.communicate(b"\n")


def test_a_process_that_has_just_ended_ends_no_measurement() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert cpu_s([os.getpid(), ended.pid]) == pytest.approx(cpu_s([os.getpid()]), abs=0.05)
    server = SimpleNamespace(workers=lambda: [ended.pid, os.getpid()])
    assert [(one.at_s, one.pid) for one in sample(server, 5.0)] == [(5.0, os.getpid())]  # type: ignore[arg-type]


def test_a_process_that_ends_under_ones_eyes_ends_no_measurement() -> None:
    """Dead, but nobody has asked for its status yet: it has no memory any more."""
    dying = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert dying.stdout is not None
    dying.stdout.read()
    os.waitid(os.P_PID, dying.pid, os.WEXITED | os.WNOWAIT)
    assert sample(SimpleNamespace(workers=lambda: [dying.pid]), 5.0) == []  # type: ignore[arg-type]
    dying.communicate()
