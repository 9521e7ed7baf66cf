"""Stops processes for most of the time, until its input ends: it slows the processor for them alone.

It says so when it has begun.

python -m benchmarks.phone_app.brake TIMES SLICE_S PID...
"""

import os
import select
import signal
import sys
import time


def main() -> None:
    times, slice_s, pids = float(sys.argv[1]), float(sys.argv[2]), [int(pid) for pid in sys.argv[3:]]
    print("braking", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        _send(pids, signal.SIGSTOP)
        time.sleep(slice_s * (times - 1))
        _send(pids, signal.SIGCONT)
        time.sleep(slice_s)


def _send(pids: list[int], which: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, which)
        # It has ended since.
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
