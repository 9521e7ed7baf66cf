"""The trained network as ONNX, once in fp32 and once in int8, both from pixels to probabilities."""

import json
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pandas as pd
import torch
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from majani.image.decode import Pixels, decode
from training.artifacts.files import CLASSES_FILE, NETWORK_FILE, RAW_DIR
from training.bundle.graph import BATCH, NETWORK_INPUT, NETWORK_OUTPUTS, with_pixels_in
from training.dataset.pixels import to_square
from training.model.network import ExportNetwork, LeafNetwork
from training.settings import ExportParams

# What two exact implementations of the same float32 network may differ by.
MAX_DEVIATION = 1e-4


class ExportError(Exception):
    """The exported graph does not do what the trained network does."""


class _PhotoReader(CalibrationDataReader):  # type: ignore[misc]
    """Feeds training photos to the quantiser, one at a time."""

    def __init__(self, photos: Iterator[npt.NDArray[np.float32]]) -> None:
        self._photos = photos

    def get_next(self) -> dict[str, npt.NDArray[np.float32]] | None:
        """The next photo, or None at the end, as the library's protocol wants it."""
        photo = next(self._photos, None)
        return None if photo is None else {NETWORK_INPUT: photo}


def export_network(network: LeafNetwork, *, side_px: int, opset: int) -> onnx.ModelProto:
    """The bare network, in evaluation mode, as fp32 ONNX, checked against torch.

    Raises:
        ExportError: If ONNX and torch differ by more than 1e-4 anywhere in logits or activation map, relative to the
            largest value.
    """
    network.map_side(side_px)
    exported = ExportNetwork(network).eval()
    # Of one photo, the exporter would make a graph for one.
    example = torch.rand(2, 3, side_px, side_px, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "network.onnx"
        torch.onnx.export(
            exported,
            (example,),
            path,
            input_names=[NETWORK_INPUT],
            output_names=list(NETWORK_OUTPUTS),
            dynamic_shapes=({0: torch.export.Dim(BATCH)},),
            opset_version=opset,
            external_data=False,
            dynamo=True,
            verbose=False,
        )
        model = onnx.load(path)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    by_onnx = session.run(list(NETWORK_OUTPUTS), {NETWORK_INPUT: example.numpy()})
    with torch.inference_mode():
        by_torch = exported(example)
    for name, ours, theirs in zip(NETWORK_OUTPUTS, by_onnx, by_torch, strict=True):
        deviation = float(np.abs(ours - theirs.numpy()).max() / max(1.0, float(theirs.abs().max())))
        if deviation > MAX_DEVIATION:
            raise ExportError(f"{name}: ONNX and torch differ by {deviation:.2e}, at most {MAX_DEVIATION:.0e}")
    return model


def quantise(model: onnx.ModelProto, photos: Iterator[npt.NDArray[np.float32]]) -> onnx.ModelProto:
    """The network with 8-bit weights, and activations ranged on ``(1, 3, S, S)`` inputs; the head stays float."""
    head = [node.name for node in model.graph.node if node.op_type == "Conv"][-1]
    with tempfile.TemporaryDirectory() as directory:
        plain, prepared, quantised = (Path(directory) / name for name in ("a.onnx", "b.onnx", "c.onnx"))
        onnx.save(model, plain)
        # torch's exporter has noted all shapes; symbolic inference fails on some graphs for any number of photos.
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            quantised,
            _PhotoReader(photos),
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=[head],
            extra_options={"CalibMovingAverage": True},
        )
        model = onnx.load(quantised)
    _store_in_half(model, head)
    return model


def _store_in_half(model: onnx.ModelProto, head: str) -> None:
    """Keep the head's weights in 16 bits; the runtime widens them once, when it loads the model."""
    node = next(node for node in model.graph.node if node.name == head)
    weights = next(initializer for initializer in model.graph.initializer if initializer.name == node.input[1])
    narrow = f"{weights.name}_half"
    wide = onnx.helper.make_node("Cast", [narrow], [weights.name], to=onnx.TensorProto.FLOAT)
    weights.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(weights).astype(np.float16), narrow))
    model.graph.node.insert(0, wide)


def network_input(network: LeafNetwork, pixels: Pixels, side_px: int) -> npt.NDArray[np.float32]:
    """``(1, 3, S, S)`` float32, as the graph's own preprocessing makes it."""
    return np.asarray(network.normalise(torch.from_numpy(to_square(pixels, side_px).copy())[None]).numpy())


def calibration_photos(
    network: LeafNetwork, photos: pd.DataFrame, params: ExportParams
) -> Iterator[npt.NDArray[np.float32]]:
    """A fixed random choice of training photos."""
    rows = photos.sample(frac=1, random_state=params.seed)["photo"].iloc[: params.calibration_photos]
    for photo in rows:
        yield network_input(network, decode((RAW_DIR / str(photo)).read_bytes()), params.side_px)


def export_onnx(
    network: LeafNetwork, photos: pd.DataFrame, *, classes: int, params: ExportParams
) -> tuple[onnx.ModelProto, onnx.ModelProto]:
    """A trained network in fp32 and in int8, both from pixels to probabilities; some photos set 8-bit ranges."""
    fp32 = export_network(network.eval(), side_px=params.side_px, opset=params.opset)
    int8 = quantise(fp32, calibration_photos(network, photos, params))
    mean, std = network.mean.numpy(), network.std.numpy()
    whole = partial(with_pixels_in, side_px=params.side_px, classes=classes, opset=params.opset, mean=mean, std=std)
    return whole(fp32), whole(int8)


def load_network() -> tuple[LeafNetwork, list[str]]:
    """The trained network in evaluation mode, and its classes."""
    classes: list[str] = json.loads(CLASSES_FILE.read_text(encoding="utf-8"))
    stored = torch.load(NETWORK_FILE, weights_only=True)
    network = LeafNetwork(backbone=stored["backbone"], classes=len(classes), dropout=0.0)
    network.load_state_dict(stored["weights"])
    return network.eval(), classes
