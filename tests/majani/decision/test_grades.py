"""A grade says no more than its numbers."""

import pytest

from majani.decision.grades import Grade, grade


@pytest.mark.parametrize(
    ("numbers", "conditions", "needed", "given", "length"),
    [
        ((0.82, 0.9, 0.95), 4, 0.8, Grade.MOST_LIKELY, 1),
        ((0.8, 0.9, 0.95), 4, 0.8, Grade.MOST_LIKELY, 2),
        ((0.89, 0.9, 0.95), 4, 0.9, Grade.PROBABLY, 2),
        ((1.0, 1.0, 1.0), 4, 2.0, Grade.PROBABLY, 2),
        ((0.79, 0.9, 0.95), 4, 0.8, Grade.PROBABLY, 2),
        ((0.6, 0.79, 0.95), 4, 0.8, Grade.PROBABLY, 3),
        ((0.59, 0.82, 0.95), 4, 0.8, Grade.ONE_OF, 2),
        ((0.3, 0.4, 0.5), 9, 0.8, Grade.ONE_OF, 3),
        ((0.3, 0.4, 0.49), 9, 0.8, Grade.NOT_CLEAR, 3),
        ((0.5, 1.0, 1.0), 2, 0.8, Grade.ONE_OF, 2),
        ((1.0, 1.0, 1.0), 1, 0.8, Grade.NOT_CLEAR, 1),
    ],
)
def test_the_grade_and_the_shortest_list(
    numbers: tuple[float, ...], conditions: int, needed: float, given: Grade, length: int
) -> None:
    assert grade(numbers, conditions=conditions, needed=needed) == (given, length)


@pytest.mark.parametrize(("number", "given"), [(0.9, Grade.MOST_LIKELY), (0.8, Grade.PROBABLY), (0.79, Grade.ONE_OF)])
def test_healthy_is_not_probable_where_a_disease_is(number: float, given: Grade) -> None:
    assert grade((number, 0.9, 0.95), conditions=4, needed=0.86, healthy=True).grade is given
    assert grade((0.79, 0.9, 0.95), conditions=4).grade is Grade.PROBABLY
