from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from majani.model.head import Floats, LinearLayer
from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE
from tests.training.seen import table_of
from training.artifacts.embeddings import EmbeddingTable, read_embeddings, write_embeddings
from training.artifacts.files import OUTLIER
from training.calibration.head import (
    fit_calibrated_head,
    fit_head,
    learned_by_heads,
    refit_classes,
    within_class_scaling,
)
from training.settings import read_params

Truth = npt.NDArray[np.intp]
WIDTH = 16
CLASSES = ("bean.rust", "bean.healthy", "pea.rust", *REJECT_CLASSES)


def seen_photos(per_class: int = 40, *, seed: int = 1) -> EmbeddingTable:
    """Photos of four classes (no "not a plant"), each around its own corner; peas only in the laboratory."""
    random = np.random.default_rng(seed)
    shown = [(at, number) for at in range(4) for number in range(per_class)]
    return table_of(
        np.array([np.eye(WIDTH)[at] * 4 + random.normal(scale=0.7, size=WIDTH) for at, _ in shown]),
        network="network",
        photo=[f"{CLASSES[at]}/{number}" for at, number in shown],
        sha256=[f"{at:x}f{number:03}" for at, number in shown],
        class_id=[CLASSES[at] for at, _ in shown],
        domain=["lab" if CLASSES[at].startswith("pea") else "field" for at, _ in shown],
        split=["val" if number % 4 == 0 else "train" for _, number in shown],
    )


def learned() -> tuple[EmbeddingTable, Truth, LinearLayer]:
    """What was seen, which class each photo shows, and a head that has learned it."""
    seen = seen_photos()
    truth = np.array([CLASSES.index(row) for row in seen.rows["class_id"]])
    return seen, truth, fit_head(seen.embeddings, truth, np.ones(len(truth)), classes=len(CLASSES), strength=1.0)


def test_a_class_that_no_photo_shows_is_ruled_out() -> None:
    seen, truth, head = learned()
    logits = head.output(seen.embeddings).logits
    assert (logits.argmax(axis=1) == truth).mean() > 0.95
    assert (logits[:, 4] < logits[:, :4].min(axis=1)).all()


def test_photos_that_count_more_decide() -> None:
    embeddings = np.zeros((20, WIDTH), dtype=np.float32)
    truth = np.array([0] * 10 + [1] * 10)
    heavy = np.array([1.0] * 10 + [9.0] * 10)
    head = fit_head(embeddings, truth, heavy, classes=2, strength=1.0)
    assert head.bias[1] - head.bias[0] == pytest.approx(np.log(9), abs=0.01)


def test_a_class_that_looks_otherwise_elsewhere_is_learned_and_the_others_stay() -> None:
    seen, truth, head = learned()
    weights = np.ones(len(truth))
    elsewhere = np.where(truth[:, None] == 0, np.roll(seen.embeddings, 8, axis=1), seen.embeddings)
    scaling = within_class_scaling(seen, smoothing=3.0)
    classes = np.array([0])
    after = refit_classes(head, elsewhere, truth, weights, 0 * weights, classes=classes, strength=1.0, scaling=scaling)
    assert (head.output(elsewhere).logits.argmax(axis=1) == truth).mean() < 0.9
    assert (after.output(elsewhere).logits.argmax(axis=1) == truth).mean() > 0.95
    assert (after.weights[1:] == head.weights[1:]).all()
    assert (after.bias[1:] == head.bias[1:]).all()


def test_conditions_can_be_told_from_each_other_without_taking_photos_of_others() -> None:
    seen, truth, head = learned()
    weights = np.ones(len(truth))
    classes = np.array([0, 1])
    is_own = np.isin(truth, classes)
    # Where rust and healthy beans look alike but for one direction, and like peas.
    alike = np.where(is_own[:, None], np.eye(WIDTH)[2] * 4, seen.embeddings).astype(np.float32)
    alike[truth == 0, 7] += 0.3

    def refitted(more: float) -> Floats:
        after = refit_classes(
            head, alike, truth, weights, more * is_own, classes=classes, strength=1.0, scaling=np.eye(WIDTH, dtype="f4")
        )
        return after.output(alike[is_own]).logits

    plain, more = refitted(0), refitted(50)
    rust = truth[is_own] == 0
    assert (more[:, :2].argmax(axis=1) == truth[is_own]).mean() > 0.99
    told, usual = (np.where(rust, row[:, 0] - row[:, 1], row[:, 1] - row[:, 0]).mean() for row in (more, plain))
    assert told > 2 * usual
    pulled = np.diff([np.logaddexp(row[:, 0], row[:, 1]).mean() - row[:, 2].mean() for row in (plain, more)])
    assert pulled[0] < 0


def test_what_differs_within_a_condition_counts_less() -> None:
    seen = seen_photos(400)
    noisy = seen.embeddings.copy()
    noisy[:, 5] += np.random.default_rng(2).normal(scale=7, size=len(noisy))
    scaling = within_class_scaling(EmbeddingTable(seen.rows, noisy), smoothing=0.5)
    assert scaling[5, 5] < 0.5 * np.delete(np.diag(scaling), 5).min()
    # The corners of the classes are between conditions, so they count as much as any other direction.
    assert np.diag(scaling)[:4] == pytest.approx(np.diag(scaling)[6:10], rel=0.2)


def test_only_field_photos_calibrate_and_only_training_photos_teach() -> None:
    seen = seen_photos()
    params = read_params(PARAMS_FILE).calibrate
    before = fit_calibrated_head(seen, CLASSES, params)
    is_pea_val = (seen.rows["class_id"] == "pea.rust") & (seen.rows["split"] == "val")
    spoilt = seen.embeddings.copy()
    spoilt[is_pea_val] = 0
    after = fit_calibrated_head(EmbeddingTable(seen.rows, spoilt), CLASSES, params)
    assert after.calibration.temperature == before.calibration.temperature
    assert (after.layer.weights == before.layer.weights).all()
    answers = before.answers(seen.embeddings)
    assert answers.probabilities.sum(axis=1) == pytest.approx(np.ones(len(seen.rows)), abs=1e-5)
    assert seen.lab_only() == {"pea.rust"}


def test_what_was_seen_is_kept_whole(tmp_path: Path) -> None:
    seen = seen_photos()
    write_embeddings(seen, tmp_path / "new/seen.npz")
    found = read_embeddings(tmp_path / "new/seen.npz")
    pd.testing.assert_frame_equal(found.rows, seen.rows)
    assert found.network == "network"
    assert np.abs(found.embeddings - seen.embeddings).max() < 0.01
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["seen.npz"]


def with_outliers(*sources: tuple[str, int], photos: int = 40) -> EmbeddingTable:
    """The four classes, and photos of sources that lie towards corners of their own."""
    seen, random = seen_photos(), np.random.default_rng(2)
    for name, corner in sources:
        of = seen.rows.head(photos).assign(photo=name, source=name, class_id="unknown_plant", split=OUTLIER, weight=0.0)
        embeddings = np.eye(WIDTH)[corner] * 4 + random.normal(scale=0.7, size=(photos, WIDTH))
        seen = seen.and_also(EmbeddingTable(of, embeddings.astype(np.float32)))
    return seen


def test_a_head_learns_outliers_that_no_training_photo_is_like_and_keeps_the_rest() -> None:
    params = read_params(PARAMS_FILE).calibrate.model_copy(update={"novelty_logits": 0.0, "outlier_share": 0.5})
    seen = with_outliers(("rice", 8), ("gravel", 9))
    rice = (seen.rows["source"] == "rice").to_numpy()
    refused = {}
    for name, learned in (("none", seen_photos()), ("gravel", seen.where(~rice)), ("both", seen)):
        head = fit_calibrated_head(learned, CLASSES, params)
        refused[name] = head.answers(seen.embeddings[rice]).probabilities[:, -2:].sum(axis=1)
        known = head.answers(seen_photos(seed=5).embeddings).best()
        assert np.mean([one == truth for one, truth in zip(known, seen_photos().rows["class_id"], strict=True)]) > 0.95
    assert refused["none"].mean() < 0.5
    assert refused["both"].mean() > 0.95
    assert refused["gravel"].mean() < refused["both"].mean()


def test_all_sources_of_outliers_weigh_alike_and_little() -> None:
    params = read_params(PARAMS_FILE).calibrate.model_copy(update={"outlier_share": 0.1})
    gravel = with_outliers(("gravel", 9), photos=10)
    seen = with_outliers(("rice", 8)).and_also(gravel.where(gravel.rows["source"] == "gravel"))
    rows = learned_by_heads(seen, params).rows
    weights = rows.groupby("source")["weight"].sum()
    assert weights["rice"] == pytest.approx(weights["gravel"])
    assert weights["rice"] + weights["gravel"] == pytest.approx(0.1 * weights["a"])
    assert set(rows["split"]) == {"train", OUTLIER}


@pytest.mark.parametrize("balance", [0.0, 0.25, 1.0])
def test_a_class_of_a_source_weighs_as_the_balance_says(balance: float) -> None:
    params = read_params(PARAMS_FILE).calibrate.model_copy(update={"head_balance": balance})
    seen = seen_photos()
    first = (seen.rows["class_id"] == CLASSES[0]).to_numpy() & (seen.rows["split"] == "train").to_numpy()
    more = seen.where(first)
    rows = learned_by_heads(seen.and_also(more).and_also(more).and_also(more), params).rows
    of = rows[rows["split"] == "train"].groupby("class_id")["weight"].sum()
    counts = seen.rows[seen.rows["split"] == "train"].groupby("class_id").size()
    expected = 4 ** (1 - balance) * (counts[CLASSES[0]] / counts[CLASSES[1]]) ** (1 - balance)
    assert of[CLASSES[0]] / of[CLASSES[1]] == pytest.approx(expected)
