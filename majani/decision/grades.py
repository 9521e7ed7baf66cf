"""How plainly a condition is said: four grades, by the calibrated numbers of the likeliest one, two and three.

Pure functions over numbers, without wording.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

# Right so often, a name is said as most likely, and a list is long enough.
MOST_LIKELY = 0.8
PROBABLY = 0.6
# Of a list of three that is right less often, nothing is clear.
CLEAR = 0.5
MOST_IN_A_LIST = 3


class Grade(StrEnum):
    """From the plainest."""

    MOST_LIKELY = "most_likely"
    PROBABLY = "probably"
    ONE_OF = "one_of"
    NOT_CLEAR = "not_clear"


class Graded(NamedTuple):
    """A grade, and how many of the likeliest conditions stand in the list."""

    grade: Grade
    length: int


def grade(numbers: Sequence[float], *, conditions: int) -> Graded:
    """The grade of a plant of a crop.

    Args:
        numbers: Probability, 0..1, that the truth is among the likeliest one, two and three, if the crop's conditions
            hold it; rising.
        conditions: Of the crop. Of fewer than three, what looks like none of the others is soon taken for one.
    """
    if conditions < 2:
        return Graded(Grade.NOT_CLEAR, conditions)
    enough = (size for size, number in enumerate(numbers, start=1) if number >= MOST_LIKELY)
    length = min(next(enough, MOST_IN_A_LIST), MOST_IN_A_LIST, conditions)
    if conditions < 3:
        length = 2
    if numbers[0] >= MOST_LIKELY and conditions > 2:
        return Graded(Grade.MOST_LIKELY, length)
    if numbers[0] >= PROBABLY:
        return Graded(Grade.PROBABLY, length)
    return Graded(Grade.ONE_OF if numbers[-1] >= CLEAR else Grade.NOT_CLEAR, length)
