"""A head's file is read back as it was written, gives what the graph gives, or is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from majani.errors import BundleError
from majani.model.bundle import HEAD_FILE, Bundle, ClassEntry, HeadRecord, read_bundle, sha256_hex, write_bundle
from majani.model.head import LinearLayer
from majani.model.head_file import HeadFile, read_head, write_head
from majani.model.predictor import Predictor
from majani.taxonomy import Kind
from tests.tiny_bundle import tiny_bundle_with_head


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return tiny_bundle_with_head()


@pytest.fixture(scope="module")
def content(bundle: Bundle) -> bytes:
    assert bundle.head is not None
    return bundle.head


def test_is_read_back_as_written_and_says_what_the_network_says(bundle: Bundle, content: bytes) -> None:
    file = read_head(content)
    assert write_head(file) == content
    # Any reader of safetensors finds the manifest.
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert json.loads(header["__metadata__"]["majani"])["network"]
    assert file.on(bundle.manifest).head.class_ids == tuple(entry.id for entry in bundle.manifest.classes)
    picture = np.full((64, 64, 3), (60, 160, 40), dtype=np.uint8)
    seen = Predictor(bundle).predict(picture)
    assert file.head.answers(seen.embedding[np.newaxis]).probabilities[0] == pytest.approx(seen.probabilities, abs=1e-5)


def test_a_bundle_carries_it(bundle: Bundle, content: bytes, tmp_path: Path) -> None:
    write_bundle(bundle, tmp_path)
    assert read_bundle(tmp_path) == bundle
    (tmp_path / HEAD_FILE).write_bytes(content + b" ")
    with pytest.raises(BundleError, match=HEAD_FILE):
        read_bundle(tmp_path)
    (tmp_path / HEAD_FILE).unlink()
    with pytest.raises(BundleError, match=HEAD_FILE):
        read_bundle(tmp_path)


def with_a_row_more(bundle: Bundle) -> Bundle:
    """A head beside the graph: white is a condition that the graph does not know."""
    file = read_head(bundle.head or b"")
    white = ClassEntry(id="bean.mildew", name="mildew", crop="bean", kind=Kind.FUNGUS)
    classes = (*file.manifest.classes[:-2], white, *file.manifest.classes[-2:])
    layer = LinearLayer(np.insert(file.head.layer.weights, -2, 20, axis=0), np.insert(file.head.layer.bias, -2, -20))
    head = replace(file.head, class_ids=tuple(entry.id for entry in classes), layer=layer)
    content = write_head(HeadFile(file.manifest.model_copy(update={"classes": classes}), head))
    record = HeadRecord(sha256=sha256_hex(content), size_bytes=len(content), in_graph=False)
    manifest = bundle.manifest.model_copy(update={"classes": classes, "head": record})
    return replace(bundle, manifest=manifest, head=content)


def test_a_head_beside_the_graph_knows_more_on_the_same_network(bundle: Bundle, tmp_path: Path) -> None:
    more = with_a_row_more(bundle)
    write_bundle(more, tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == bundle.model
    predictor = Predictor(read_bundle(tmp_path))
    seen = [predictor.predict(np.full((64, 64, 3), colour, np.uint8)) for colour in (250, (200, 20, 20))]
    likeliest = [more.manifest.classes[int(one.probabilities.argmax())].id for one in seen]
    assert likeliest == ["bean.mildew", "bean.rust"]
    assert seen[0].activation.shape[0] == len(more.manifest.classes)
    with pytest.raises(BundleError, match="fit"):
        Predictor(replace(more, manifest=more.manifest.model_copy(update={"classes": bundle.manifest.classes})))


def test_on_another_network_it_is_refused(bundle: Bundle, content: bytes) -> None:
    model = bundle.manifest.model.model_copy(update={"network": "0" * 64})
    with pytest.raises(BundleError, match="another network"):
        read_head(content).on(bundle.manifest.model_copy(update={"model": model}))


def edited(content: bytes, old: str, new: str) -> bytes:
    assert len(old) == len(new), "the header's length stays"
    assert old.encode() in content
    return content.replace(old.encode(), new.encode(), 1)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content[:40],
        lambda _: b"",
        lambda content: content[:8] + b"[" + content[9:],
        lambda content: edited(content, 'schema_version\\":4', 'schema_version\\":5'),
        lambda content: edited(content, '"outlier_bias"', '"outlier_boas"'),
        lambda content: content[:-4] + np.float32(np.nan).tobytes(),
    ],
)
def test_a_damaged_file_is_refused(content: bytes, spoil: Callable[[bytes], bytes]) -> None:
    spoilt = spoil(content)
    with pytest.raises(BundleError):
        read_head(spoilt).on(tiny_bundle_with_head().manifest)


def test_numbers_that_do_not_fit_its_classes_are_refused(content: bytes) -> None:
    file = read_head(content)
    layer = replace(file.head.layer, weights=file.head.layer.weights[:-1], bias=file.head.layer.bias[:-1])
    with pytest.raises(BundleError, match="fit"):
        read_head(write_head(replace(file, head=replace(file.head, layer=layer))))
