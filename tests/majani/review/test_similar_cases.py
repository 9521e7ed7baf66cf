"""Waiting photos are kin to corrected ones, as far as these are alike, wrong and rare."""

import numpy as np
import pytest

from majani.model.predictor import Floats
from majani.review.reference_photos import NEIGHBOURS
from majani.review.similar_cases import ReviewedPhotos, similarity_to_corrected


def around(direction: list[float], count: int, seed: int) -> Floats:
    noise = np.random.default_rng(seed).normal(scale=0.05, size=(count, len(direction)))
    return np.asarray(np.array(direction) + noise, dtype=np.float32)


NEW, OLD = [1.0, 0.0, 0.2], [0.0, 1.0, 0.2]
# Two kinds of photos: what reviewers call rust the model took for healthy, and it was right about spots.
REVIEWED = ReviewedPhotos(
    np.concatenate([around(NEW, 6, 1), around(OLD, 6, 2)]), ["rust"] * 6 + ["spot"] * 6, ["healthy"] * 6 + ["spot"] * 6
)


def test_what_looks_like_corrected_cases_is_kin() -> None:
    found = similarity_to_corrected(
        np.concatenate([around(NEW, 3, 3), around(OLD, 3, 4)]), REVIEWED, rarity=lambda _: 1.0
    )
    assert found == pytest.approx([1, 1, 1, 0, 0, 0])


def test_what_the_model_got_right_has_no_kin() -> None:
    right = ReviewedPhotos(REVIEWED.embeddings, REVIEWED.labels, REVIEWED.labels)
    assert not similarity_to_corrected(around(NEW, 3, 3), right, rarity=lambda _: 1.0).any()


def test_where_all_was_corrected_nothing_is_more_alike_than_the_rest() -> None:
    corrected = ReviewedPhotos(REVIEWED.embeddings[:6], REVIEWED.labels[:6], REVIEWED.answered[:6])
    assert not similarity_to_corrected(
        np.concatenate([around(NEW, 2, 3), around(OLD, 2, 4)]), corrected, rarity=lambda _: 1.0
    ).any()


def test_neighbours_with_another_label_are_no_kin() -> None:
    labels = ["rust", "blight", "rust", "blight", "blight", *["spot"] * 6]
    embeddings = np.concatenate([around(NEW, 5, 1), around(OLD, 6, 2)])
    (found,) = similarity_to_corrected(
        embeddings[:1], ReviewedPhotos(embeddings, labels, ["spot"] * 11), rarity=lambda _: 1.0
    )
    assert found == pytest.approx((2 / NEIGHBOURS - 2 / 11) / (1 - 2 / 11))
