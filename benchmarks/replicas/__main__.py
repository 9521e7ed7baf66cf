"""Command line of :mod:`benchmarks.replicas`."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.faults.clients import small_photos
from benchmarks.faults.report import shown
from benchmarks.harness.absence import NotHereError
from benchmarks.harness.measured import measured_all
from benchmarks.replicas.faults import FAULTS
from benchmarks.replicas.rate_limit import LIMIT, SENT, Counted, count_let_through
from benchmarks.replicas.run import Outcome, run
from training.artifacts.files import CURRENT_DIR
from training.figures import Figure, record

COMMAND = "python -m benchmarks.replicas --record"


def figures(outcomes: Sequence[Outcome], counted: Counted) -> dict[str, Figure]:
    """Sum up, whatever was found: a figure that cannot be bad says nothing."""
    reports = [outcome.report for outcome in outcomes]
    count, cases = len(reports), sum(report.acknowledged for report in reports)
    lost = sum(len(report.truth.lost) for report in reports)
    twice = sum(len(report.truth.duplicated) for report in reports)
    bad = sum(not report.is_good for report in reports)
    let_through = counted.statuses.get(201, 0)
    found = measured_all(
        "replicas",
        COMMAND,
        ("lost", f"{count} faults of two replicas: acknowledged cases lost", lost, "cases", cases),
        ("twice", f"{count} faults of two replicas: cases kept twice", twice, "cases", cases),
        ("bad", f"{count} faults of two replicas: not survived as they should have been", bad, "faults", count),
        (
            "rate_limit",
            f"cases of one sender that two replicas let through of a limit of {LIMIT}",
            let_through,
            "cases",
            SENT,
        ),
    )
    for suffix, stops_keeping, who, waited in (
        ("", False, "a replica, nginx or Redis fails", "longest time without a kept case"),
        ("_storage", True, "PostgreSQL or the object store fails", "longest time from its return to a kept case"),
    ):
        those = [outcome for outcome in outcomes if outcome.fault.stops_keeping is stops_keeping]
        requests, failed = sum(outcome.requests for outcome in those), sum(outcome.failed for outcome in those)
        longest_s = max(outcome.report.waited_s for outcome in those)
        found |= measured_all(
            "replicas",
            COMMAND,
            (f"recovery{suffix}", f"{who}: {waited}", longest_s, "s", len(those)),
            (
                f"failed_share{suffix}",
                f"{who}: requests that clients saw fail meanwhile",
                100 * failed / requests,
                "%",
                requests,
            ),
            digits=1,
        )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description="Replicas behind nginx, and faults under load.")
    parser.add_argument("--seconds", type=float, default=6, help="how long each fault lasts")
    parser.add_argument("--only", choices=[fault.name for fault in FAULTS], action="append")
    parser.add_argument("--record", action="store_true", help="publish the figures of a full run")
    arguments = parser.parse_args()
    photos = small_photos(Path(os.environ["MAJANI_MIRROR"]))
    outcomes: list[Outcome] = []
    try:
        for fault in FAULTS:
            if arguments.only and fault.name not in arguments.only:
                continue
            with tempfile.TemporaryDirectory(prefix="majani-") as work:
                outcomes.append(
                    run(fault, work=Path(work), bundle=CURRENT_DIR, photos=photos, seconds=arguments.seconds)
                )
            print(shown(fault.name, outcomes[-1].report), flush=True)
        with tempfile.TemporaryDirectory(prefix="majani-") as work:
            counted = count_let_through(work=Path(work), bundle=CURRENT_DIR, photo=photos[0])
    except NotHereError as error:
        print(error)
        return 1
    print(f"a limit of {LIMIT} cases let {dict(counted.statuses)} through, by replica {counted.let_through}")
    is_good = counted.is_good and all(outcome.report.is_good for outcome in outcomes)
    if arguments.record and not arguments.only:
        record(figures(outcomes, counted))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
