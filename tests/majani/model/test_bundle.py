"""A bundle is read back as it was written, or refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from majani.errors import BundleError, ErrorCode
from majani.model.bundle import MANIFEST_FILE, MODEL_FILE, Bundle, read_bundle, sha256_hex, write_bundle
from majani.model.rules import general_grading
from tests.majani.conftest import refused
from tests.tiny_bundle import tiny_bundle

Raw = dict[str, Any]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A bundle of one's own, to be spoilt."""
    write_bundle(tiny_bundle(), tmp_path / "deep" / "bundle")
    return tmp_path / "deep" / "bundle"


def rewrite(directory: Path, change: Callable[[Raw], Any]) -> None:
    raw = json.loads((directory / MANIFEST_FILE).read_text())
    change(raw)
    (directory / MANIFEST_FILE).write_text(json.dumps(raw))


def luminance(raw: Raw, edges: list[float], counts: list[int]) -> None:
    raw["validation_photos"] = {"values": {"luminance": {"edges": edges, "counts": counts}}, "words": {}}


def refusal(directory: Path) -> str:
    with refused(BundleError, ErrorCode.BUNDLE_INVALID) as caught:
        read_bundle(directory)
    return str(caught.value)


def test_is_read_back_as_written_and_may_be_replaced_the_manifest_last(directory: Path) -> None:
    assert read_bundle(directory) == tiny_bundle()
    other = tiny_bundle({"bean.rust": (1.0, 2.0, 3.0)})
    write_bundle(other, directory)
    assert read_bundle(directory) == other
    write_bundle(tiny_bundle(), directory)
    (directory / MANIFEST_FILE).unlink()
    (directory / MANIFEST_FILE).mkdir()  # so that writing it fails
    with pytest.raises(IsADirectoryError):
        write_bundle(other, directory)
    assert (directory / MODEL_FILE).read_bytes() == other.model


OLDER: Raw = {
    "thresholds": {"answer": 0.7, "per_class": {"bean.rust": 1.0}, "reject": 0.5, "coarse": 0.6},
    "hint_factor": 0.1,
    "quality": tiny_bundle().manifest.rules.quality.model_dump(),
    "second_look": None,
    "blind_spots": {"bean": [{"id": "bean.rust", "name": "rust"}, {"id": "bean.halo_blight", "name": "halo blight"}]},
}


@pytest.mark.parametrize("schema_version", [1, 2, 3])
def test_an_older_bundle_answers_by_general_numbers(directory: Path, schema_version: int) -> None:
    rewrite(directory, lambda raw: raw.update(rules=OLDER, schema_version=schema_version))
    rewrite(directory, lambda raw: raw["classes"][0].update(said_to="workers"))
    rewrite(directory, lambda raw: raw.pop("other_troubles"))
    manifest = read_bundle(directory).manifest
    assert manifest.rules.grading == general_grading()
    assert (manifest.rules.reject, manifest.rules.shows, manifest.rules.hint_factor) == (0.5, 0.6, 0.1)
    assert {crop: [one.id for one in of] for crop, of in manifest.other_troubles.items()} == {
        "bean": ["bean.halo_blight"]
    }
    # What was migrated is written and read as what it is now.
    write_bundle(read_bundle(directory), directory)
    assert read_bundle(directory).manifest == manifest


def test_an_older_bundle_that_needs_a_second_look_is_refused(directory: Path) -> None:
    rewrite(directory, lambda raw: raw.update(rules=OLDER | {"second_look": {"below": 0.9}}, schema_version=1))
    assert "second_look" in refusal(directory)


@pytest.mark.parametrize("spots", [["rust"], {"bean": [{"name": "rust"}]}, {"bean": 1}])
def test_an_older_bundle_whose_blind_spots_are_malformed_is_refused(directory: Path, spots: object) -> None:
    rewrite(directory, lambda raw: raw.update(rules=OLDER | {"blind_spots": spots}, schema_version=3))
    rewrite(directory, lambda raw: raw.pop("other_troubles"))
    assert "blind_spots" in refusal(directory)


def test_files_that_are_not_there_or_not_the_right_ones_are_refused(directory: Path) -> None:
    assert "absent" in refusal(directory / "absent")
    model = (directory / MODEL_FILE).read_bytes()
    for altered in (model + b"\0", model[:-1], b"", tiny_bundle({"bean.rust": (1.0, 2.0, 3.0)}).model):
        (directory / MODEL_FILE).write_bytes(altered)
        assert sha256_hex(altered) in refusal(directory)
    (directory / MODEL_FILE).unlink()
    assert MODEL_FILE in refusal(directory)
    (directory / MODEL_FILE).write_bytes(model)
    for content in (b"", b"{", b"[]", b"null", b"\xff\xfe{}"):
        (directory / MANIFEST_FILE).write_bytes(content)
        assert MANIFEST_FILE in refusal(directory)
    (directory / MANIFEST_FILE).unlink()
    assert MANIFEST_FILE in refusal(directory)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: raw.update(schema_version=5), id="newer schema"),
        pytest.param(lambda raw: raw.update(extra=1), id="unknown field"),
        pytest.param(lambda raw: raw.update(version=""), id="no version"),
        pytest.param(lambda raw: raw.update(metrics={"field.top1": float("inf")}), id="endless metric"),
        pytest.param(lambda raw: raw["model"].update(sha256="A" * 64), id="malformed sha256"),
        pytest.param(lambda raw: raw["model"].update(precision="fp16"), id="unknown precision"),
        pytest.param(lambda raw: raw["model"].update(temperature=0), id="temperature 0"),
        pytest.param(lambda raw: raw["classes"].insert(0, raw["classes"][0]), id="class twice"),
        pytest.param(lambda raw: raw["classes"].reverse(), id="reject classes first"),
        pytest.param(lambda raw: raw["classes"].pop(), id="one reject class"),
        pytest.param(lambda raw: raw.update(classes=raw["classes"][-2:]), id="reject classes only"),
        pytest.param(lambda raw: raw["classes"][0].update(crop="pea"), id="crop not listed"),
        pytest.param(lambda raw: raw["classes"][0].pop("crop"), id="condition without crop"),
        pytest.param(lambda raw: raw["classes"][1].update(parent="wilt"), id="parent not listed"),
        pytest.param(lambda raw: raw["rules"]["grading"]["sick"].update(slope=0), id="a share that says nothing"),
        pytest.param(lambda raw: raw["rules"]["grading"]["lists"].pop(), id="no number of three"),
        pytest.param(lambda raw: raw["rules"].update(thresholds={}), id="old and new rules"),
        pytest.param(lambda raw: raw["rules"].update(shows=1.01), id="limit over 1"),
        pytest.param(lambda raw: raw["rules"].update(reject=-0.01), id="limit below 0"),
        pytest.param(lambda raw: raw["rules"].update(hint_factor=0), id="a hint that rules out"),
        pytest.param(lambda raw: raw["rules"].update(hint_factor=1.1), id="a hint against itself"),
        pytest.param(lambda raw: raw.update(version="1" * 65), id="longer than a database keeps"),
        pytest.param(lambda raw: raw["rules"]["quality"].update(min_luminance=256), id="brighter than white"),
        pytest.param(lambda raw: raw["rules"]["quality"].update(min_side_px=0), id="no side"),
        pytest.param(lambda raw: luminance(raw, [9, 8], [1, 2, 3]), id="falling edges"),
        pytest.param(lambda raw: luminance(raw, [8, 9], [1, 2]), id="edges without counts"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(directory: Path, change: Callable[[Raw], Any]) -> None:
    rewrite(directory, change)
    said = refusal(directory)
    assert MANIFEST_FILE in said
    # Of a check that fails, the service logs the last line.
    assert "\n" not in said


def test_a_model_that_is_not_described_is_not_written(tmp_path: Path) -> None:
    bundle = tiny_bundle()
    with pytest.raises(BundleError):
        write_bundle(Bundle(manifest=bundle.manifest, model=bundle.model + b"\0"), tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()
