"""What a full run publishes."""

from collections.abc import Sequence

from benchmarks.harness.measured import measured
from benchmarks.replicas.rate_limit import LIMIT, SENT, Counted
from benchmarks.replicas.run import Outcome
from training.figures import Figure

COMMAND = "python -m benchmarks.replicas --record"
_ON = "a replica, nginx or Redis fails"
_OFF = "PostgreSQL or the object store fails"


def figures(outcomes: Sequence[Outcome], counted: Counted) -> dict[str, Figure]:
    """Sum up, whatever was found: a figure that cannot be bad says nothing."""
    reports = [one.report for one in outcomes]
    cases = sum(one.acknowledged for one in reports)
    lost = sum(len(one.truth.lost) for one in reports)
    twice = sum(len(one.truth.duplicated) for one in reports)

    def of_cases(title: str, value: float, unit: str) -> Figure:
        return measured(title, value, unit, n=cases, command=COMMAND)

    def longest(title: str, *, stops_keeping: bool) -> Figure:
        those = [one.report for one in outcomes if one.fault.stops_keeping is stops_keeping]
        return measured(title, round(max(one.waited_s for one in those), 1), "s", n=len(those), command=COMMAND)

    return {
        "replicas.lost": of_cases(f"{len(reports)} faults of two replicas: acknowledged cases lost", lost, "cases"),
        "replicas.twice": of_cases(f"{len(reports)} faults of two replicas: cases kept twice", twice, "cases"),
        "replicas.recovery": longest(f"{_ON}: longest time without a kept case", stops_keeping=False),
        "replicas.recovery_storage": longest(
            f"{_OFF}: longest time from its return to a kept case", stops_keeping=True
        ),
        "replicas.bad": measured(
            f"{len(reports)} faults of two replicas: not survived as they should have been",
            sum(not one.is_good for one in reports),
            "faults",
            n=len(reports),
            command=COMMAND,
        ),
        "replicas.failed_share": _failed(f"{_ON}: requests that clients saw fail meanwhile", outcomes, False),
        "replicas.failed_share_storage": _failed(f"{_OFF}: requests that clients saw fail meanwhile", outcomes, True),
        "replicas.rate_limit": measured(
            f"cases of one sender that two replicas let through of a limit of {LIMIT}",
            counted.statuses.get(201, 0),
            "cases",
            n=SENT,
            command=COMMAND,
        ),
    }


def _failed(title: str, outcomes: Sequence[Outcome], stops_keeping: bool) -> Figure:
    those = [one for one in outcomes if one.fault.stops_keeping is stops_keeping]
    requests = sum(one.requests for one in those)
    share = 100 * sum(one.failed for one in those) / requests
    return measured(title, round(share, 1), "%", n=requests, command=COMMAND)
