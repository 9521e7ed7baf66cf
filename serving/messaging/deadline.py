"""How long a delivery may take: a platform that is slow or fails must not keep its own delivery waiting.

Work is done while the platform waits for our 200, so the platform itself is the queue: what we did not get done it
delivers again, and we store nobody's number to come back to.
"""

import time

# Looking up, downloading, diagnosing and answering take about a second together; the rest is for second attempts.
FETCH_S = 6.0
REPLY_S = 4.0
# One more message is begun only if it can be finished. How long the platforms wait is not published.
DELIVERY_S = 20.0


class Deadline:
    """A moment that is still to come, or is not."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining_s(self) -> float:
        """Seconds left; 0 when it is too late."""
        return max(0.0, self._end - time.monotonic())
