"""Measure bulk classification on real photos and record the figures of a full run.

MAJANI_MIRROR=... python -m benchmarks.bulk [speed memory killed] [--photos 10000] [--rounds 3]
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.bulk import killed, memory, speed
from benchmarks.bulk.archive import choose
from training.figures import Figure, listing, record

_FULL = 10_000
_SEED = 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=["speed", "memory", "killed", []], default=[])
    parser.add_argument("--photos", type=int, default=_FULL)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=5)
    arguments = parser.parse_args()
    parts = arguments.parts or ["speed", "memory", "killed"]
    photos = choose(Path(os.environ["MAJANI_MIRROR"]), arguments.photos)
    found: dict[str, Figure] = {}
    is_bad = False
    if "speed" in parts:
        with tempfile.TemporaryDirectory(prefix="majani-bulk-") as work:
            result = speed.measure(photos, Path(work), engines=("local", "ray"), rounds=arguments.rounds)
        found |= speed.figures(result, photos=len(photos))
    if "memory" in parts:
        with tempfile.TemporaryDirectory(prefix="majani-bulk-") as work:
            found |= memory.figures(memory.watch(photos, Path(work)))
    if "killed" in parts:
        # Long enough for a start, short enough that all kills come before the end.
        seconds = (2.5, 2.5 + arguments.photos / 1000)
        with tempfile.TemporaryDirectory(prefix="majani-bulk-") as work:
            verdict = killed.kill_and_go_on(photos, Path(work), kills=arguments.kills, seconds=seconds, seed=_SEED)
        print(verdict)
        found |= killed.figures(verdict)
        is_bad = verdict.is_bad
    print(listing(found))
    if arguments.photos == _FULL:
        record(found)
    return 1 if is_bad else 0


if __name__ == "__main__":
    sys.exit(main())
