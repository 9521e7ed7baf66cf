"""Whether replicas count together: how many of a limit's cases they let through between them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.asking import ask
from benchmarks.harness.service import WORKERS
from benchmarks.replicas.scene import REPLICAS, run_cluster

LIMIT = 20
# More than if each process counted for itself.
SENT = LIMIT * REPLICAS * WORKERS + LIMIT
_ROUTE = "/v1/diagnoses"


@dataclass(frozen=True)
class Counted:
    """The counted answers to the cases."""

    statuses: Mapping[int, int]  # As their sender saw them, and how often
    let_through: Sequence[int]  # By each replica

    @property
    def is_good(self) -> bool:
        """Whether exactly the limit was let through, by more than one replica, and the rest was refused."""
        return self.statuses == {201: LIMIT, 429: SENT - LIMIT} and min(self.let_through) > 0


def count_let_through(*, work: Path, bundle: Path, photo: bytes) -> Counted:
    """Send more cases than a limit allows through nginx, each with the claim to come from another sender."""
    with run_cluster(work, bundle, {"MAJANI_RATE_LIMIT": f"{LIMIT} per hour"}) as cluster:
        port = cluster.proxy.port
        statuses = Counter(
            ask(port, "POST", _ROUTE, photo, {"X-Forwarded-For": f"198.51.100.{number}"})[0] for number in range(SENT)
        )
    through = [service.answers().count((201, _ROUTE)) for service in cluster.services]
    return Counted(statuses, through)
