"""Whatever is wrong with a challenger, there is just none."""

import json
from pathlib import Path

import pytest

from majani.model.bundle import Bundle, sha256_hex, write_bundle
from majani.model.signature import make_key
from serving.shadow.challenger import find_challenger
from serving.telemetry.metrics import SHADOW_SKIPPED
from tests.tiny_bundle import tiny_bundle, tiny_model

INCUMBENT = tiny_bundle().manifest.version


def skipped() -> float:
    return SHADOW_SKIPPED.labels("bundle")._value.get()


def test_the_model_that_answers_is_no_challenger(tiny_bundle_dir: Path) -> None:
    before = skipped()
    assert find_challenger(tiny_bundle_dir, champion=INCUMBENT) is None
    assert skipped() == before


def damage_model(directory: Path) -> None:
    (directory / "model.onnx").write_bytes(b"not a model")


def forge_model(directory: Path) -> None:
    """A model that onnxruntime cannot load, with a manifest that vouches for it."""
    model = b"not a model"
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["model"] |= {"sha256": sha256_hex(model), "size_bytes": len(model)}
    (directory / "model.onnx").write_bytes(model)
    (directory / "manifest.json").write_text(json.dumps(manifest))


def swap_input(directory: Path) -> None:
    model, manifest = tiny_model(input_name="photo"), tiny_bundle().manifest
    described = manifest.model.model_copy(update={"sha256": sha256_hex(model), "size_bytes": len(model)})
    write_bundle(Bundle(manifest.model_copy(update={"model": described}), model), directory)


@pytest.mark.parametrize("spoil", [damage_model, forge_model, swap_input])
def test_a_broken_one_is_counted_and_left_out(spoil: object, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    directory = tmp_path / "challenger"
    write_bundle(tiny_bundle(), directory)
    spoil(directory)  # type: ignore[operator]
    before = skipped()
    assert find_challenger(directory, champion="another") is None
    assert skipped() == before + 1
    assert "no shadow mode" in caplog.text


def test_one_without_a_signature_is_left_out_where_a_key_is_set(tiny_bundle_dir: Path) -> None:
    before = skipped()
    assert find_challenger(tiny_bundle_dir, champion="another", key=make_key()[1]) is None
    assert skipped() == before + 1
