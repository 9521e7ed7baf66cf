"""Many cases at once come to what the answer's own decision makes of each."""

import numpy as np
import pandas as pd
import pytest

from majani.decision.rules import Outcome, apply_crop_hint, decide, pool
from majani.model.bundle import Situation
from majani.model.head import Answers
from tests.tiny_bundle import tiny_bundle_with_situations
from training.calibration.situations import WRONG_HINTS, Hint, Place, case_table, cases_of_one_plant, named_crops

MANIFEST = tiny_bundle_with_situations().manifest
IDS = tuple(entry.id for entry in MANIFEST.classes)
PHOTOS = 1500
# One with wrong crops that the photos contradict, and others.
SEED = 4
TRUTH = np.arange(PHOTOS) % (len(IDS) - 2)
BELIEFS = np.random.default_rng(1).dirichlet(np.full(len(IDS), 0.3), size=PHOTOS).astype(np.float32)
# Most photos are of what they look like.
BELIEFS[PHOTOS // 4 :] = 0.03 * BELIEFS[PHOTOS // 4 :] + 0.97 * np.eye(len(IDS), dtype=np.float32)[TRUTH[PHOTOS // 4 :]]
REFUSED = (Outcome.UNKNOWN_PLANT, Outcome.NOT_A_PLANT)


@pytest.mark.parametrize("situation", [None, *Situation])
def test_every_case_is_decided_as_in_the_answer(situation: Situation | None) -> None:
    rules = MANIFEST.rules
    truth = np.array(IDS)[TRUTH]
    # Photos that lie so far apart are of one condition.
    plants = [str(number % (PHOTOS // 3)) for number in range(PHOTOS)]
    rows = pd.DataFrame({"class_id": truth, "source": "a", "group": plants})
    table = case_table(Place("a", Answers(IDS, BELIEFS), rows), situation, hint=Hint.of(rules), seed=SEED)
    is_several = situation in (Situation.SEVERAL_PHOTOS, Situation.CROP_NAMED_SEVERAL_PHOTOS)
    members = cases_of_one_plant(rows, seed=SEED) if is_several else [(number,) for number in range(PHOTOS)]
    seen = set()
    for photos, case in zip(members, table.itertuples(), strict=True):
        crop = case.named or None
        belief = apply_crop_hint(pool([BELIEFS[photo] for photo in photos]), manifest=MANIFEST, crop=crop)
        decision = decide(belief, manifest=MANIFEST, photos=len(photos), crop=crop)
        is_refused = case.rejected >= rules.thresholds.reject
        assert is_refused == (decision.outcome in REFUSED)
        assert case.truth == truth[photos[0]]
        is_contradicted = decision.coarse is not None and crop not in (decision.coarse.crop, None)
        assert is_refused or case.contradicted == is_contradicted
        assert (case.best, case.confidence) == (
            decision.candidates[0].id,
            pytest.approx(decision.candidates[0].probability, abs=1e-6),
        )
        threshold = rules.of_case(photos=len(photos), crop_named=crop is not None).threshold(case.best)
        is_named = not is_refused and not case.contradicted and case.confidence >= threshold
        assert decision.condition == (case.best if is_named else None)
        seen.add((is_named, bool(case.contradicted), crop not in (case.crop, None)))
    names_crop = situation is not None and situation.names_crop
    assert {contradicted for _, contradicted, is_wrong in seen if is_wrong} == ({False, True} if names_crop else set())
    assert seen >= {(True, False, False), (False, False, False)}


def test_several_photos_are_of_one_plant() -> None:
    rows = pd.DataFrame({"class_id": "bean.rust", "source": "a", "group": [*"abbcccdddddddd"]})
    members = cases_of_one_plant(rows, seed=1)
    assert [set(rows["group"][list(photos)]) for photos in members] == [{"b"}, {"c"}, {"d"}]
    assert all(2 <= len(set(photos)) == len(photos) <= 5 for photos in members)


def test_few_senders_name_another_crop() -> None:
    named = named_crops(pd.Series(["bean.rust"] * 20_000), IDS, seed=1)
    # Half of the wrong ones draw the true crop by chance.
    assert (named != "bean").mean() == pytest.approx(WRONG_HINTS / 2, abs=0.004)
