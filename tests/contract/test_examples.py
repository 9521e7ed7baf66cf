"""The example photos of the repository: their licences, credits, number and size."""

import re
from pathlib import Path

import pytest
from PIL import Image

from majani.model.bundle import read_bundle, sha256_hex
from majani.taxonomy import REJECT_CLASSES
from majani.text.example_photos import LIST_FILE, ExamplePhotos
from serving.i18n.examples import find_examples
from serving.settings import Settings
from training.artifacts.files import read_taxonomy
from training.release.example_photos import LICENCES, PER_CONDITION, PHOTO_BYTES, read_credits
from training.sources.description import read_sources

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / Settings.model_fields["examples_dir"].default
# A phone fetches all of them after the model.
ALL_BYTES = 1_800_000
SIDE_PX = 320


@pytest.fixture(scope="module")
def examples() -> ExamplePhotos:
    return find_examples(FOLDER)


def test_most_conditions_of_the_running_bundle_have_some(examples: ExamplePhotos) -> None:
    known = {entry.id for entry in read_bundle(ROOT / "models/current").manifest.classes} - set(REJECT_CLASSES)
    assert examples.photos.keys() <= known
    # Those of mango may not be passed on (NC); those of citrus black spot and melanose show no sign of it.
    assert len(examples.photos) >= 72
    assert all(1 <= len(photos) <= PER_CONDITION for photos in examples.photos.values())
    assert len(examples.files) == sum(map(len, examples.photos.values()))


def test_documents_name_conditions_that_have_one(examples: ExamplePhotos) -> None:
    named = [re.findall(r"<!-- photos: (.+?) -->", page.read_text("utf-8")) for page in (ROOT / "docs").rglob("*.md")]
    conditions = {condition for page in named for found in page for condition in found.split(", ")}
    assert set() < conditions <= examples.photos.keys()


def test_the_folder_holds_what_is_listed_small_webps_of_pixels_alone_named_after_their_content(
    examples: ExamplePhotos,
) -> None:
    assert {path.name for path in FOLDER.glob("*.webp")} == examples.files
    assert examples.bytes == sum(path.stat().st_size for path in FOLDER.glob("*.webp"))
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= ALL_BYTES
    assert (FOLDER / LIST_FILE).stat().st_size <= 22_000
    for file in examples.files:
        data = (FOLDER / file).read_bytes()
        assert file == f"{sha256_hex(data)[:16]}.webp"
        assert len(data) <= PHOTO_BYTES
        with Image.open(FOLDER / file) as image:
            assert image.format == "WEBP"
            assert max(image.size) <= SIDE_PX
            assert image.info.keys().isdisjoint({"exif", "xmp", "icc_profile"})


def test_each_has_the_credit_of_an_open_source(examples: ExamplePhotos) -> None:
    open_credits = read_credits(read_sources(ROOT / "data/sources", read_taxonomy(ROOT / "data/taxonomy.yaml")))
    assert {photo.source for photos in examples.photos.values() for photo in photos} == examples.sources.keys()
    for name, credit in examples.sources.items():
        # None of a source that is not open any more.
        assert credit == open_credits[name]
        assert credit.licence.startswith(("CC BY", "CC0", "MIT"))
        assert LICENCES[credit.licence] == credit.licence_link
        assert all(author and "record" not in author for author in credit.authors)
