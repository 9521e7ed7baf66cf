"""The exported graph does what torch and Pillow do: same logits, same resize, the calibration inside."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image

from majani.model.head import (
    Calibration,
    LinearLayer,
    MahalanobisDetector,
    ModelOutput,
    Outliers,
    calibrated_probabilities,
)
from majani.taxonomy import REJECT_CLASSES
from training.bundle import graph
from training.bundle.graph import (
    copy_fitted,
    network_sha256,
    read_calibration,
    read_head,
    set_calibration,
    set_head,
    with_pixels_in,
)
from training.bundle.onnx_export import MAX_DEVIATION, ExportError, export_network, network_input
from training.calibration.out_of_distribution import fit_mahalanobis
from training.model.network import ExportNetwork, LeafNetwork, load_pretrained

SIDE_PX = 64
CLASSES = 5
OPSET = 18

# torch's exporter warns about its own internals.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.fixture(scope="module")
def network() -> LeafNetwork:
    torch.manual_seed(7)
    made = LeafNetwork(backbone="tf_efficientnet_lite0", classes=CLASSES, dropout=0.3)
    load_pretrained(made, "package")
    torch.nn.init.normal_(made.head.weight, std=0.2)
    # Of zeros, the exporter makes no constant.
    torch.nn.init.normal_(made.head.bias)
    return made.eval()


@pytest.fixture(scope="module")
def wrapped(network: LeafNetwork) -> onnx.ModelProto:
    bare = export_network(network, side_px=SIDE_PX, opset=OPSET)
    return with_pixels_in(
        bare, side_px=SIDE_PX, classes=CLASSES, opset=OPSET, mean=network.mean.numpy(), std=network.std.numpy()
    )


def run(model: onnx.ModelProto, *photos: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["probabilities", "activation", "embedding"], {"pixels": np.stack(photos)})


def noise(height: int, width: int) -> np.ndarray:
    small = np.random.default_rng(3).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def test_onnx_from_pixels_is_torch_from_pixels_shaped_as_agreed(network: LeafNetwork, wrapped: onnx.ModelProto) -> None:
    pixels = noise(SIDE_PX, SIDE_PX)
    with torch.inference_mode():
        expected = network(network.normalise(torch.from_numpy(pixels.copy())[None])).softmax(dim=1).numpy()
    probabilities, activation, embedding = run(wrapped, pixels)
    assert np.abs(probabilities - expected).max() < MAX_DEVIATION
    assert probabilities.shape == (1, CLASSES)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert activation.shape == (1, CLASSES, 2, 2)
    assert embedding.shape == (1, 1280)


def test_a_network_that_differs_from_its_export_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    small = LeafNetwork(backbone="test_efficientnet", classes=CLASSES, dropout=0.0).eval()
    right = ExportNetwork.forward

    def off_by_little(self: ExportNetwork, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        logits, activation, embedding = right(self, pixels)
        # The exporter traces the graph with this; torch itself then answers without it.
        return (logits + 0.01 if torch.compiler.is_compiling() else logits), activation, embedding

    monkeypatch.setattr(ExportNetwork, "forward", off_by_little)
    with pytest.raises(ExportError):
        export_network(small, side_px=SIDE_PX, opset=OPSET)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (256, 256), (300, 200), (97, 513), (30, 40)])
def test_the_resize_in_the_graph_is_pillows(network: LeafNetwork, height: int, width: int) -> None:
    model = graph._preprocessing(SIDE_PX, OPSET, network.mean.numpy(), network.std.numpy())
    model.ir_version = graph._IR_VERSION
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    pixels = noise(height, width)
    (normalised,) = session.run(None, {"pixels": pixels[None]})
    difference = np.abs(normalised - network_input(network, pixels, SIDE_PX)) * 127.5
    assert difference.mean() < 0.5
    assert difference.max() < 2


@pytest.fixture(scope="module")
def detector() -> MahalanobisDetector:
    known = np.random.default_rng(1).normal(size=(300, 1280)).astype(np.float32)
    return fit_mahalanobis(known, ["bean.rust", "bean.healthy", *REJECT_CLASSES] * 75, directions=16)


@pytest.fixture(scope="module")
def outliers() -> Outliers:
    """Three kinds: two of unknown plants, one of things."""
    random = np.random.default_rng(3)
    weights = random.normal(scale=0.1, size=(3, 1280)).astype(np.float16).astype(np.float32)
    return Outliers(weights, random.normal(size=3).astype(np.float32), np.array([0, 1, 0]))


def calibrated(model: onnx.ModelProto, calibration: Calibration) -> onnx.ModelProto:
    changed = onnx.ModelProto.FromString(model.SerializeToString())
    set_calibration(changed, calibration)
    return changed


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"temperature": 2.0},
        {"usual_novelty": 1e9, "novelty_weight": 1.0},
        {"usual_novelty": 0.0, "novelty_weight": 0.01},
        {"temperature": 0.7, "usual_novelty": 0.0, "novelty_weight": 0.01},
    ],
    ids=["none", "temperature", "usual", "unusual", "all"],
)
@pytest.mark.parametrize("kinds", [False, True])
def test_beliefs_in_the_graph_are_those_in_numpy(
    wrapped: onnx.ModelProto, detector: MahalanobisDetector, outliers: Outliers, changes: dict[str, float], kinds: bool
) -> None:
    detector_of = {"detector": detector} if "novelty_weight" in changes else {}
    calibration = Calibration(**changes, **detector_of, outliers=outliers if kinds else None)
    model = calibrated(wrapped, calibration)
    onnx.checker.check_model(model, full_check=True)
    probabilities, activation, embedding = run(model, noise(100, 80))
    expected = calibrated_probabilities(ModelOutput(activation.mean(axis=(2, 3)), embedding), calibration)
    assert np.allclose(probabilities, expected, atol=1e-5)
    if changes.get("usual_novelty") == 0.0:
        assert detector.score(embedding)[0] > 0


def test_head_and_calibration_are_set_read_and_copied_whole(
    wrapped: onnx.ModelProto, detector: MahalanobisDetector, outliers: Outliers
) -> None:
    calibration = Calibration(0.7, outliers, detector, usual_novelty=1.0, novelty_weight=0.01)
    of = calibrated(wrapped, calibration)
    random = np.random.default_rng(4)
    half = random.normal(size=(CLASSES, 1280)).astype(np.float16)
    head = LinearLayer(half.astype(np.float32), random.normal(size=CLASSES).astype(np.float32))
    set_head(of, head)
    pixels = noise(64, 90)
    probabilities, _, embedding = run(of, pixels)
    assert np.allclose(probabilities, calibrated_probabilities(head.output(embedding), calibration), atol=1e-5)
    found = read_head(of), read_calibration(of)
    assert (found[0].weights == head.weights).all()
    assert np.allclose(calibrated_probabilities(found[0].output(embedding), found[1]), probabilities, atol=1e-5)
    to = onnx.ModelProto.FromString(wrapped.SerializeToString())
    copy_fitted(of, to)
    assert (run(to, pixels)[0] == probabilities).all()
    assert not np.allclose(probabilities, run(wrapped, pixels)[0], atol=1e-3)
    # It sees the same, whatever is said of it.
    assert network_sha256(of) == network_sha256(wrapped)


def test_nothing_tells_of_the_machine_that_exported_it(wrapped: onnx.ModelProto) -> None:
    content = wrapped.SerializeToString()
    assert b'.py", line ' not in content
    assert b"site-packages" not in content
    assert str(Path(__file__).parents[2]).encode() not in content


@pytest.fixture(scope="module")
def whole(wrapped: onnx.ModelProto, detector: MahalanobisDetector, outliers: Outliers) -> onnx.ModelProto:
    return calibrated(wrapped, Calibration(0.7, outliers, detector, usual_novelty=0.0, novelty_weight=0.01))


def test_several_photos_get_what_each_gets_alone(whole: onnx.ModelProto) -> None:
    photos = [np.roll(noise(90, 70), 10 * shift, axis=(0, 2)) for shift in range(4)]
    together = run(whole, *photos)
    alone = [np.concatenate(outputs) for outputs in zip(*(run(whole, photo) for photo in photos), strict=True)]
    assert not np.allclose(alone[0][0], alone[0][1], atol=1e-3)
    for ours, theirs in zip(together, alone, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_one_photo_gets_the_bits_that_a_graph_for_one_gives(whole: onnx.ModelProto) -> None:
    fixed = onnx.ModelProto.FromString(whole.SerializeToString())
    graph_of_one = fixed.graph
    for value in (*graph_of_one.input, *graph_of_one.output, *graph_of_one.value_info):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    graph_of_one.node.remove(next(node for node in graph_of_one.node if "sizes" in node.input))
    sizes = np.array([1, 3, SIDE_PX, SIDE_PX], dtype=np.int64)
    graph_of_one.initializer.append(onnx.numpy_helper.from_array(sizes, "square_shape"))
    for photo in (noise(64, 64), noise(300, 200), noise(30, 40)):
        for ours, theirs in zip(run(whole, photo), run(fixed, photo), strict=True):
            assert (ours == theirs).all()
