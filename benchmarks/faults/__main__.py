"""Command line of :mod:`benchmarks.faults`."""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.faults.clients import small_photos
from benchmarks.faults.faults import FAULTS, LOCKED
from benchmarks.faults.report import Report, p95_s, shown
from benchmarks.faults.restored import NAME as RESTORED
from benchmarks.faults.restored import Restored, restore_after_deletions
from benchmarks.faults.run import run
from benchmarks.harness.absence import NotHereError
from benchmarks.harness.measured import measured_all
from training.artifacts.files import CURRENT_DIR
from training.figures import Figure, record

_COMMAND = "python -m benchmarks.faults --record"


def figures(reports: Mapping[str, Report], restored: Restored) -> dict[str, Figure]:
    """What a full run publishes, whatever it found: a figure that cannot be bad says nothing."""
    every, locked = reports.values(), reports[LOCKED].away
    locked_s = locked.every_s if locked else []
    count, cases = len(reports), sum(one.acknowledged for one in every)
    title = f"{count} faults under load"
    lost = sum(len(one.truth.lost) for one in every)
    duplicated = sum(len(one.truth.duplicated) for one in every)
    longest_s, bad = max(one.waited_s for one in every), sum(not one.is_good for one in every)
    away = [one.away for name, one in reports.items() if one.away is not None and name != LOCKED]
    plain_ms, keyed_ms = (1000 * max(p95_s(getattr(one, kind)) for one in away) for kind in ("plain_s", "keyed_s"))
    restarted = reports["service_restarted"]
    refused = sum(restarted.failures.values())
    known = "storage known to be away, the slower of two"
    return measured_all(
        "faults",
        _COMMAND,
        ("away.plain", f"{known}: answer without storing, p95", plain_ms, "ms", sum(len(one.plain_s) for one in away)),
        ("away.keyed", f"{known}: 503 with a key, p95", keyed_ms, "ms", sum(len(one.keyed_s) for one in away)),
        ("locked", "SQLite locked, 70 senders: p95 of all requests", p95_s(locked_s), "s", len(locked_s)),
        ("restart", "restarts under load: requests refused", refused, "requests", restarted.acknowledged + refused),
        ("undone", "deletions undone by a restore", restored.undone, "deletions", restored.deleted),
        ("lost", f"{title}: acknowledged cases lost", lost, "cases", cases),
        ("duplicated", f"{title}: cases kept twice", duplicated, "cases", cases),
        ("recovery", f"{title}: longest time from the end of one to a kept case", longest_s, "s", count),
        ("bad", f"{title}: not survived as they should have been", bad, "faults", count),
        digits=1,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog=_COMMAND, description="Faults under load.")
    parser.add_argument("--seconds", type=float, default=20, help="how long each fault lasts")
    parser.add_argument("--only", choices=[*(fault.name for fault in FAULTS), RESTORED], action="append")
    parser.add_argument("--record", action="store_true", help="publish the figures of a full run")
    arguments = parser.parse_args()
    photos = small_photos(Path(os.environ["MAJANI_MIRROR"]))
    reports: dict[str, Report] = {}
    for fault in FAULTS:
        if arguments.only and fault.name not in arguments.only:
            continue
        try:
            with tempfile.TemporaryDirectory(prefix="majani-") as work:
                report = run(fault, work=Path(work), bundle=CURRENT_DIR, photos=photos, seconds=arguments.seconds)
        except NotHereError as error:
            print(f"{fault.name:20} skipped: {error}")
            continue
        reports[fault.name] = report
        print(shown(fault.name, report), flush=True)
    is_good = all(report.is_good for report in reports.values())
    restored = None
    if not arguments.only or RESTORED in arguments.only:
        try:
            with tempfile.TemporaryDirectory(prefix="majani-") as work:
                restored = restore_after_deletions(Path(work), CURRENT_DIR, photos)
        except NotHereError as error:
            print(f"{RESTORED:20} skipped: {error}")
        else:
            is_good = is_good and restored.is_good
            print(
                f"{RESTORED:20} {'good' if restored.is_good else 'BAD'}: deletions undone by a restore: "
                f"{restored.undone} of {restored.deleted}, kept cases lost: {restored.lost}"
            )
    # One that left something out says less than it seems to.
    if arguments.record and len(reports) == len(FAULTS) and restored is not None:
        record(figures(reports, restored))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
