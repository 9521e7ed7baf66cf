"""The photos of one plant become one belief."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from majani.decision.rules import pool, pool_cases
from majani.errors import CaseError, ErrorCode
from majani.model.predictor import Floats
from tests.majani.conftest import refused
from tests.majani.decision.beliefs import IDS, vectors


@pytest.mark.parametrize(
    ("photos", "expected"),
    [
        ([[0.2, 0.3, 0.5]], [0.2, 0.3, 0.5]),
        ([[0.8, 0.2], [0.2, 0.8]], [0.5, 0.5]),
        ([[0.9, 0.1], [0.5, 0.5]], [0.75, 0.25]),
        ([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1]], [0.9, 0.1]),
        ([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.5]),
        # A zero is one in a thousand million, so its square root weighs against 1.
        ([[1.0, 0.0], [0.5, 0.5]], [1 / (1 + 1e-9**0.5), 1e-9**0.5 / (1 + 1e-9**0.5)]),
    ],
    ids=["one photo", "contradiction", "geometric mean", "agreement", "certain contradiction", "zero"],
)
def test_it_is_the_normalised_geometric_mean(photos: list[list[float]], expected: list[float]) -> None:
    pooled = pool([np.array(photo, dtype=np.float32) for photo in photos])
    assert pooled.dtype == np.float32
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)


def test_of_many_cases_it_is_that_of_each() -> None:
    cases = np.random.default_rng(1).dirichlet(np.ones(4), size=(2, 5, 3)).astype(np.float32)
    each = [[pool(list(photos)) for photos in row] for row in cases]
    np.testing.assert_allclose(pool_cases(cases), each, rtol=1e-6)


def test_of_nothing_it_is_refused() -> None:
    with refused(CaseError, ErrorCode.CASE_EMPTY):
        pool([])


@given(
    photos=st.lists(vectors(), min_size=1, max_size=5),
    shuffle=st.randoms(use_true_random=False),
    order=st.permutations(range(len(IDS))),
)
def test_it_sums_to_one_in_any_order_of_photos_and_classes(
    photos: list[Floats], shuffle: Random, order: list[int]
) -> None:
    pooled, shuffled = pool(photos), list(photos)
    shuffle.shuffle(shuffled)
    assert (pooled >= 0).all()
    assert pooled.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(pool([photo[order] for photo in shuffled]), pooled[order], atol=1e-6)
