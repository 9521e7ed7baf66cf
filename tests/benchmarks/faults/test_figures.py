"""What a full run publishes is what it found, good or not."""

from benchmarks.faults.__main__ import figures
from benchmarks.faults.clients import GIVE_UP_S
from benchmarks.faults.report import Report
from benchmarks.faults.truth import Truth

SOUND, LOSING = Truth([], [], 0, 0), Truth(["a", "b"], ["c"], 0, 0)


def test_what_was_lost_and_what_never_came_back_is_published() -> None:
    found = figures(
        {
            "survived": Report(100, {}, 1.4, 1, SOUND),
            "losing": Report(50, {}, 0.2, 1, LOSING),
            "for ever": Report(10, {}, None, 1, SOUND, ["recovered after None s"]),
        }
    )
    assert {key: (figure.value, figure.n) for key, figure in found.items()} == {
        "faults.lost": (2, 160),
        "faults.duplicated": (1, 160),
        "faults.recovery": (GIVE_UP_S, 3),
        "faults.bad": (2, 3),
    }
