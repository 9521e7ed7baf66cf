"""The photos of one plant become one belief."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from majani.decision.rules import pool, pool_cases
from majani.errors import CaseError, ErrorCode
from majani.model.predictor import Floats
from tests.majani.decision.beliefs import IDS, vectors


class TestPool:
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
    def test_is_the_normalised_geometric_mean(self, photos: list[list[float]], expected: list[float]) -> None:
        pooled = pool([np.array(photo, dtype=np.float32) for photo in photos])
        assert pooled.dtype == np.float32
        np.testing.assert_allclose(pooled, expected, rtol=1e-5)

    def test_of_many_cases_is_that_of_each(self) -> None:
        cases = np.random.default_rng(1).dirichlet(np.ones(4), size=(2, 5, 3)).astype(np.float32)
        each = [[pool(list(photos)) for photos in row] for row in cases]
        np.testing.assert_allclose(pool_cases(cases), each, rtol=1e-6)

    def test_of_nothing_is_refused(self) -> None:
        with pytest.raises(CaseError) as caught:
            pool([])
        assert caught.value.code == ErrorCode.CASE_EMPTY

    @given(photos=st.lists(vectors(), min_size=1, max_size=5))
    def test_sums_to_one_and_is_finite(self, photos: list[Floats]) -> None:
        pooled = pool(photos)
        assert np.isfinite(pooled).all()
        assert (pooled >= 0).all()
        assert pooled.sum() == pytest.approx(1, abs=1e-5)

    @given(photos=st.lists(vectors(), min_size=2, max_size=5), shuffle=st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_photos(self, photos: list[Floats], shuffle: Random) -> None:
        shuffled = list(photos)
        shuffle.shuffle(shuffled)
        np.testing.assert_allclose(pool(shuffled), pool(photos), atol=1e-6)

    @given(photos=st.lists(vectors(), min_size=1, max_size=3), order=st.permutations(range(len(IDS))))
    def test_does_not_depend_on_the_order_of_classes(self, photos: list[Floats], order: list[int]) -> None:
        np.testing.assert_allclose(pool([photo[order] for photo in photos]), pool(photos)[order], atol=1e-6)
