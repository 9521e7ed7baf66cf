"""The ONNX graph around the network: pixels in, calibrated probabilities out.

Because resize, normalisation, temperature and softmax are part of the graph, server, phone and command line cannot
preprocess differently. torch's exporter cannot write the antialiased resize, so this part is built by hand.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from majani.predictor import INPUT, OUTPUTS

NETWORK_INPUT = "normalised"
NETWORK_OUTPUTS = ("logits", "activation", "embedding")
TEMPERATURE = "temperature"
_IR_VERSION = 10  # understood by every onnxruntime since 1.19, its WebAssembly builds included


def with_pixels_in(network: onnx.ModelProto, *, side_px: int, classes: int, opset: int) -> onnx.ModelProto:
    """Wrap an exported network.

    Args:
        network: From ``normalised`` ``(1, 3, S, S)`` float32 to logits, activation and embedding.
        side_px: S.
        classes: Length of the probability vector.
        opset: Of the network and the result.

    Returns:
        A model from ``pixels`` ``(1, H, W, 3)`` uint8 of any size to ``probabilities``, ``activation`` and
        ``embedding``; its temperature is 1 until :func:`set_temperature`.
    """
    before = _preprocessing(side_px, opset)
    after = _softmax(classes, opset)
    network = onnx.ModelProto.FromString(network.SerializeToString())
    for model in (before, network, after):
        model.ir_version = _IR_VERSION
    joined = compose.merge_models(before, network, io_map=[(NETWORK_INPUT, NETWORK_INPUT)])
    joined = compose.merge_models(
        joined, after, io_map=[("logits", "logits")], outputs=["probabilities", "activation", "embedding"]
    )
    by_name = {output.name: output for output in joined.graph.output}
    ordered = [by_name[name] for name in OUTPUTS]
    del joined.graph.output[:]
    joined.graph.output.extend(ordered)
    joined.producer_name = "majani"
    _remove_traces(joined)
    onnx.checker.check_model(joined, full_check=True)
    return joined


def set_temperature(model: onnx.ModelProto, temperature: float) -> None:
    """Change the temperature inside a wrapped model."""
    tensor = next(one for one in model.graph.initializer if one.name == TEMPERATURE)
    tensor.CopyFrom(numpy_helper.from_array(np.array(temperature, dtype=np.float32), TEMPERATURE))


def _remove_traces(model: onnx.ModelProto) -> None:
    """Drop what torch's exporter notes about its own run: stack traces with the paths of the machine it ran on."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]


def load(path: Path) -> onnx.ModelProto:
    """Read a model file."""
    return onnx.load_model_from_string(path.read_bytes())


def _preprocessing(side_px: int, opset: int) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Cast", ["pixels"], ["pixels_float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["pixels_float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "Resize",
            ["planes", "", "", "sizes"],
            ["square"],
            mode="linear",
            antialias=1,
            coordinate_transformation_mode="half_pixel",
        ),
        helper.make_node("Sub", ["square", "grey"], ["centred"]),
        helper.make_node("Div", ["centred", "grey"], [NETWORK_INPUT]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1, 3, side_px, side_px], dtype=np.int64), "sizes"),
        numpy_helper.from_array(np.array(127.5, dtype=np.float32), "grey"),
    ]
    graph = helper.make_graph(
        nodes,
        "preprocessing",
        [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, [1, "height", "width", 3])],
        [helper.make_tensor_value_info(NETWORK_INPUT, TensorProto.FLOAT, [1, 3, side_px, side_px])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def _softmax(classes: int, opset: int) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Div", ["logits", TEMPERATURE], ["tempered"]),
        helper.make_node("Softmax", ["tempered"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "softmax",
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, classes])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, classes])],
        [numpy_helper.from_array(np.array(1.0, dtype=np.float32), TEMPERATURE)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
