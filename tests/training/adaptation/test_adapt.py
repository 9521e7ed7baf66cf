"""A few reviewed photos of a place change what is said there, and nothing elsewhere."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest

from majani.decision.rules import decide
from majani.model.bundle import Bundle, ConfidenceBand, read_bundle
from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE
from training.adaptation.adapt import AdaptationError, District, Kept, adapt, head_of, rules_for, with_head
from training.adaptation.card import adapted_card
from training.adaptation.heads import cross_validated, simulated
from training.artifacts.embeddings import KEPT, EmbeddingTable
from training.bundle.graph import network_sha256
from training.calibration.head import fit_calibrated_head
from training.calibration.situations import Place
from training.places.answers import LEFT_OUT
from training.places.districts import draw
from training.places.networks import TURNED
from training.settings import Params, read_params

ROOT = Path(__file__).parents[3]
APPLES = ("apple.scab", "apple.cedar_apple_rust", "apple.healthy")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(ROOT / "models/current")


@pytest.fixture(scope="module")
def params() -> Params:
    params = read_params(PARAMS_FILE)
    gate = params.gate.model_copy(update={"resamples": 200})
    return params.model_copy(update={"gate": gate, "adapt": params.adapt.model_copy(update={"folds": 2})})


def photos(bundle: Bundle, place: str, per_class: int, *, split: str, seed: int) -> EmbeddingTable:
    """Made-up embeddings: each class has a corner of its own."""
    random = np.random.default_rng(seed)
    rows, embeddings = [], []
    for position, entry in enumerate(bundle.manifest.classes):
        if place != "known" and entry.id not in APPLES:
            continue
        for number in range(per_class):
            name = f"{place}/{split}/{entry.id}/{number}"
            weight = float(split == "train")
            rows.append((name, name, place, entry.id, "field", "", "open", name, split, 256, 100.0, 90.0, weight))
            made = random.normal(scale=0.1, size=bundle.manifest.model.embedding_size)
            # Elsewhere, each apple looks a little like another class, and mostly like nothing known.
            made[position + (place != "known")] += 1.5 if place != "known" else 4
            made[-1 - position] += 4 * (place != "known")
            embeddings.append(made)
    network = network_sha256(onnx.load_model_from_string(bundle.model))
    return EmbeddingTable(pd.DataFrame(rows, columns=list(KEPT)), np.array(embeddings, dtype=np.float32), network)


@pytest.fixture(scope="module")
def kept(bundle: Bundle) -> Kept:
    train, val, test = (
        photos(bundle, "known", count, split=split, seed=seed)
        for seed, (split, count) in enumerate((("train", 12), ("val", 4), ("test", 4)))
    )
    return Kept(train.and_also(val), test)


@pytest.fixture(scope="module")
def running(bundle: Bundle, kept: Kept, params: Params) -> Bundle:
    """The shipped network with a head that knows the made-up photos."""
    class_ids = tuple(entry.id for entry in bundle.manifest.classes)
    return with_head(bundle, fit_calibrated_head(kept.learned, class_ids, params.calibrate))


def likely_right(bundle: Bundle) -> Place:
    """A simulated district where all answers hold."""
    ids = tuple(entry.id for entry in bundle.manifest.classes)
    truth = list(APPLES) * 40
    probabilities = np.full((len(truth), len(ids)), 0.4 / (len(ids) - 1), dtype=np.float32)
    probabilities[np.arange(len(truth)), [ids.index(number) for number in truth]] = 0.6
    rows = pd.DataFrame({"class_id": truth, "source": "a", "group": [str(number) for number in range(len(truth))]})
    return Place("a", Answers(ids, probabilities), rows)


def test_a_district_is_learned_and_the_rest_is_kept(running: Bundle, kept: Kept, params: Params) -> None:
    bundle = running
    # As few as the page for agronomists says, and one odd photo of each.
    shown = APPLES[:2]
    local, odd, rest = (
        found.where(found.rows["class_id"].isin(shown))
        for found in (
            photos(bundle, "orchard", 10, split="train", seed=7),
            photos(bundle, "orchard", 1, split="odd", seed=9),
            photos(bundle, "orchard", 30, split="test", seed=8),
        )
    )
    # Seen in a second way, a photo is still one.
    local = local.and_also(local)
    # A head can learn these by heart, and answers no other photo better for it.
    noise = np.random.default_rng(10).normal(scale=0.1, size=odd.embeddings.shape).astype(np.float32)
    local = local.and_also(replace(odd, embeddings=noise))
    made = adapt(bundle, kept, District("orchard", local), [likely_right(bundle)], params)
    manifest = made.bundle.manifest
    assert made.verdict.decision == "promote", made.verdict.reason
    assert made.verdict.targets[0].candidate < 95, "judged by photos that its head has learned"
    assert manifest.adapted_to is not None
    assert (manifest.adapted_to.place, manifest.adapted_to.photos) == ("orchard", 22)
    assert manifest.adapted_to.from_version == bundle.manifest.version
    card = adapted_card(manifest, made.verdict, "# Before\n")
    assert manifest.version in card.splitlines()[0]
    assert card.endswith("\n## Before\n"), "what the former bundle promises stands below"
    assert re.search(r"^\| orchard \| 22 \|", card, re.MULTILINE)
    model = onnx.load_model_from_string(made.bundle.model)
    assert network_sha256(model) == kept.learned.network, "it could not be adapted again"
    metadata = {prop.key: prop.value for prop in model.metadata_props}
    assert json.loads(metadata["classes"]) == [prop.id for prop in manifest.classes]
    assert not [
        source.title
        for source in manifest.provenance.sources
        if f"{source.title}: {source.licence}" not in metadata["licence"]
    ]
    head = head_of(made.bundle)
    said = [
        decide(probability, manifest=manifest).condition for probability in head.answers(rest.embeddings).probabilities
    ]
    assert np.mean(np.array(said) == rest.rows["class_id"].to_numpy()) > 0.9
    known = head.answers(kept.tested.embeddings).best()
    assert np.mean(np.array(known) == kept.tested.rows["class_id"].to_numpy()) > 0.95
    # Only what the district has shown gets other thresholds.
    for entry in bundle.manifest.classes:
        before, after = (prop.rules.of_case(photos=1, crop_named=False) for prop in (bundle.manifest, manifest))
        if entry.id not in shown:
            assert after.threshold(entry.id) == before.threshold(entry.id)
    assert {after.threshold(prop) for prop in shown} == {params.calibrate.min_answer}


def test_a_condition_that_a_district_shows_alone_of_its_crop_is_named(bundle: Bundle, params: Params) -> None:
    classes = (*APPLES, "maize.common_rust")
    known = [entry.id for entry in bundle.manifest.classes if entry.crop is not None]
    rules = rules_for(bundle.manifest.rules, [likely_right(bundle)], classes, known, params)
    named = rules.of_case(photos=1, crop_named=True)
    assert max(named.threshold(one) for one in classes) < 1


def test_nothing_new_is_promised_of_other_conditions(bundle: Bundle, params: Params) -> None:
    known = [entry.id for entry in bundle.manifest.classes if entry.crop is not None]
    running = bundle.manifest.rules
    # The running bundle names conditions below its lowest band, and promises nothing there.
    band = ConfidenceBand(min_probability=0.99, right=9, answered=10)
    situations = {
        name: one.model_copy(update={"confidence_bands": (band,)}) for name, one in running.situations.items()
    }
    running = running.model_copy(update={"situations": situations})
    rules = rules_for(running, [likely_right(bundle)], APPLES, known, params)
    for name, one in rules.situations.items():
        assert min(running.situations[name].threshold(other) for other in known if other not in APPLES) < 0.99
        assert one.confidence_bands == (band,)


def test_the_graph_says_what_the_numbers_say(bundle: Bundle) -> None:
    """The head of the shipped bundle, read out of its graph, gives the graph's own probabilities."""
    from majani.conformance.picture import golden_pictures  # noqa: PLC0415
    from majani.image.decode import decode  # noqa: PLC0415
    from majani.model.predictor import Predictor  # noqa: PLC0415

    predictor, head = Predictor(bundle), head_of(bundle)
    for png in golden_pictures(bundle.manifest.rules.quality.min_side_px).values():
        seen = predictor.predict(decode(png))
        assert head.answers(seen.embedding[None]).probabilities[0] == pytest.approx(seen.probabilities, abs=2e-3)


@pytest.mark.parametrize(("per_class", "known"), [(3, True), (10, False)], ids=["too few photos", "another network"])
def test_what_cannot_be_adapted_is_refused(
    bundle: Bundle, kept: Kept, params: Params, per_class: int, known: bool
) -> None:
    local = photos(bundle, "orchard", per_class, split="train", seed=7)
    other = kept if known else replace(kept, learned=replace(kept.learned, network="another"))
    with pytest.raises(AdaptationError):
        adapt(bundle, other, District("orchard", local), [likely_right(bundle)], params)


def test_no_photo_answers_itself(bundle: Bundle, kept: Kept, params: Params) -> None:
    """Of one photo a condition, nothing is learned that helps it."""
    local = photos(bundle, "orchard", 10, split="train", seed=7)
    one = local.where(~local.rows["group"].duplicated() & local.rows["photo"].str.endswith("/0"))
    ids = (*APPLES, "bean.rust", *REJECT_CLASSES)
    learned = kept.learned.where(kept.learned.rows["class_id"].isin(ids))
    running = fit_calibrated_head(learned, ids, params.calibrate)
    alone = cross_validated(running, learned, one, params.adapt, params.calibrate)
    many = cross_validated(running, learned, local, params.adapt, params.calibrate)
    right = [
        np.mean(np.array(ids)[found.argmax(axis=1)] == rows["class_id"].to_numpy())
        for found, rows in ((alone, one.rows), (many, local.rows))
    ]
    assert right[0] < 0.5
    assert right[1] > 0.9


def test_a_simulated_district_keeps_some_photos_to_be_asked_about(bundle: Bundle, kept: Kept, params: Params) -> None:
    away = photos(bundle, "orchard", 25, split=LEFT_OUT, seed=9)
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
    web = replace(away, rows=away.rows.assign(domain="web"))
    assert list(simulated(iter([kept.learned.and_also(web)]), params.adapt, params.calibrate)) == []


def test_a_district_reviews_different_plants_first() -> None:
    rows = pd.DataFrame({"class_id": "apple.scab", "group": [str(number // 4) for number in range(40)]})
    assert rows[draw(rows, 10, seed=1)]["group"].nunique() == 10


def test_no_side_is_asked_about_photos_that_it_knows_by_heart(bundle: Bundle, kept: Kept, params: Params) -> None:
    """The running head has learned the district's photos: nothing but noise, which no head can know unseen."""
    noise = np.random.default_rng(10)
    local = photos(bundle, "orchard", 12, split="train", seed=7)
    local = replace(local, embeddings=noise.normal(size=local.embeddings.shape).astype(np.float32))
    learned = kept.learned.and_also(local)
    class_ids = tuple(entry.id for entry in bundle.manifest.classes)
    head = fit_calibrated_head(learned, class_ids, params.calibrate)
    by_heart = head.answers(local.embeddings).best() == local.rows["class_id"].to_numpy()
    assert by_heart.mean() > 0.9
    made = adapt(
        with_head(bundle, head),
        Kept(learned, kept.tested),
        District("orchard", local),
        [likely_right(bundle)],
        params,
    )
    (target,) = made.verdict.targets
    assert max(target.candidate, target.champion) < 60
