"""From outcomes to figures, with made-up ones whose answer is known."""

from benchmarks.faults.report import Report
from benchmarks.faults.truth import Truth
from benchmarks.replicas.faults import FAULTS
from benchmarks.replicas.figures import figures
from benchmarks.replicas.rate_limit import LIMIT, SENT, Counted
from benchmarks.replicas.run import Outcome

SOUND, LOSING = Truth([], [], 0, 0), Truth(["a", "b"], ["c"], 0, 0)
[ON] = [fault for fault in FAULTS if fault.name == "replica_killed"]
[OFF] = [fault for fault in FAULTS if fault.name == "s3_away"]


def test_faults_of_replicas_and_of_storage_are_told_apart() -> None:
    outcomes = [
        Outcome(ON, Report(100, {}, 0.4, 1, SOUND), requests=90, failed=0),
        Outcome(ON, Report(50, {"503 busy": 1}, 2.5, 1, LOSING), requests=10, failed=1),
        Outcome(OFF, Report(30, {"503 busy": 40}, 7.0, 1, SOUND), requests=50, failed=40),
    ]
    found = figures(outcomes, Counted({201: LIMIT + 1, 429: 7}, [1, LIMIT]))
    assert {key: (figure.value, figure.n) for key, figure in found.items()} == {
        "replicas.lost": (2, 180),
        "replicas.twice": (1, 180),
        "replicas.bad": (1, 3),
        "replicas.recovery": (2.5, 2),
        "replicas.recovery_storage": (7.0, 1),
        "replicas.failed_share": (1.0, 100),
        "replicas.failed_share_storage": (80.0, 50),
        "replicas.rate_limit": (LIMIT + 1, SENT),
    }
