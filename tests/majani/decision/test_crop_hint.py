"""What the farmer says that it is weakens other crops, and rules nothing out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from majani.decision.rules import (
    apply_crop_hint,
)
from majani.errors import CaseError, ErrorCode
from majani.model.predictor import Floats
from tests.majani.decision.beliefs import MANIFEST, belief, rules_manifest, vectors


class TestCropHint:
    def test_weakens_other_crops_only(self) -> None:
        hinted = apply_crop_hint(
            belief(bean__rust=0.25, tomato__late_blight=0.5, unknown_plant=0.125, not_a_plant=0.125),
            manifest=MANIFEST,
            crop="bean",
        )
        assert hinted.dtype == np.float32
        np.testing.assert_allclose(
            hinted, belief(bean__rust=2, tomato__late_blight=1, unknown_plant=1, not_a_plant=1) / 5, rtol=1e-6
        )

    def test_rules_nothing_out(self) -> None:
        certain = belief(tomato__healthy=1)
        np.testing.assert_array_equal(apply_crop_hint(certain, manifest=MANIFEST, crop="bean"), certain)

    def test_absent_changes_nothing(self) -> None:
        unsure = belief(bean__rust=0.5, tomato__healthy=0.5)
        np.testing.assert_array_equal(apply_crop_hint(unsure, manifest=MANIFEST, crop=None), unsure)

    @pytest.mark.parametrize("crop", ["maize", "", "unknown_plant", "Bean"])
    def test_of_an_unknown_crop_is_refused(self, crop: str) -> None:
        with pytest.raises(CaseError) as caught:
            apply_crop_hint(belief(bean__rust=1), manifest=MANIFEST, crop=crop)
        assert caught.value.code == ErrorCode.CROP_UNKNOWN

    @given(before=vectors(), crop=st.sampled_from(["bean", "tomato"]))
    def test_never_lowers_what_it_hints_at(self, before: Floats, crop: str) -> None:
        after = apply_crop_hint(before, manifest=MANIFEST, crop=crop)
        is_other = np.array([entry.crop not in (crop, None) for entry in MANIFEST.classes])
        assert after.sum() == pytest.approx(1, abs=1e-5)
        assert (after[~is_other] >= before[~is_other] - 1e-6).all()
        assert after[is_other].sum() <= before[is_other].sum() + 1e-6

    @given(before=vectors(), factors=st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)).map(sorted))
    def test_the_smaller_the_factor_the_more_mass_for_the_hinted_crop(
        self, before: Floats, factors: list[float]
    ) -> None:
        strong, weak = (
            apply_crop_hint(before, manifest=rules_manifest(hint_factor=one), crop="bean")[
                [entry.crop == "bean" for entry in MANIFEST.classes]
            ].sum()
            for one in factors
        )
        assert strong >= weak - 1e-6

    @given(before=vectors())
    def test_of_factor_one_changes_nothing(self, before: Floats) -> None:
        after = apply_crop_hint(before, manifest=rules_manifest(hint_factor=1), crop="bean")
        np.testing.assert_allclose(after, before, atol=1e-6)
