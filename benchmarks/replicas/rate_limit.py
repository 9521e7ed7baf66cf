"""Whether replicas count together: how many of a limit's cases they let through between them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.harness.service import WORKERS
from benchmarks.replicas.scene import REPLICAS, Cluster, run_cluster

LIMIT = 20
# More than if each process counted for itself.
SENT = LIMIT * REPLICAS * WORKERS + LIMIT
_TIMEOUT_S = 30
_ROUTE = "/v1/diagnoses"


@dataclass(frozen=True)
class Counted:
    """What became of the cases."""

    statuses: Mapping[int, int]  # As their sender saw them, and how often
    let_through: Sequence[int]  # By each replica

    @property
    def is_good(self) -> bool:
        """Whether exactly the limit was let through, by more than one replica, and the rest was refused."""
        return self.statuses == {201: LIMIT, 429: SENT - LIMIT} and min(self.let_through) > 0


def count(*, work: Path, bundle: Path, photo: bytes) -> Counted:
    """Send more cases than a limit allows through nginx, each with the claim to come from somebody else."""
    with run_cluster(work, bundle, {"MAJANI_RATE_LIMIT": f"{LIMIT} per hour"}) as cluster:
        statuses = Counter(_send(cluster, photo, f"198.51.100.{number}") for number in range(SENT))
    through = [service.answers().count((201, _ROUTE)) for service in cluster.services]
    return Counted(statuses, through)


def _send(cluster: Cluster, photo: bytes, claimed: str) -> int:
    connection = HTTPConnection("127.0.0.1", cluster.proxy.port, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", _ROUTE, photo, {"Content-Type": "image/jpeg", "X-Forwarded-For": claimed})
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer.status
