"""The one command: make photos, start everything, measure in rounds, print, and publish a full run.

MAJANI_MIRROR=... python -m benchmarks.serving_speed [--seconds 3] [--rounds 6]
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.harness.process import Memory, memory
from benchmarks.serving_speed import verdict
from benchmarks.serving_speed.measurement import Measured, Slot, measure_round, measure_start, read_photos, warm_up
from benchmarks.serving_speed.photo import KINDS, PHONE, enlarge, pick
from benchmarks.serving_speed.server import CONTENDERS, prepare_database, serve
from benchmarks.serving_speed.summary import CONFIDENT_ROUNDS
from training.figures import listing, record

_PHOTOS = 6
# Slower contenders answer some ten photos of 12 MP in that time.
_SECONDS = 3.0


def make_photos(mirror: Path, work: Path) -> None:
    for kind in KINDS:
        folder = work / kind.name
        folder.mkdir()
        for number, source in enumerate(pick(mirror, _PHOTOS)):
            (folder / f"{number}.jpg").write_bytes(enlarge(source, kind))
        sizes = [path.stat().st_size / 1e6 for path in folder.iterdir()]
        print(f"{kind.title}s: {kind.width_px} x {kind.height_px}, {min(sizes):.2f} to {max(sizes):.2f} MB")


def measure(work: Path, *, seconds: float, rounds: int) -> tuple[list[dict[Slot, Measured]], dict[str, list[Memory]]]:
    """All rounds, and afterwards the memory of the workers."""
    found = []
    photo = read_photos(work / PHONE.name)[0]
    with ExitStack() as running:
        servers = [running.enter_context(serve(contender, work, contender.request(photo))) for contender in CONTENDERS]
        for server in servers:
            warm_up(server, work)
        for number in range(rounds):
            slots: dict[Slot, Measured] = {}
            for kind in KINDS:
                slots |= measure_round(kind, servers, work, seconds)
            report(number, slots)
            found.append(slots)
        return found, {contender.contender.name: [memory(pid) for pid in contender.workers()] for contender in servers}


def report(number: int, slots: Mapping[Slot, Measured]) -> None:
    for slot, one in slots.items():
        failed = f", {len(one.failures)} FAILED: {one.failures[0]}" if one.failures else ""
        load = f"load {100 * one.load_share:.1f} % of the cores"
        print(f"round {number + 1}, {slot}: {one.photos_per_s:.1f} photos/s, {load}{failed}", flush=True)


def failed(rounds: Sequence[Mapping[Slot, Measured]]) -> int:
    """How many requests were not answered as they should be; a peer that fails looks slower than it is."""
    return sum(len(one.failures) for each in rounds for one in each.values())


def main() -> int:
    parser = argparse.ArgumentParser(prog=verdict.COMMAND, description=__doc__)
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="of each slot")
    parser.add_argument("--rounds", type=int, default=CONFIDENT_ROUNDS)
    arguments = parser.parse_args()
    mirror = Path(os.environ["MAJANI_MIRROR"])
    with tempfile.TemporaryDirectory(prefix="majani-speed-") as name:
        work = Path(name)
        make_photos(mirror, work)
        prepare_database(work)
        rounds, memories = measure(work, seconds=arguments.seconds, rounds=arguments.rounds)
        photos = read_photos(work / PHONE.name)
        starts = [measure_start(work, photos) for _ in range(arguments.rounds)]
    found = verdict.figures(rounds, starts, memories)
    print(listing(found))
    failures = failed(rounds)
    if failures:
        print(f"{failures} requests FAILED; nothing is recorded")
    elif arguments.seconds < _SECONDS or arguments.rounds < CONFIDENT_ROUNDS:
        print("a short run; nothing is recorded")
    else:
        record(found)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
