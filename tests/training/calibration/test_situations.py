"""Many cases at once come to what the answer's own rules make of one."""

import numpy as np
import pandas as pd
import pytest

from majani.decision.rules import apply_crop_hint
from tests.tiny_bundle import tiny_bundle
from training.calibration.situations import WRONG_HINTS, hinted, named_crops

MANIFEST = tiny_bundle().manifest
IDS = tuple(entry.id for entry in MANIFEST.classes)
BELIEFS = np.random.default_rng(1).dirichlet(np.full(len(IDS), 0.3), size=30).astype(np.float32)


def test_hints_are_those_of_the_answer() -> None:
    crops = np.array(["bean", "tomato"] * 15)
    rules = MANIFEST.model_copy(update={"rules": MANIFEST.rules.model_copy(update={"hint_factor": 0.03})})
    expected = [apply_crop_hint(one, manifest=rules, crop=str(crop)) for one, crop in zip(BELIEFS, crops, strict=True)]
    assert np.allclose(hinted(BELIEFS, IDS, crops, 0.03), expected, atol=1e-6)


def test_few_senders_name_another_crop() -> None:
    named = named_crops(pd.Series(["bean.rust"] * 20_000), IDS, seed=1)
    # Half of the wrong ones draw the true crop by chance.
    assert (named != "bean").mean() == pytest.approx(WRONG_HINTS / 2, abs=0.004)
