"""A few photos of a place change what is said there, and nothing elsewhere; new conditions are rows more."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
import yaml
from training.places.districts import draw

from majani.decision.rules import apply_crop_hint, decide
from majani.model.bundle import Bundle, ClassEntry, NamedId, SaidTo, Situation, read_bundle, write_bundle
from majani.model.head import Answers
from majani.model.head_file import read_head
from majani.taxonomy import REJECT_CLASSES, Kind
from tests.training.described import PARAMS_FILE, ROOT
from training.adaptation.adapt import AdaptationError, Adapted, District, Kept, adapt, head_of, least_believed
from training.adaptation.card import adapted_card
from training.adaptation.gate import Labels, judge_district
from training.adaptation.heads import cross_validated, fit_with, scaling_of, simulated, with_rows
from training.adaptation.rules import Asked, rules_for, visits_of
from training.artifacts.embeddings import KEPT, EmbeddingTable
from training.bundle.assemble import with_head_file
from training.bundle.graph import network_sha256
from training.calibration.head import fit_calibrated_head
from training.calibration.situations import Place
from training.places.answers import LEFT_OUT
from training.places.networks import TURNED
from training.settings import Params, read_params
from training.stages.adapt import has_texts

APPLES = ("apple.scab", "apple.cedar_apple_rust", "apple.healthy")
MILDEW, OKRA = "apple.powdery_mildew", ("okra.healthy", "okra.leaf_curl", "okra.mosaic")
# The shipped bundle has too many conditions for a quick test.
FEW = (*APPLES, "apple.black_rot", "bean.rust", "bean.healthy", "maize.common_rust", *REJECT_CLASSES)
# Of made-up embeddings; the shipped network's are longer, and nothing here asks it.
CORNERS, SIZE = (*FEW, MILDEW, *OKRA, "apple.other"), 64


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(ROOT / "models/current")


@pytest.fixture(scope="module")
def params() -> Params:
    params = read_params(PARAMS_FILE)
    gate = params.gate.model_copy(update={"resamples": 200})
    return params.model_copy(update={"gate": gate, "adapt": params.adapt.model_copy(update={"folds": 2})})


def photos(
    bundle: Bundle, place: str, per_class: int, *, split: str, seed: int, ids: tuple[str, ...]
) -> EmbeddingTable:
    """Made-up embeddings: each class has a corner of its own."""
    random = np.random.default_rng(seed)
    rows, embeddings = [], []
    for class_id in ids:
        position = CORNERS.index(class_id)
        for number in range(per_class):
            name = f"{place}/{split}/{class_id}/{number}"
            weight = float(split == "train")
            rows.append((name, name, place, class_id, "field", "", "open", name, split, 256, 100.0, 90.0, weight))
            made = random.normal(scale=0.1, size=SIZE)
            # Elsewhere, each leaf looks a little like its class, and mostly like nothing known.
            made[position] += 4 if place == "known" else 1.5
            made[SIZE - 1 - position] += 4 * (place != "known")
            embeddings.append(made)
    network = network_sha256(onnx.load_model_from_string(bundle.model))
    table = pd.DataFrame(rows, columns=list(KEPT))
    # Three farms, unless a test says that nobody knows.
    table["visit"] = [f"farm {number % 3}" for number in range(len(table))]
    return EmbeddingTable(table, np.array(embeddings, dtype=np.float32), network)


@pytest.fixture(scope="module")
def kept(bundle: Bundle) -> Kept:
    train, val, test = (
        photos(bundle, "known", count, split=split, seed=seed, ids=FEW)
        for seed, (split, count) in enumerate((("train", 12), ("val", 4), ("test", 10)))
    )
    return Kept(train.and_also(val), test)


@pytest.fixture(scope="module")
def running(bundle: Bundle, kept: Kept, params: Params) -> Bundle:
    """The shipped network with a head that knows a few conditions."""
    head = fit_calibrated_head(kept.learned, FEW, params.calibrate)
    former = bundle.manifest
    entries = {entry.id: entry for entry in former.classes}
    rules = former.rules.model_dump()
    for one in (rules["thresholds"], *rules["situations"].values()):
        one["per_class"] = {name: 0.9 for name in one["per_class"] if name in FEW}
    manifest = former.model_copy(
        update={
            "classes": tuple(entries[one] for one in FEW),
            "rules": type(former.rules).model_validate(rules),
            "schema_version": 3,
            "model": former.model.model_copy(update={"network": kept.learned.network}),
        }
    )
    return with_head_file(replace(bundle, manifest=manifest), head, in_graph=False)


def likely_right() -> Place:
    truth = list(APPLES) * 40
    probabilities = np.full((len(truth), len(FEW)), 0.4 / (len(FEW) - 1), dtype=np.float32)
    probabilities[np.arange(len(truth)), [FEW.index(one) for one in truth]] = 0.6
    rows = pd.DataFrame({"class_id": truth, "source": "a", "group": [str(number) for number in range(len(truth))]})
    return Place("a", Answers(FEW, probabilities), rows)


def entry(class_id: str, said_to: SaidTo | None = None) -> ClassEntry:
    kind = Kind.HEALTHY if class_id.endswith(".healthy") else Kind.COMPLEX
    return ClassEntry(id=class_id, name="jina", crop=class_id.partition(".")[0], kind=kind, said_to=said_to)


def taught(
    running: Bundle,
    kept: Kept,
    params: Params,
    ids: tuple[str, ...],
    *,
    per_class: int = 14,
    visit: str | None = None,
    with_texts: tuple[str, ...] = (),
) -> Adapted:
    local = photos(running, "orchard", per_class, split="train", seed=7, ids=ids)
    if visit is not None:
        local = replace(local, rows=local.rows.assign(visit=visit))
    new = tuple(entry(one, SaidTo.NOBODY if one.endswith(".other") else None) for one in ids if one not in FEW)
    crops = tuple(NamedId(id=one, name=one) for one in sorted({one.crop or "" for one in new} - {"apple"}))
    district = District("orchard", local, new, crops, frozenset(with_texts))
    return adapt(running, kept, district, [likely_right()], params)


def said(made: Adapted, ids: tuple[str, ...], *, crop: str | None) -> list[tuple[str | None, str | None, int]]:
    """Of other photos of the place: what is named, what workers alone hear, and how many make the set."""
    manifest = made.bundle.manifest
    rest = photos(made.bundle, "orchard", 20, split="test", seed=8, ids=ids)
    found = []
    for belief in head_of(made.bundle).answers(rest.embeddings).probabilities:
        hinted = apply_crop_hint(belief, manifest=manifest, crop=crop)
        decision = decide(hinted, manifest=manifest, crop=crop)
        found.append((decision.condition, decision.for_workers and decision.for_workers.id, len(decision.one_of)))
    return found


def test_a_district_is_learned_and_the_rest_kept(running: Bundle, kept: Kept, params: Params, tmp_path: Path) -> None:
    made = taught(running, kept, params, APPLES)
    manifest, head = made.bundle.manifest, head_of(made.bundle)
    assert made.verdict.decision == "promote", made.verdict.reason
    assert made.bundle.model == running.model, "the network is the same file"
    assert manifest.adapted_to is not None
    assert (manifest.adapted_to.photos, manifest.adapted_to.from_version) == (42, running.manifest.version)
    card = adapted_card(manifest, made.verdict, "# Before\n")
    assert manifest.version in card.splitlines()[0]
    assert card.endswith("\n## Before\n"), "what the former bundle promises stands below"
    write_bundle(made.bundle, tmp_path)
    assert read_head((tmp_path / "head.safetensors").read_bytes()).on(read_bundle(tmp_path).manifest)
    before = head_of(running)
    others = [at for at, one in enumerate(FEW) if one not in APPLES]
    assert (head.layer.weights[others] == before.layer.weights[others]).all()
    assert head.calibration.temperature == before.calibration.temperature
    was_right, is_right = (
        np.array(one.answers(kept.tested.embeddings).best()) == kept.tested.rows["class_id"].to_numpy()
        for one in (before, head)
    )
    assert was_right.mean() - is_right.mean() < 0.02
    was, now = (one.rules.of_case(photos=1, crop_named=True) for one in (running.manifest, manifest))
    assert {one: now.threshold(one) for one in FEW if one not in APPLES} == {
        one: was.threshold(one) for one in FEW if one not in APPLES
    }
    assert max(now.threshold(one) for one in APPLES) < 1


def test_where_nobody_knows_farm_or_day_nothing_is_named(running: Bundle, kept: Kept, params: Params) -> None:
    made = taught(running, kept, params, APPLES, visit="")
    rules = made.bundle.manifest.rules
    for crop_named in (False, True):
        assert {rules.of_case(photos=1, crop_named=crop_named).threshold(one) for one in APPLES} == {1.0}
    answers = said(made, APPLES[:1], crop="apple")
    assert {named for named, *_ in answers} == {None}
    assert sum(size == 1 for *_, size in answers) > 10, "it is said to be probable"


@pytest.mark.parametrize("texts", [(), OKRA])
def test_a_new_crop_awaits_its_texts(running: Bundle, kept: Kept, params: Params, texts: tuple[str, ...]) -> None:
    made = taught(running, kept, params, OKRA, with_texts=texts)
    answers = said(made, OKRA[1:2], crop="okra")
    named, for_workers = ([one for one in column if one] for column in list(zip(*answers, strict=True))[:2])
    assert (set(named), set(for_workers)) == (({OKRA[1]}, set()) if texts else (set(), {OKRA[1]}))
    assert {named for named, *_ in said(made, OKRA[1:2], crop=None)} == {None}, "without its crop it is never named"
    assert made.verdict.decision == "promote"
    known = np.array(head_of(made.bundle).answers(kept.tested.embeddings).best())
    assert not [one for one in known if one in OKRA]


def test_whether_texts_are_reviewed_is_told_by_the_folder_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "advice").mkdir()
    facts = {"practices": {"do": ["pick_leaves"]}, "review": {"status": "reviewed", "by": "A. B.", "on": "2026-12-01"}}
    (tmp_path / "advice/okra.yaml").write_text(yaml.safe_dump({OKRA[1]: facts, OKRA[2]: {**facts, "practices": None}}))
    assert [one for one in (*OKRA, MILDEW) if has_texts(one, tmp_path)] == [OKRA[1]]


@pytest.mark.parametrize(("photos_of_visits", "visits"), [((4, 3, 3), 3), ((5, 3, 2), 3), ((8, 1, 1), 2), ((10,), 1)])
def test_a_visit_with_nearly_all_photos_counts_as_one(photos_of_visits: tuple[int, ...], visits: int) -> None:
    told = [f"farm {at}" for at, count in enumerate(photos_of_visits) for _ in range(count)]
    rows = pd.DataFrame({"class_id": APPLES[0], "visit": [*told, ""]})
    assert visits_of(rows).to_dict() == {APPLES[0]: visits}


@pytest.mark.parametrize("ids", [(OKRA[0],), OKRA[:2]], ids=["healthy alone", "one condition and healthy"])
def test_too_little_for_farmers_is_workers_own(
    running: Bundle, kept: Kept, params: Params, ids: tuple[str, ...]
) -> None:
    made = taught(running, kept, params, ids, per_class=6, with_texts=ids)
    assert {one.said_to for one in made.bundle.manifest.classes if one.id in ids} == {SaidTo.WORKERS}
    assert {named for named, *_ in said(made, ids, crop="okra")} == {None}


def test_none_of_these_only_refuses_names(running: Bundle, kept: Kept, params: Params) -> None:
    made = taught(running, kept, params, (*APPLES, "apple.other"))
    answers = said(made, ("apple.other",), crop="apple")
    assert [answer for answer in answers if answer != (None, None, 0)] == []


def test_a_new_condition_stands_beside_known_ones(running: Bundle, kept: Kept, params: Params) -> None:
    made = taught(running, kept, params, (*APPLES, MILDEW), with_texts=(MILDEW,))
    assert [one for one, *_ in said(made, (MILDEW,), crop="apple")].count(MILDEW) > 10
    assert made.strangers is not None
    assert set(made.strangers["class_id"]) == {*APPLES[:2], MILDEW}, "no stranger looks healthy"
    rules = made.bundle.manifest.rules
    assert rules.of_case(photos=1, crop_named=False).threshold(MILDEW) == 1
    assert "apple" in (rules.situations or {})[Situation.CROP_NAMED].sets


@pytest.mark.parametrize("alike", [False, True])
def test_where_a_left_out_condition_is_taken_for_a_taught_one_none_is_said_alone(
    running: Bundle, kept: Kept, params: Params, alike: bool
) -> None:
    local = photos(running, "orchard", 14, split="train", seed=7, ids=OKRA)
    if alike:
        # Each sick leaf looks half like the other condition, which a head that has not learned its own takes it for.
        local.embeddings[np.ix_(local.rows["class_id"] != OKRA[0], [CORNERS.index(one) for one in OKRA[1:]])] += 1.5
    local = replace(local, rows=local.rows.assign(visit=""))
    district = District("orchard", local, tuple(map(entry, OKRA)), (NamedId(id="okra", name="okra"),), frozenset(OKRA))
    made = adapt(running, kept, district, [likely_right()], params)
    assert made.strangers is not None
    assert set(made.strangers["class_id"]) == set(OKRA[1:]), "three taught conditions tell what a fourth is called"
    alone = made.photos["named_after"] != ""
    assert alone.any() != alike
    assert (made.photos["after"] == made.photos["class_id"]).mean() > 0.9


@pytest.mark.parametrize(
    "ids", [APPLES[1:2], APPLES[2:], APPLES[1:], APPLES[:2], (APPLES[0], "apple.black_rot"), (APPLES[0], MILDEW)]
)
def test_of_a_crop_that_is_not_taught_as_a_whole_nothing_is_said_sooner(
    running: Bundle, kept: Kept, params: Params, ids: tuple[str, ...]
) -> None:
    made = taught(running, kept, params, ids, per_class=6)
    was, now = running.manifest.rules, made.bundle.manifest.rules
    assert now.blind_spots == was.blind_spots
    for photos_of_case, crop_named in ((1, False), (1, True), (2, False), (2, True)):
        before, after = (one.of_case(photos=photos_of_case, crop_named=crop_named) for one in (was, now))
        assert min(after.threshold(one) - before.threshold(one) for one in FEW) >= 0
        assert after.sets == (before.sets if {*ids} <= {*APPLES} else {})
        assert (after.threshold(APPLES[2]) == 1) == (ids == APPLES[2:])


def test_a_condition_with_few_photos_waits_beside_others(running: Bundle, kept: Kept, params: Params) -> None:
    local = photos(running, "orchard", 14, split="train", seed=7, ids=OKRA)
    local = local.where(~local.rows["photo"].isin(local.rows["photo"][local.rows["class_id"] == OKRA[2]][3:]))
    local = local.and_also(photos(running, "orchard", 14, split="train", seed=7, ids=(MILDEW,)))
    local = replace(local, rows=local.rows.assign(class_id=local.rows["class_id"].replace(MILDEW, "okra.mildew")))
    ids = (*OKRA, "okra.mildew")
    district = District("orchard", local, tuple(map(entry, ids)), (NamedId(id="okra", name="okra"),), frozenset(ids))
    made = adapt(running, kept, district, [likely_right()], params)
    to_workers = {one.id for one in made.bundle.manifest.classes if one.said_to is SaidTo.WORKERS}
    assert to_workers == {OKRA[2]}
    assert "okra" not in made.bundle.manifest.rules.of_case(photos=1, crop_named=True).sets


@pytest.mark.parametrize("fault", ["no photo", "another network"])
def test_what_cannot_be_adapted_is_refused(running: Bundle, kept: Kept, params: Params, fault: str) -> None:
    local = photos(running, "orchard", int(fault != "no photo"), split="train", seed=7, ids=APPLES)
    if fault != "no photo":
        kept = replace(kept, learned=replace(kept.learned, network="another"))
    with pytest.raises(AdaptationError):
        adapt(running, kept, District("orchard", local), [likely_right()], params)


def test_districts_that_were_simulated_tell_how_much_to_believe_few_answers(running: Bundle, params: Params) -> None:
    """Of twenty answers, the four surest and half of the others are right; a set of two always is, also of four."""
    truth = [*APPLES, APPLES[0], *[APPLES[0], APPLES[2]] * 8]
    probabilities = np.zeros((20, len(FEW)), dtype=np.float32)
    probabilities[:, [FEW.index(APPLES[0]), FEW.index(APPLES[2])]] = 0.55, 0.45
    for at, condition in enumerate(truth[:4]):
        probabilities[at] = 0
        probabilities[at, [FEW.index(condition), FEW.index(APPLES[APPLES.index(condition) - 1])]] = 0.7, 0.3
    rows = pd.DataFrame({"class_id": truth, "source": "here", "group": [f"leaf {at}" for at in range(20)], "visit": ""})
    asked = Asked(Place("here", Answers(FEW, probabilities), rows), None, likely_right())
    four = replace(asked, here=Place("here", Answers(FEW, probabilities[:4]), rows[:4]))
    params = params.model_copy(update={"adapt": params.adapt.model_copy(update={"min_photos": 1})})
    found = []
    for places in ([], [likely_right()]):
        for these in (asked, four):
            rules = rules_for(running.manifest.rules, these, places, (), params)
            found.append((rules.situations or {})[Situation.CROP_NAMED].sets.get("apple"))
    plain, plain_of_four, known, known_of_four = (rule and rule.alone for rule in found)
    assert (plain, plain_of_four) == (1, None)
    assert known is not None
    assert 0.55 < known <= 0.7
    assert known_of_four is not None


def test_no_photo_answers_itself(running: Bundle, kept: Kept, params: Params) -> None:
    """Of one photo a condition, nothing is learned that helps it."""
    local = photos(running, "orchard", 10, split="train", seed=7, ids=OKRA)
    head, right = with_rows(head_of(running), OKRA), []
    how = {"scaling": scaling_of(kept.learned, params.adapt)}
    for some in (local.where(local.rows["photo"].str.endswith("/0")), local):
        beliefs = cross_validated(head, kept.learned, some, params.adapt, params.calibrate, **how)
        right.append(np.mean(np.array(head.class_ids)[beliefs.argmax(axis=1)] == some.rows["class_id"].to_numpy()))
    assert right[0] < 0.5
    assert right[1] > 0.9


def test_the_order_of_kept_photos_does_not_matter(bundle: Bundle, running: Bundle, params: Params) -> None:
    many = photos(bundle, "known", 60, split="train", seed=3, ids=FEW)
    order = np.random.default_rng(0).permutation(len(many.rows))
    shuffled = replace(many, rows=many.rows.iloc[order].reset_index(drop=True), embeddings=many.embeddings[order])
    local = photos(bundle, "district", 10, split="", seed=4, ids=APPLES)
    heads = [
        fit_with(head_of(running), one, local, params.adapt, params.calibrate, scaling=scaling_of(many, params.adapt))
        for one in (many, shuffled)
    ]
    np.testing.assert_allclose(heads[0].layer.weights, heads[1].layer.weights, atol=1e-3)


def test_a_simulated_district_keeps_some_photos_to_be_asked_about(bundle: Bundle, kept: Kept, params: Params) -> None:
    away = photos(bundle, "orchard", 25, split=LEFT_OUT, seed=9, ids=APPLES)
    # Two photos of each leaf.
    leaf = away.rows["class_id"] + (away.rows.groupby("class_id").cumcount() // 2).astype(str)
    away = replace(away, rows=away.rows.assign(group=leaf))
    # What was seen again is learned from, and not asked about.
    again = replace(away, rows=away.rows.assign(split=TURNED))
    adapt = params.adapt.model_copy(update={"draws": 2})
    places = list(simulated(iter([kept.learned.and_also(away).and_also(again)]), adapt, params.calibrate))
    assert len(places) == 2
    for place in places:
        # Of 13 leaves, ten are reviewed; one of all has a single photo.
        assert 3 * 5 <= len(place.rows) <= 3 * 6
        assert np.mean(np.array(place.answers.best()) == place.rows["class_id"].to_numpy()) > 0.9
    assert set(places[0].rows["photo"]) != set(places[1].rows["photo"])


def test_a_district_reviews_different_plants_first() -> None:
    rows = pd.DataFrame({"class_id": "apple.scab", "group": [str(number // 4) for number in range(40)]})
    assert rows[draw(rows, 10, seed=1)]["group"].nunique() == 10


def answered(right: int, wrong: int, silent: int, *, before: int = 0, after: str = "") -> pd.DataFrame:
    """Photos of which heads that had not seen them named so many; ``before`` of them were named rightly before."""
    at = np.arange(right + wrong + silent)
    truth, other = (np.array(APPLES)[(at + shift) % 3] for shift in (0, 1))
    now = np.where(at < right, truth, np.where(at < right + wrong, other, ""))
    instead = np.where(now == other, other, truth)
    made = pd.DataFrame({"photo": at.astype(str), "group": at.astype(str), "class_id": truth, "before": truth})
    return made.assign(
        named_before=np.where(at < before, truth, ""),
        named_after=now,
        after=np.where(at % 3 == 0, truth, other) if after == "guessed" else instead,
        belief=np.where(now == other, 0.1, 0.9),
        instead=instead,
    )


@pytest.mark.parametrize(
    ("photos", "decision", "why"),
    [
        pytest.param(answered(100, 6, 44, before=10), "promote", "better", id="answers more, six of them wrong"),
        pytest.param(answered(12, 0, 28, before=10), "promote", "not_worse", id="not surely worse can be undone"),
        pytest.param(answered(60, 60, 30, before=60), "keep", "worse_here", id="half of the answers are wrong"),
        pytest.param(answered(0, 0, 45, after="guessed"), "keep", "guessing", id="no better than guessing"),
    ],
)
def test_the_gate_of_a_district_weighs_answers(photos: pd.DataFrame, decision: str, why: str, params: Params) -> None:
    nothing = pd.DataFrame(index=photos.index)
    verdict = judge_district(Labels(photos, nothing, nothing), [], params)
    assert (verdict.decision, verdict.why) == (decision, why), verdict.reason
    assert verdict.low <= verdict.after - verdict.before <= verdict.high


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("each", "wrong", "reviewers"),
    [(50, 0, 2), (10, 2, 1), (10, 10, 1), (40, 10, 4)],
    ids=["right", "two wrong", "against all", "one reviewer of four"],
)
def test_labels_that_the_running_bundle_contradicts_throughout_are_kept_out(
    each: int, wrong: int, reviewers: int, seed: int, params: Params
) -> None:
    """Of a place where half of its first guesses are right, and one condition is never the first."""
    ids, photos = sorted({*APPLES, "apple.black_rot"}), answered(4 * each, 0, 0)
    truth = np.arange(4 * each) % 4
    beliefs = np.random.default_rng(seed).normal(size=(len(truth), 4)) - [2, 0, 0, 0]
    beliefs[np.arange(len(truth)), truth] += 1.2
    label = np.array(ids)[(truth + (np.arange(len(truth)) < 4 * wrong)) % 4]
    running = pd.DataFrame(np.exp(beliefs), columns=ids)
    reviewer = (np.arange(len(truth)) * reviewers // len(truth)).astype(str)
    photos = photos.assign(class_id=label, after=label, named_after=label, reviewer=reviewer)
    verdict = judge_district(Labels(photos, running, running), [], params)
    assert verdict.decision == ("keep" if wrong == 10 else "promote"), verdict.reason
    assert bool(verdict.exchanged) == (wrong == 10)


def test_least_believed_labels_are_shown_first() -> None:
    doubtful = list(least_believed(answered(30, 4, 0)))
    assert {photo for photo, *_ in doubtful} == {"30", "31", "32", "33"}
    assert all(label != instead for _, label, instead in doubtful)


def test_wrong_labels_are_found_among_the_least_believed(running: Bundle, kept: Kept, params: Params) -> None:
    """Two of ten are wrong; heads that learn them find eight of twelve."""
    found = 0
    for seed in (1, 3):
        local = photos(running, "orchard", 10, split="train", seed=seed, ids=APPLES)
        noise = np.random.default_rng(seed).normal(scale=0.4, size=local.embeddings.shape)
        number = local.rows.groupby("class_id").cumcount()
        wrong = local.rows["class_id"].map(dict(zip(APPLES, APPLES[1:] + APPLES[:1], strict=True)))
        labels = local.rows["class_id"].where(number >= 2, wrong)
        local = replace(local, rows=local.rows.assign(class_id=labels), embeddings=local.embeddings + np.float32(noise))
        made = adapt(running, kept, District("orchard", local), [likely_right()], params)
        found += len({photo for photo, *_ in least_believed(made.photos)} & set(local.rows["photo"][number < 2]))
    assert found >= 10


def test_a_reviewer_is_contradicted_by_what_others_have_taught(running: Bundle, kept: Kept, params: Params) -> None:
    """Also about a crop of which the running bundle has never heard."""
    local = photos(running, "orchard", 24, split="train", seed=7, ids=OKRA)
    reviewer = (local.rows.groupby("class_id").cumcount() // 8).astype(str)
    new, crops = tuple(entry(one) for one in OKRA), (NamedId(id="okra", name="okra"),)
    for against, decision in (("0", "keep"), ("", "promote")):
        wrong = local.rows["class_id"].map(dict(zip(OKRA, OKRA[1:] + OKRA[:1], strict=True)))
        rows = local.rows.assign(reviewer=reviewer, class_id=local.rows["class_id"].where(reviewer != against, wrong))
        made = adapt(running, kept, District("o", replace(local, rows=rows), new, crops), [likely_right()], params)
        assert made.verdict.decision == decision, made.verdict.reason
