"""Damaged photos against a real service.

    python -m benchmarks.mutated_photos [--photos 20000] [--seconds 1500] [--seed 1]
    python -m benchmarks.mutated_photos --only 4711

Needs MAJANI_MIRROR. Fails on any answer from 500 up, on an answer that takes longer than ten seconds, on a worker that
ends, and on memory that grows. The seed of each photo that fails is printed, and ``--only`` sends it again. Of photos
that failed the figures are published too; of a run that is too short, or whose worker ended, there are none.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.measured import measured_all
from benchmarks.harness.process import memory
from benchmarks.harness.service import SERVE_COMMAND
from benchmarks.mutated_photos.mutation import mutate, originals
from benchmarks.mutated_photos.sending import Sent
from benchmarks.serving_speed.server import MAJANI, prepare_database, serve
from training.figures import Figure, record

_CLIENTS = 2
# Enough for every decoder to have been used and for the heap to have its working size.
_WARM_UP_SHARE = 0.2
# Two photos at the limits leave that much of the heap in pieces; a leak of 2 kB for each photo would show.
_MAX_GROWTH_MB = 40


def main() -> int:
    wanted = _arguments()
    mirror = os.environ.get("MAJANI_MIRROR")
    if not mirror:
        raise SystemExit("MAJANI_MIRROR names no folder of photos")
    sound = originals(Path(mirror))
    seeds = (
        range(wanted.seed, wanted.seed + wanted.photos) if wanted.only is None else range(wanted.only, wanted.only + 1)
    )
    until = time.monotonic() + wanted.seconds
    sent = Sent()

    def photo_of(seed: int) -> bytes:
        return mutate(sound, seed)[1]

    with tempfile.TemporaryDirectory(prefix="majani-") as folder:
        work = Path(folder)
        prepare_database(work)
        command = [*SERVE_COMMAND, "--workers=1"]
        with serve(MAJANI, work, MAJANI.request(sound[0]), command=command) as server:
            [worker] = server.workers()
            split = int(len(seeds) * _WARM_UP_SHARE)
            sent.send(server.port, seeds[:split], photo_of, clients=_CLIENTS, until=until)
            before_mb = memory(worker).rss_mb
            sent.send(server.port, seeds[split:], photo_of, clients=_CLIENTS, until=until)
            is_alive = server.workers() == [worker]
            growth_mb = memory(worker).rss_mb - before_mb if is_alive else float("nan")
    _report(sent, sound, before_mb, growth_mb)
    failed = [f"{len(sent.failures)} photos failed"] if sent.failures else []
    failed += [] if is_alive else ["the worker ended"]
    failed += [f"memory grew by {growth_mb:.0f} MB"] if growth_mb > _MAX_GROWTH_MB else []
    print("FAILED: " + "; ".join(failed) if failed else "all were answered or refused")
    if sent.count < len(seeds):
        print(f"the time was over after {sent.count} of {len(seeds)} photos; nothing is recorded")
    elif is_alive and wanted.only is None and not wanted.dry_run:
        record(_figures(sent, growth_mb, wanted))
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutated_photos", description="Damaged photos.")
    parser.add_argument("--photos", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=1500, help="send nothing more after that")
    parser.add_argument("--seed", type=int, default=1, help="of the first photo; the others follow")
    parser.add_argument("--only", type=int, metavar="SEED", help="send one photo again")
    parser.add_argument("--dry-run", action="store_true", help="publish no figures")
    return parser.parse_args()


def _report(sent: Sent, sound: Sequence[bytes], before_mb: float, growth_mb: float) -> None:
    for (status, what), count in sorted(sent.answers.items()):
        print(f"{status} {what:25} {count:7}")
    for seed, what in sent.failures:
        print(f"--only {seed}: {what} ({mutate(sound, seed)[0]})")
    print(f"{sent.count} photos, slowest answer {sent.slowest_s:.2f} s")
    print(f"memory of the worker: {before_mb:.0f} MB after warming up, {growth_mb:+.0f} MB at the end")


def _figures(sent: Sent, growth_mb: float, wanted: argparse.Namespace) -> dict[str, Figure]:
    title, growth = "damaged photos", "growth of the worker's memory after warming up"
    return measured_all(
        "mutated",
        f"python -m benchmarks.mutated_photos --photos {wanted.photos} --seed {wanted.seed}",
        ("failures", f"{title}: server errors, hangs and dead workers", len(sent.failures), "photos", sent.count),
        ("slowest", f"{title}: slowest answer", sent.slowest_s, "s", sent.count),
        ("memory_growth", f"{title}: {growth}", growth_mb, "MB", sent.count),
    )


if __name__ == "__main__":
    sys.exit(main())
