"""What a full run publishes."""

from collections.abc import Sequence

from benchmarks.harness.measured import measured_all
from benchmarks.replicas.rate_limit import LIMIT, SENT, Counted
from benchmarks.replicas.run import Outcome
from training.figures import Figure

COMMAND = "python -m benchmarks.replicas --record"


def figures(outcomes: Sequence[Outcome], counted: Counted) -> dict[str, Figure]:
    """Sum up, whatever was found: a figure that cannot be bad says nothing."""
    reports = [one.report for one in outcomes]
    count, cases = len(reports), sum(one.acknowledged for one in reports)
    lost = sum(len(one.truth.lost) for one in reports)
    twice = sum(len(one.truth.duplicated) for one in reports)
    bad = sum(not one.is_good for one in reports)
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
        those = [one for one in outcomes if one.fault.stops_keeping is stops_keeping]
        requests, failed = sum(one.requests for one in those), sum(one.failed for one in those)
        longest_s = max(one.report.waited_s for one in those)
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
