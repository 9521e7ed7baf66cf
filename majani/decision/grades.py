"""How plainly a condition is said: four grades, by the calibrated numbers of the likeliest one, two and three.

Pure functions over numbers, without wording.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

# Right so often, a name is said as most likely, and a crop that nobody has named is clear.
MOST_LIKELY = 0.8
PROBABLY = 0.6
# A list is long enough: the least with which the truth is in it in 88 of 100 photos of places left out.
LISTED = 0.82
# Of a list of three that is right less often, nothing is clear.
CLEAR = 0.5
MOST_IN_A_LIST = 3


class Grade(StrEnum):
    """From the plainest."""

    MOST_LIKELY = "most_likely"
    PROBABLY = "probably"
    ONE_OF = "one_of"
    NOT_CLEAR = "not_clear"

    @property
    def is_name(self) -> bool:
        """Whether one condition is said by its name."""
        return self in (Grade.MOST_LIKELY, Grade.PROBABLY)


class Graded(NamedTuple):
    """A grade, and how many of the likeliest conditions stand in the list."""

    grade: Grade
    length: int


def probable_from(*, healthy: bool) -> float:
    """From where a name is probable; a sick leaf called healthy costs the most, so "healthy" needs more."""
    return MOST_LIKELY if healthy else PROBABLY


def grade(numbers: Sequence[float], *, conditions: int, needed: float = MOST_LIKELY, healthy: bool = False) -> Graded:
    """The grade of a plant of a crop.

    Args:
        numbers: Probability, 0..1, that the truth is among the likeliest one, two and three, if the crop's conditions
            hold it; rising.
        conditions: Of the crop.
        needed: From where the likeliest is most likely; beyond 1, never.
        healthy: Whether it is "healthy".
    """
    # A single condition has nothing to be told from.
    if conditions < 2:
        return Graded(Grade.NOT_CLEAR, conditions)
    enough = (size for size, number in enumerate(numbers, start=1) if number >= LISTED)
    length = min(next(enough, MOST_IN_A_LIST), conditions)
    if numbers[0] >= max(needed, MOST_LIKELY):
        return Graded(Grade.MOST_LIKELY, length)
    if numbers[0] >= probable_from(healthy=healthy):
        return Graded(Grade.PROBABLY, max(length, 2))
    return Graded(Grade.ONE_OF if numbers[-1] >= CLEAR else Grade.NOT_CLEAR, length)
