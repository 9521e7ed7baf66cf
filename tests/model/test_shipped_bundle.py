"""The bundle in models/current: it is whole, small, and behaves on real photos as its documents say."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from majani.decision.diagnoser import Diagnoser
from majani.decision.rules import Outcome
from majani.errors import CaseError, ErrorCode
from majani.model.bundle import CARD_FILE, SOURCES_FILE
from tests.majani.conftest import refused
from tests.picture_files import encoded
from tests.pictures import PictureFactory
from training.artifacts.files import read_taxonomy

ROOT = Path(__file__).parents[2]
CURRENT = ROOT / "models" / "current"
MAX_MODEL_BYTES = 5_500_000


@pytest.fixture(scope="module")
def shipped() -> Diagnoser:
    return Diagnoser.from_directory(CURRENT)


def some(mirror: Path, pattern: str, count: int) -> Sequence[Path]:
    """Photos spread evenly over what a pattern finds."""
    found = sorted(mirror.glob(pattern))
    assert len(found) >= count, pattern
    return found[:: len(found) // count][:count]


def test_it_is_small_and_int8_and_tells_nothing_of_the_machine_that_made_it(shipped: Diagnoser) -> None:
    described, model = shipped.manifest.model, shipped.bundle.model
    assert described.precision == "int8"
    assert len(model) == described.size_bytes <= MAX_MODEL_BYTES
    # Long enough not to stand among random weights by chance.
    for trace in (b"site-packages", b'.py", line ', b"torch/nn/modules"):
        assert trace not in model


def test_its_card_is_its_own(shipped: Diagnoser) -> None:
    card, page = ((CURRENT / name).read_text(encoding="utf-8") for name in (CARD_FILE, SOURCES_FILE))
    manifest = shipped.manifest
    assert [one for one in (manifest.version, manifest.model.sha256) if one not in card] == []
    made_from = (manifest.provenance.weights, *manifest.provenance.sources)
    sources = [said for source in made_from for said in (source.home, source.licence)]
    assert [one for one in (manifest.version, *sources) if one not in page] == []


def test_it_offers_the_crops_of_its_classes_and_refuses_all_others_that_have_texts(
    shipped: Diagnoser, pictures: PictureFactory
) -> None:
    manifest = shipped.manifest
    learned = {entry.crop for entry in manifest.classes if entry.crop is not None}
    assert {crop.id for crop in manifest.crops} == learned
    has_texts = {crop.id for crop in read_taxonomy(ROOT / "data/taxonomy.yaml").crops}
    for crop in (has_texts - learned) | {"unheard_of"}:
        with refused(CaseError, ErrorCode.CROP_UNKNOWN):
            shipped.diagnose([pictures.leaf()], crop_hint=crop)


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("folder", "condition"),
    [
        ("bean_rust", "bean.rust"),
        ("angular_leaf_spot", "bean.angular_leaf_spot"),
        ("healthy", "bean.healthy"),
    ],
)
def test_official_beans_are_mostly_right(shipped: Diagnoser, mirror: Path, folder: str, condition: str) -> None:
    best = [shipped.diagnose(path, "bean").listed for path in some(mirror, f"ibean/test/{folder}/*.jpg", 20)]
    right = sum(bool(listed) and listed[0].id == condition for listed in best)
    assert right >= 16, f"{right} of {len(best)}"


@pytest.mark.mirror
def test_objects_are_refused_and_leaves_are_not(shipped: Diagnoser, mirror: Path) -> None:
    refusals = (Outcome.NOT_A_PLANT, Outcome.UNKNOWN_PLANT)
    objects, leaves = (
        [shipped.diagnose(path).outcome in refusals for path in some(mirror, pattern, 30)]
        for pattern in ("negatives_objects/*/*.jpg", "ibean/test/*/*.jpg")
    )
    assert np.mean(objects) >= 0.8
    assert np.mean(leaves) <= 0.1


@pytest.mark.mirror
def test_the_same_photo_again_changes_nothing(shipped: Diagnoser, mirror: Path) -> None:
    [photo] = some(mirror, "ibean/test/bean_rust/*.jpg", 1)
    once = shipped.diagnose(photo)
    assert shipped.diagnose([photo] * 3) == once.model_copy(update={"photos": once.photos * 3})


@pytest.mark.mirror
def test_a_large_photo_gets_the_answer_of_the_small_one(shipped: Diagnoser, mirror: Path) -> None:
    [photo] = some(mirror, "ibean/test/angular_leaf_spot/*.jpg", 1)
    small = Image.open(photo).convert("RGB")
    large = encoded(small.resize((4000, 3000), Image.Resampling.BICUBIC))
    one, other = (shipped.diagnose(data, "bean").ranked[0] for data in (encoded(small, "PNG"), large))
    assert (one.id, one.probability) == (other.id, pytest.approx(other.probability, abs=0.1))


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
            wrong = shipped.diagnose(path, named)
            assert wrong.condition is None or wrong.condition.crop == named, path
            assert wrong.condition is None or not wrong.contradicts_sender, path
            contradicted["wrong"] += wrong.contradicts_sender
            contradicted["right"] += shipped.diagnose(path, crop).contradicts_sender
    assert contradicted["wrong"] >= 50
    assert contradicted["right"] <= 1


def test_made_up_pictures_never_get_a_confident_condition(shipped: Diagnoser, pictures: PictureFactory) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    for photo in (noise, pictures.blue(), pictures.red()):
        assert shipped.diagnose(photo).outcome not in (Outcome.CONDITION, Outcome.HEALTHY)
