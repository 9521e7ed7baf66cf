"""Measure bulk classification on real photos and record the figures of a full run.

MAJANI_MIRROR=... python -m benchmarks.bulk [speed memory killed] [--photos 10000] [--rounds 3]
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.bulk import killed, memory, speed
from benchmarks.bulk.archive import choose
from training.figures import Figure, listing, record

_FULL = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=["speed", "memory", "killed", []], default=[])
    parser.add_argument("--photos", type=int, default=_FULL)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    photos = choose(Path(os.environ["MAJANI_MIRROR"]), arguments.photos)
    parts: Mapping[str, Callable[[Path], Mapping[str, Figure]]] = {
        "speed": lambda work: speed.measure(photos, work, rounds=arguments.rounds),
        "memory": lambda work: memory.measure(photos, work),
        "killed": lambda work: killed.measure(photos, work),
    }
    found: dict[str, Figure] = {}
    for part in arguments.parts or parts:
        with tempfile.TemporaryDirectory(prefix="majani-bulk-") as work:
            found |= parts[part](Path(work))
    print(listing(found))
    if arguments.photos == _FULL:
        record(found)
    return 1 if any(figure.value for key, figure in found.items() if key.startswith("bulk.killed")) else 0


if __name__ == "__main__":
    sys.exit(main())
