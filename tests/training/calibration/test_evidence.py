"""Counts of offices make words bolder where that is true, silence what they refute, and cannot be forged."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from majani.decision.rules import right_of_ten
from majani.image.quality import QualityLimits
from majani.model.bundle import (
    CoarseThresholds,
    ConfidenceBand,
    DecisionRules,
    SetRule,
    Situation,
    SituationRules,
    Thresholds,
)
from majani.model.evidence import Count, Evidence, Level, rule_id
from majani.model.head import Answers, Head, LinearLayer
from majani.model.head_file import read_head
from majani.model.signature import make_key
from majani.taxonomy import REJECT_CLASSES
from tests.tiny_bundle import tiny_bundle_with_head
from tests.training.described import PARAMS_FILE
from training.calibration.evidence import OFFICES_FILE, EvidenceError, OfficeCount, read_evidence, with_evidence
from training.calibration.situations import Place
from training.settings import read_params

CLASSES = ("bean.rust", "bean.angular_leaf_spot", "bean.healthy", "bean.blight", *REJECT_CLASSES)
PARAMS = read_params(PARAMS_FILE).calibrate.model_copy(update={"answer_precision": 0.8})
RULE, EDGE = "0" * 16, 0.8
OWN_KEY, OTHER_KEY = make_key(), make_key()


def count(right: int, said: int, *, level: Level = Level.NAMED, rule: str = RULE, district: str = "") -> Count:
    edge = EDGE if level is Level.NAMED else 0
    return Count(
        **{"district": district, "crop": "bean", "situation": Situation.CROP_NAMED, "level": level, "rule": rule},
        **{"from_probability": edge, "said": said, "right": right},
    )


def field(name: str, right: float, *, sure: float = 0.9, photos: int = 60) -> Place:
    """So many photos of rust, of which the others look like spot; all as sure."""
    beliefs = np.full((photos, len(CLASSES)), (1 - sure) / (len(CLASSES) - 1), dtype=np.float32)
    hits = np.arange(photos) < right * photos
    beliefs[np.arange(photos), np.where(hits, 0, 1)] = sure
    groups = [f"{name} {number}" for number in range(photos)]
    return Place(
        name, Answers(CLASSES, beliefs), pd.DataFrame({"class_id": "bean.rust", "source": name, "group": groups})
    )


def rules(word: ConfidenceBand, **own: object) -> DecisionRules:
    usual = {"answer": 0.7, "per_class": {"bean.rust": 0.7}, "confidence_bands": (word,)}
    situation = SituationRules.model_validate(usual | own)
    return DecisionRules(
        thresholds=Thresholds(answer=0.7, reject=0.5, coarse=0.8),
        hint_factor=0.3,
        quality=QualityLimits(min_side_px=1, min_luminance=0, min_sharpness=0),
        situations={Situation.CROP_NAMED: situation},
    )


def joined(before: DecisionRules, counts: list[Count], places: list[Place]) -> SituationRules:
    told = [OfficeCount(f"office {number}", one) for number, one in enumerate(counts)]
    after = with_evidence(before, told, places, lambda *_: RULE, PARAMS)
    return (after.situations or {})[Situation.CROP_NAMED]


NONE = ConfidenceBand(min_probability=EDGE, right=0, answered=1)


def test_ten_offices_make_words_bolder_and_fields_that_were_not_there_keep_them() -> None:
    """Of simulated fields the true share is known."""
    random, mean, size = np.random.default_rng(1), 0.92, 30
    words: dict[str, list[int]] = {"places": [], "offices": []}
    kept = []
    for _ in range(25):
        shares = random.beta(mean * size, (1 - mean) * size, 37)
        places = [field(f"place {number}", share) for number, share in enumerate(shares[:6])]
        answers = 12
        counts = [count(int(random.binomial(answers, share)), answers) for share in shares[6:36]]
        # One office says as much of the places as nobody: a single answer.
        for by, said in (("places", [count(1, 1)]), ("offices", counts)):
            [band] = joined(rules(NONE), said, places).confidence_bands
            words[by].append(right_of_ten(band))
        kept.append(10 * shares[36] >= words["offices"][-1])
    assert np.mean(words["offices"]) > np.mean(words["places"]) + 0.5
    assert np.mean(kept) >= 0.95


def test_what_offices_refute_is_not_said() -> None:
    places = [field(name, 1.0) for name in "abc"]
    held = {"bean": SetRule(min_probability=0.05, right=9, answered=10)}
    before = rules(NONE, sets=held, coarse=CoarseThresholds(crop=1, sick=1, parent=0.8))
    unsure = [field(name, 1.0, sure=0.6) for name in "abc"]
    silent = [count(4, 12) for _ in range(8)]
    assert joined(before, silent, places).threshold("bean.rust") == 1
    assert joined(before, [count(12, 12)] * 8, places).threshold("bean.rust") == 0.7
    of_others = [count(0, 50, rule="1" * 16)]
    assert joined(before, of_others, places) == before.situations[Situation.CROP_NAMED]  # type: ignore[index]
    assert joined(before, [count(1, 12, level=Level.ONE_OF) for _ in range(8)], unsure).sets == {}
    right = joined(before, [count(12, 12, level=Level.ONE_OF) for _ in range(8)], unsure)
    assert right_of_ten(right.sets["bean"]) > 6
    assert right.coarse == before.situations[Situation.CROP_NAMED].coarse  # type: ignore[index]
    assert joined(before, [count(1, 12, level=Level.TROUBLE) for _ in range(8)], unsure).coarse.parent == 1  # type: ignore[union-attr]


def test_a_rule_is_known_by_its_head_and_thresholds_and_not_by_its_words() -> None:
    bundle = tiny_bundle_with_head()
    head = read_head(bundle.head or b"").head
    exact = replace(head, layer=LinearLayer(head.layer.weights * np.float32(1 + 1e-6), head.layer.bias))
    other = replace(head, layer=LinearLayer(head.layer.weights + 1, head.layer.bias))
    word = ConfidenceBand(min_probability=EDGE, right=3, answered=4)

    def rule(head: Head, before: DecisionRules) -> str:
        return rule_id("a" * 64, head, before, Situation.CROP_NAMED, "bean")

    assert rule(exact, rules(word)) == rule(head, rules(NONE)), "as the file keeps it"
    assert rule(other, rules(NONE)) != rule(head, rules(NONE))
    stricter = rules(NONE, answer=0.71)
    assert rule(head, stricter) != rule(head, rules(NONE))
    assert rule_id("a" * 64, head, stricter, Situation.CROP_NAMED_SEVERAL_PHOTOS, "bean") != rule(head, stricter)


def written(folder: Path, name: str, made: Evidence | str) -> None:
    (folder / OFFICES_FILE).write_text(yaml.safe_dump({"kitui": OWN_KEY[1]}), encoding="utf-8")
    text = made if isinstance(made, str) else made.model_dump_json()
    (folder / f"{name}.json").write_text(text, encoding="utf-8")


def made(*counts: Count, bundle: str = "one", day: str = "2026-11-30") -> Evidence:
    return Evidence(bundle=bundle, counted_on=day, counts=counts)


GOOD = made(count(11, 12)).signed(OWN_KEY[0])


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(lambda: made(count(11, 12)), id="not signed"),
        pytest.param(lambda: made(count(11, 12)).signed(OTHER_KEY[0]), id="unknown key"),
        pytest.param(lambda: GOOD.model_copy(update={"public_key": OTHER_KEY[1]}), id="another's key"),
        pytest.param(lambda: GOOD.model_copy(update={"counts": (count(12, 12),)}), id="changed"),
        pytest.param(lambda: GOOD.model_copy(update={"bundle": "two"}), id="of another bundle"),
        pytest.param(lambda: GOOD.model_copy(update={"signature": "?"}), id="no signature at all"),
        pytest.param(lambda: GOOD, id="the same again"),
        pytest.param(lambda: made(count(5, 6)).signed(OWN_KEY[0]), id="the same cases again"),
        pytest.param(
            lambda: made(bundle="two").model_copy(update={"counts": (count(1, 2), count(1, 2))}).signed(OWN_KEY[0]),
            id="twice in one file",
        ),
        pytest.param(lambda: GOOD.model_dump_json().replace('"right":11', '"right":13'), id="impossible"),
        pytest.param(lambda: GOOD.model_dump_json().replace('"right"', '"name":"x","right"'), id="more than counts"),
        pytest.param(lambda: "{", id="no counts at all"),
    ],
)
def test_counts_that_cannot_be_believed_are_refused_by_name(
    forged: Callable[[], Evidence | str], tmp_path: Path
) -> None:
    written(tmp_path, "good", GOOD)
    assert [one.office for one in read_evidence(tmp_path)] == ["kitui"]
    written(tmp_path, "wrong", forged())
    with pytest.raises(EvidenceError, match=r"wrong\.json"):
        read_evidence(tmp_path)


def test_of_the_same_rules_the_latest_counts(tmp_path: Path) -> None:
    later = made(count(20, 24), count(3, 3, district="Kitui"), bundle="two", day="2027-03-01")
    other = made(count(1, 1, rule="1" * 16), count(19, 24, district="Kitui County"), bundle="three", day="2026-12-01")
    for name, one in (("b", GOOD), ("a", later.signed(OWN_KEY[0])), ("c", other.signed(OWN_KEY[0]))):
        written(tmp_path, name, one)
    assert sorted((one.count.right, one.count.said) for one in read_evidence(tmp_path)) == [(1, 1), (3, 3), (20, 24)]
    assert read_evidence(tmp_path / "absent") == []


@pytest.mark.parametrize("listed", [None, "- a\n", "a: [b]\n", "a: [\n"])
def test_a_list_of_offices_that_is_none_is_refused_by_name(listed: str | None, tmp_path: Path) -> None:
    written(tmp_path, "good", GOOD)
    (tmp_path / OFFICES_FILE).unlink()
    if listed is not None:
        (tmp_path / OFFICES_FILE).write_text(listed)
    with pytest.raises(EvidenceError, match=OFFICES_FILE):
        read_evidence(tmp_path)
