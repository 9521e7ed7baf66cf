"""A few photos of a place change what is said there, and nothing elsewhere; new conditions are rows more."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest

from majani.decision.grades import Grade
from majani.decision.rules import Decision, apply_crop_hint, decide
from majani.model.bundle import CARD_FILE, SOURCES_FILE, Bundle, ClassEntry, NamedId, read_bundle
from majani.model.head_file import read_head
from majani.taxonomy import REJECT_CLASSES, Kind
from tests.training.described import PARAMS_FILE, ROOT
from training.adaptation.adapt import AdaptationError, Adapted, District, Kept, adapt
from training.adaptation.gate import Labels, judge_district
from training.adaptation.heads import HeadFitter, with_rows
from training.adaptation.measure import decided, head_of
from training.adaptation.results import by_crop, findings, least_believed, summarised
from training.artifacts.embeddings import KEPT, EmbeddingTable
from training.bundle.assemble import with_head_file
from training.bundle.graph import network_sha256
from training.calibration.head import fit_calibrated_head
from training.calibration.situations import Place
from training.release.gate import Comparison
from training.settings import Params, read_params
from training.stages.adapt import write

APPLES = ("apple.scab", "apple.cedar_apple_rust", "apple.healthy")
TROUBLE = NamedId(id="apple.fire_blight", name="fire blight")
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
    manifest = former.model_copy(
        update={
            "classes": tuple(entries[one] for one in FEW),
            "other_troubles": {"apple": (NamedId(id=MILDEW, name="mildew"), TROUBLE)},
            "schema_version": 4,
            "model": former.model.model_copy(update={"network": kept.learned.network}),
        }
    )
    return with_head_file(replace(bundle, manifest=manifest), head, in_graph=False)


def entry(class_id: str) -> ClassEntry:
    kind = Kind.HEALTHY if class_id.endswith(".healthy") else Kind.COMPLEX
    return ClassEntry(id=class_id, name="jina", crop=class_id.partition(".")[0], kind=kind)


def district_of(local: EmbeddingTable) -> District:
    ids = sorted(set(local.rows["class_id"]))
    new = tuple(entry(one) for one in ids if one not in FEW)
    crops = sorted({one.crop or "" for one in new} - {"apple"})
    return District("orchard", local, new, tuple(NamedId(id=one, name=one) for one in crops))


def taught(
    running: Bundle,
    kept: Kept,
    params: Params,
    ids: tuple[str, ...],
    *,
    per_class: int = 14,
    visit: str | None = None,
) -> Adapted:
    local = photos(running, "orchard", per_class, split="train", seed=7, ids=ids)
    if visit is not None:
        local = replace(local, rows=local.rows.assign(visit=visit))
    return adapt(running, kept, district_of(local), params)


def said(bundle: Bundle, ids: tuple[str, ...], *, crop: str | None) -> list[Decision]:
    """What is decided of other photos of the place."""
    manifest = bundle.manifest
    rest = photos(bundle, "orchard", 20, split="test", seed=8, ids=ids)
    return [
        decide(apply_crop_hint(belief, manifest=manifest, crop=crop), manifest=manifest, crop=crop)
        for belief in head_of(bundle).answers(rest.embeddings).probabilities
    ]


def named(decisions: list[Decision], one: str) -> int:
    """How often a condition is named."""
    return sum(
        decision.grade is not None and decision.grade.is_name and decision.ranked[0].id == one for decision in decisions
    )


def test_a_district_is_learned_and_the_rest_kept(running: Bundle, kept: Kept, params: Params, tmp_path: Path) -> None:
    made = taught(running, kept, params, APPLES)
    manifest, head = made.bundle.manifest, head_of(made.bundle)
    assert made.verdict.decision == "promote", made.verdict.reason
    assert made.bundle.model == running.model, "the network is the same file"
    assert manifest.adapted_to is not None
    assert (manifest.adapted_to.photos, manifest.adapted_to.from_version) == (42, running.manifest.version)
    columns = ["photo", "sha256", "label", "class_id", "visit", "group", "problem"]
    former_pages = {CARD_FILE: "# Before\n", SOURCES_FILE: "authors and licences"}
    write(made, tmp_path, pd.DataFrame(columns=columns), former_pages)
    card = (tmp_path / CARD_FILE).read_text(encoding="utf-8")
    assert manifest.version in card.splitlines()[0]
    assert card.endswith("\n## Before\n"), "what the former bundle says stands below"
    assert (tmp_path / SOURCES_FILE).read_text(encoding="utf-8") == "authors and licences"
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
    was, now = running.manifest.rules.grading, manifest.rules.grading
    assert now.crop == was.crop
    for old, new in zip((*was.lists, was.sick), (*now.lists, now.sick), strict=True):
        assert set(new.fields) == {"apple"}
        assert new.probability(0.9, "bean") == old.probability(0.9, "bean"), "elsewhere it is still the next field"
    assert now.lists[0].probability(0.9, "apple") > was.lists[0].probability(0.9, "apple")


def test_where_nobody_knows_farm_or_day_names_stay(running: Bundle, kept: Kept, params: Params) -> None:
    """Right photos never take a name away."""
    made = taught(running, kept, params, APPLES, visit="")
    for one in APPLES:
        before, after = (named(said(of, (one,), crop="apple"), one) for of in (running, made.bundle))
        assert after >= before
        assert after > 15


def test_a_new_crop_is_said_where_it_is_named(running: Bundle, kept: Kept, params: Params) -> None:
    made = taught(running, kept, params, OKRA)
    assert made.verdict.decision == "promote", made.verdict.reason
    assert named(said(made.bundle, OKRA[1:2], crop="okra"), OKRA[1]) > 15
    known = np.array(head_of(made.bundle).answers(kept.tested.embeddings).best())
    assert not [one for one in known if one in OKRA]
    [of_crop] = by_crop(made.photos)
    assert (of_crop["crop"], of_crop["n"], of_crop["unnamed"]) == ("okra", 42, [])
    assert 42 >= of_crop["named"] >= of_crop["right"] > 30
    assert list(findings(made))
    given = pd.DataFrame({"photo": ["a.jpg", "b.jpg"], "problem": ["blurred", ""]})
    told = json.loads(json.dumps(summarised(made, given)))
    assert (told["crops"], told["left_out"], told["decision"]) == ([of_crop], [["a.jpg", "blurred"]], "promote")
    everything = told["conditions"][-1]
    assert [everything[name] for name in ("condition", "n", "named", "named_before")] == [
        "all",
        42,
        of_crop["named"],
        0,
    ]
    assert len(told["strangers"]) == 2


@pytest.mark.parametrize("ids", [(OKRA[0],), OKRA[:2]], ids=["healthy alone", "one condition and healthy"])
def test_of_a_crop_taught_in_part_nothing_is_most_likely(
    running: Bundle, kept: Kept, params: Params, ids: tuple[str, ...]
) -> None:
    grades = {one.grade for one in said(taught(running, kept, params, ids).bundle, ids, crop="okra")}
    assert Grade.MOST_LIKELY not in grades
    assert (Grade.PROBABLY in grades) == (len(ids) > 1)


def test_healthy_is_most_likely_from_twenty_sick_photos_on(running: Bundle, kept: Kept, params: Params) -> None:
    for count, is_said in ((9, False), (12, True)):
        grading = taught(running, kept, params, OKRA, per_class=count).bundle.manifest.rules.grading
        assert ("okra" in grading.healthy) == is_said


def test_none_of_these_only_takes_from_others(running: Bundle, kept: Kept, params: Params) -> None:
    made = taught(running, kept, params, (*APPLES, "apple.other"))
    answers = said(made.bundle, ("apple.other",), crop="apple")
    assert "apple.other" not in {one.id for answer in answers for one in answer.ranked}
    assert sum(answer.grade is Grade.MOST_LIKELY for answer in answers) < 3


def test_a_new_condition_stands_beside_known_ones(running: Bundle, kept: Kept, params: Params) -> None:
    made = taught(running, kept, params, (*APPLES, MILDEW))
    assert named(said(made.bundle, (MILDEW,), crop="apple"), MILDEW) > 10
    assert made.strangers is not None
    assert len(made.strangers) == 3 * 14, "no stranger looks healthy"
    assert made.bundle.manifest.other_troubles == {"apple": (TROUBLE,)}, "what is taught can be told from photos"


@pytest.mark.parametrize("fault", ["no photo", "another network"])
def test_what_cannot_be_adapted_is_refused(running: Bundle, kept: Kept, params: Params, fault: str) -> None:
    local = photos(running, "orchard", int(fault != "no photo"), split="train", seed=7, ids=APPLES)
    if fault != "no photo":
        kept = replace(kept, learned=replace(kept.learned, network="another"))
    with pytest.raises(AdaptationError):
        adapt(running, kept, District("orchard", local), params)


def test_the_champion_is_the_running_head_and_not_asked_what_it_has_learned(
    running: Bundle, kept: Kept, params: Params
) -> None:
    local = photos(running, "orchard", 14, split="train", seed=7, ids=APPLES)
    local = replace(local, rows=local.rows.assign(sha256=[f"{at:08}" for at in local.rows.index]))
    # The running head has learned four of them; what it was only asked about does not count.
    known = local.where(local.rows.index < 4), local.where(local.rows.index.isin([5, 6]))
    also = known[0].and_also(replace(known[1], rows=known[1].rows.assign(split="asked")))
    made = adapt(running, replace(kept, learned=kept.learned.and_also(also)), District("orchard", local), params)
    assert (made.verdict.n, made.verdict.learned) == (38, 4)
    before = Place("orchard", head_of(running).answers(local.embeddings), local.rows)
    champion = decided(running.manifest, before)
    assert list(made.photos["first_before"]) == list(champion["first"])
    assert made.verdict.before.right == (champion["named"] == local.rows["class_id"])[~made.photos["is_learned"]].sum()
    nothing_new = adapt(running, replace(kept, learned=kept.learned.and_also(local)), District("o", local), params)
    assert (nothing_new.verdict.decision, nothing_new.verdict.why) == ("keep", "nothing_gained")


def test_no_photo_answers_itself(running: Bundle, kept: Kept, params: Params) -> None:
    """Of one photo a condition, nothing is learned that helps it."""
    local = photos(running, "orchard", 10, split="train", seed=7, ids=OKRA)
    fitter, right = HeadFitter.of(with_rows(head_of(running), OKRA), kept.learned, params), []
    for some in (local.where(local.rows["photo"].str.endswith("/0")), local):
        answers = fitter.cross_validated(some, by="group")
        right.append(np.mean(np.array(answers.best()) == some.rows["class_id"].to_numpy()))
    assert right[0] < 0.5
    assert right[1] > 0.9


def test_the_order_of_kept_photos_does_not_matter(bundle: Bundle, running: Bundle, params: Params) -> None:
    many = photos(bundle, "known", 60, split="train", seed=3, ids=FEW)
    order = np.random.default_rng(0).permutation(len(many.rows))
    shuffled = replace(many, rows=many.rows.iloc[order].reset_index(drop=True), embeddings=many.embeddings[order])
    local = photos(bundle, "district", 10, split="", seed=4, ids=APPLES)
    fitter = HeadFitter.of(head_of(running), many, params)
    heads = [replace(fitter, seen=seen).fit(local) for seen in (many, shuffled)]
    np.testing.assert_allclose(heads[0].layer.weights, heads[1].layer.weights, atol=1e-3)


def answered(right: int, wrong: int, silent: int, *, before: int = 0, after: str = "") -> pd.DataFrame:
    """Photos of which heads that had not seen them named so many; ``before`` of them were named rightly before."""
    at = np.arange(right + wrong + silent)
    truth, other = (np.array(APPLES)[(at + shift) % 3] for shift in (0, 1))
    now = np.where(at < right, truth, np.where(at < right + wrong, other, ""))
    instead = np.where(now == other, other, truth)
    made = pd.DataFrame({"photo": at.astype(str), "group": at.astype(str), "class_id": truth, "is_learned": False})
    return made.assign(
        first_before=truth,
        number_before=np.where(at < before, 0.7, 0.5),
        named_before=np.where(at < before, truth, ""),
        named_after=now,
        first_after=np.where(at % 3 == 0, truth, other) if after == "guessed" else instead,
        number_after=np.where(now == "", 0.5, 0.9),
        listed_after=pd.Series([*zip(truth, other, strict=True)]),
        belief=np.where(now == other, 0.1, 0.9),
        instead=instead,
    )


@pytest.mark.parametrize(
    ("photos", "decision", "why"),
    [
        pytest.param(answered(100, 6, 44, before=10), "promote", "better", id="answers more, six of them wrong"),
        pytest.param(answered(9, 0, 0), "promote", "better", id="nine photos"),
        pytest.param(answered(3, 1, 36, before=2), "promote", "not_worse", id="names more can be undone"),
        pytest.param(answered(2, 1, 36, before=2), "keep", "nothing_gained", id="names no more"),
        pytest.param(answered(0, 0, 45), "keep", "nothing_gained", id="names nothing"),
        pytest.param(answered(60, 60, 30, before=60), "keep", "worse_here", id="half of the answers are wrong"),
        pytest.param(answered(0, 0, 45, after="guessed"), "keep", "guessing", id="no better than guessing"),
    ],
)
def test_the_gate_of_a_district_asks_what_was_gained(
    photos: pd.DataFrame, decision: str, why: str, params: Params
) -> None:
    nothing = pd.DataFrame(index=photos.index)
    verdict = judge_district(Labels(photos, nothing, nothing), [], params)
    assert (verdict.decision, verdict.why) == (decision, why), verdict.reason
    assert verdict.low <= verdict.before.log_loss - verdict.after.log_loss <= verdict.high


def test_a_condition_that_is_never_named_is_one_of_some() -> None:
    photos = answered(30, 0, 0)
    is_scab = photos["class_id"] == APPLES[0]
    photos["named_after"] = photos["named_after"].where(~is_scab, "")
    assert list(by_crop(photos)) == [
        {"crop": "apple", "n": 30, "named": 20, "right": 20, "unnamed": [{"condition": APPLES[0], "length": 2}]}
    ]
    photos["listed_after"] = [()] * 30
    [found] = by_crop(photos)
    assert found["unnamed"] == [{"condition": APPLES[0], "length": 0}]


def test_what_is_surely_worse_elsewhere_is_kept_out(params: Params) -> None:
    photos, nothing = answered(100, 0, 20), pd.DataFrame(index=range(120))
    row = Comparison(source="a", measure="b", n=90, groups=90, candidate=80, champion=90, low=-15, high=-5)
    for decides, why in ((True, "worse_elsewhere"), (False, "better")):
        of_gate = row.model_copy(update={"decides": decides})
        assert judge_district(Labels(photos, nothing, nothing), [of_gate], params).why == why


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
    photos = photos.assign(class_id=label, first_after=label, named_after=label, reviewer=reviewer)
    verdict = judge_district(Labels(photos, running, running), [], params)
    assert verdict.decision == ("keep" if wrong == 10 else "promote"), verdict.reason
    assert bool(verdict.exchanged) == (wrong == 10)


def test_few_right_batches_are_suspected(params: Params) -> None:
    """Of a place where its first guesses are hardly better than chance, ten photos a condition."""
    suspected = 0
    for seed in range(60):
        truth = np.arange(30) % 3
        beliefs = np.random.default_rng(seed).normal(size=(30, 3))
        beliefs[np.arange(30), truth] += 0.3
        running = pd.DataFrame(np.exp(beliefs), columns=list(APPLES))
        verdict = judge_district(Labels(answered(30, 0, 0), running, running), [], params)
        suspected += bool(verdict.exchanged)
    assert suspected <= 4


@pytest.mark.parametrize(("photos_of_visits", "is_apart"), [((4, 3, 3), True), ((8, 1, 1), False), ((10,), False)])
def test_whole_visits_are_held_apart_where_there_are_several(
    photos_of_visits: tuple[int, ...], is_apart: bool, running: Bundle, kept: Kept, params: Params
) -> None:
    """A visit with nearly all photos is one. Photos without a visit stand alone."""
    told = [f"farm {at}" for at, count in enumerate(photos_of_visits) for _ in range(count)]
    local = photos(running, "orchard", 11, split="train", seed=7, ids=APPLES)
    local = replace(local, rows=local.rows.assign(visit=[*told, ""] * 3))
    rows = adapt(running, kept, District("orchard", local), params).photos
    assert list(rows["apart"] == rows["visit"]) == [is_apart and visit != "" for visit in rows["visit"]]


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
        made = adapt(running, kept, District("orchard", local), params)
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
        made = adapt(running, kept, District("o", replace(local, rows=rows), new, crops), params)
        assert made.verdict.decision == decision, made.verdict.reason
