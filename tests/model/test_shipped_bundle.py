"""The bundle in models/current: it is whole, small, and behaves on real photos as its documents say."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis
from majani.decision.rules import Outcome
from majani.errors import CaseError, ErrorCode
from majani.model.bundle import CARD_FILE, Bundle, read_bundle
from tests.pictures import PictureFactory
from training.artifacts.files import read_taxonomy

ROOT = Path(__file__).parents[2]
CURRENT = ROOT / "models" / "current"
MAX_MODEL_BYTES = 5_500_000


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(CURRENT)


@pytest.fixture(scope="module")
def shipped(bundle: Bundle) -> Diagnoser:
    return Diagnoser(bundle)


def some(mirror: Path, pattern: str, count: int) -> Sequence[Path]:
    """Photos spread evenly over what a pattern finds."""
    found = sorted(mirror.glob(pattern))
    assert len(found) >= count, pattern
    return found[:: len(found) // count][:count]


def share(diagnoses: Sequence[Diagnosis], *wanted: Outcome) -> float:
    return sum(diagnose.outcome in wanted for diagnose in diagnoses) / len(diagnoses)


def test_it_is_small_and_int8(bundle: Bundle) -> None:
    assert bundle.manifest.model.precision == "int8"
    assert len(bundle.model) == bundle.manifest.model.size_bytes <= MAX_MODEL_BYTES


def test_it_tells_nothing_of_the_machine_that_made_it(bundle: Bundle) -> None:
    # Long enough not to stand among random weights by chance.
    for trace in (b"site-packages", b'.py", line ', b"torch/nn/modules"):
        assert trace not in bundle.model


def test_its_card_is_its_own(bundle: Bundle) -> None:
    card = (CURRENT / CARD_FILE).read_text(encoding="utf-8")
    assert bundle.manifest.version in card
    assert bundle.manifest.model.sha256 in card
    for source in bundle.manifest.provenance.sources:
        assert source.home in card
        assert source.licence in card


def test_it_offers_the_crops_of_its_classes_and_refuses_all_others_that_have_texts(
    shipped: Diagnoser, pictures: PictureFactory
) -> None:
    manifest = shipped.manifest
    learned = {entry.crop for entry in manifest.classes if entry.crop is not None}
    assert {crop.id for crop in manifest.crops} == learned
    has_texts = {crop.id for crop in read_taxonomy(ROOT / "data/taxonomy.yaml").crops}
    for crop in (has_texts - learned) | {"unheard_of"}:
        with pytest.raises(CaseError) as refused:
            shipped.diagnose([pictures.leaf()], crop_hint=crop)
        assert refused.value.code is ErrorCode.CROP_UNKNOWN, crop


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("pattern", "condition"),
    [
        ("ibean/test/bean_rust/*.jpg", "bean.rust"),
        ("ibean/test/angular_leaf_spot/*.jpg", "bean.angular_leaf_spot"),
        ("ibean/test/healthy/*.jpg", "bean.healthy"),
    ],
)
def test_official_beans_are_mostly_right(shipped: Diagnoser, mirror: Path, pattern: str, condition: str) -> None:
    best = [shipped.diagnose([path.read_bytes()]).candidates for path in some(mirror, pattern, 20)]
    right = sum(bool(candidates) and candidates[0].id == condition for candidates in best)
    assert right >= 16, f"{right} of {len(best)}"


@pytest.mark.mirror
def test_objects_are_refused_and_leaves_are_not(shipped: Diagnoser, mirror: Path) -> None:
    refused = (Outcome.NOT_A_PLANT, Outcome.UNKNOWN_PLANT)
    objects = [shipped.diagnose([path.read_bytes()]) for path in some(mirror, "negatives_objects/*/*.jpg", 30)]
    leaves = [shipped.diagnose([path.read_bytes()]) for path in some(mirror, "ibean/test/*/*.jpg", 30)]
    assert share(objects, *refused) >= 0.8
    assert share(leaves, *refused) <= 0.1


@pytest.mark.mirror
def test_the_same_photo_gets_the_same_answer_and_pooling_it_changes_nothing(shipped: Diagnoser, mirror: Path) -> None:
    data = some(mirror, "ibean/test/bean_rust/*.jpg", 1)[0].read_bytes()
    once = shipped.diagnose([data])
    assert shipped.diagnose([data]) == once
    thrice = shipped.diagnose([data, data, data])
    assert thrice.outcome is once.outcome
    assert [candidate.id for candidate in thrice.candidates] == [candidate.id for candidate in once.candidates]


@pytest.mark.mirror
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photo_turned_in_its_exif_gets_the_upright_answer(shipped: Diagnoser, mirror: Path, orientation: int) -> None:
    upright = Image.open(some(mirror, "ibean/test/healthy/*.jpg", 1)[0]).convert("RGB")
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain, turned = BytesIO(), BytesIO()
    upright.save(plain, "PNG")
    upright.transpose(undo[orientation]).save(turned, "PNG", exif=exif)
    assert shipped.diagnose([turned.getvalue()]) == shipped.diagnose([plain.getvalue()])


@pytest.mark.mirror
def test_a_large_photo_gets_the_answer_of_the_small_one(shipped: Diagnoser, mirror: Path) -> None:
    small = Image.open(some(mirror, "ibean/test/angular_leaf_spot/*.jpg", 1)[0]).convert("RGB")
    large = BytesIO()
    small.resize((4000, 3000), Image.Resampling.BICUBIC).save(large, "JPEG", quality=90)
    plain = BytesIO()
    small.save(plain, "PNG")
    top = {
        name: {candidate.id: candidate.probability for candidate in shipped.diagnose([data.getvalue()]).candidates[:1]}
        for name, data in (("small", plain), ("large", large))
    }
    assert set(top["small"]) == set(top["large"])
    assert list(top["small"].values()) == pytest.approx(list(top["large"].values()), abs=0.1)


@pytest.mark.mirror
def test_a_crop_hint_moves_belief_to_that_crop(shipped: Diagnoser, mirror: Path) -> None:
    for path in some(mirror, "plantdoc/test/*/*.jpg", 10):
        data = path.read_bytes()
        hinted = shipped.diagnose([data], crop_hint="tomato")
        free = shipped.diagnose([data])

        def of_tomato(diagnosis: Diagnosis) -> float:
            return sum(candidate.probability for candidate in diagnosis.candidates if candidate.crop == "tomato")

        assert of_tomato(hinted) >= of_tomato(free) - 1e-3


@pytest.mark.mirror
def test_a_wrong_crop_never_gets_a_promise_about_another_and_a_right_one_is_not_contradicted(
    shipped: Diagnoser, mirror: Path
) -> None:
    patterns = {
        "banana": "banana/*/*.jpg",
        "bean": "ibean/test/*/*.jpg",
        "blackgram": "blackgram/*/*.jpg",
        "chilli": "chilli/*/*.jpg",
        "citrus": "citrus/*/*.jpg",
        "coffee": "bracol/*/*.jpg",
        "groundnut": "groundnut/*/*.jpg",
        "maize": "plantdoc/test/Corn*/*.jpg",
        "mango": "mangoleafbd/test/*/*.jpg",
        "potato": "plantdoc/test/Potato*/*.jpg",
        "sugarcane": "sugarcane/*/*.jpg",
        "tomato": "plantdoc/test/Tomato*/*.jpg",
    }
    contradicted = {"wrong": 0, "right": 0}
    for at, (crop, pattern) in enumerate(patterns.items()):
        for step, path in enumerate(some(mirror, pattern, 5)):
            named = list(patterns)[(at + 3 + 2 * step) % len(patterns)]
            wrong = shipped.diagnose([path.read_bytes()], crop_hint=named)
            assert wrong.condition is None or wrong.condition.crop == named, path
            assert wrong.coarse is None or wrong.coarse.crop == named or not wrong.coarse.sick, path
            contradicted["wrong"] += wrong.contradicts_sender
            contradicted["right"] += shipped.diagnose([path.read_bytes()], crop_hint=crop).contradicts_sender
    assert contradicted["wrong"] >= 50
    assert contradicted["right"] <= 1


def test_made_up_pictures_never_get_a_confident_condition(shipped: Diagnoser, pictures: PictureFactory) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    encoded = BytesIO()
    Image.fromarray(noise).save(encoded, "PNG")
    for data in (encoded.getvalue(), pictures.blue(), pictures.red()):
        assert shipped.diagnose([data]).outcome not in (Outcome.CONDITION, Outcome.HEALTHY)
