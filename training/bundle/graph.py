"""The ONNX graph around the network: pixels in, calibrated probabilities out.

Because resize, normalisation, temperature and softmax are part of the graph, server, phone and command line cannot
preprocess differently. torch's exporter cannot write the antialiased resize, so this part is built by hand.
:mod:`majani.model.head` does in numpy what follows the network here.
"""

import json
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from majani.model.bundle import Attribution, sha256_hex
from majani.model.head import LEAST, Calibration, Floats, LinearLayer, MahalanobisDetector, Outliers
from majani.model.predictor import INPUT, OUTPUTS
from majani.taxonomy import REJECT_CLASSES, UNKNOWN_PLANT

# In models of release 0.1.0; that many, and no photo falls below it.
_MIN_EVIDENCE, _NO_MIN_EVIDENCE = "min_evidence", -1e9
NETWORK_INPUT = "normalised"
NETWORK_OUTPUTS = ("logits", "activation", "embedding")
# Name of the axis of photos, of which there may be any number.
BATCH = "batch"
_IR_VERSION = 10  # understood by every onnxruntime since 1.19, its WebAssembly builds included


def with_pixels_in(
    network: onnx.ModelProto, *, side_px: int, classes: int, opset: int, mean: Floats, std: Floats
) -> onnx.ModelProto:
    """Wrap an exported network, ``normalised`` ``(N, 3, S, S)`` float32 to logits, activation and embedding.

    ``mean`` and ``std``, ``(3, 1, 1)`` in grey levels 0..255, normalise the pixels.

    Returns:
        A model from ``pixels`` ``(N, H, W, 3)`` uint8 of any size to ``probabilities`` (``classes`` of them, reject
        classes last), ``activation`` and ``embedding``, each ``(N, ...)``, without calibration until
        :func:`set_calibration`.
    """
    before = _preprocessing(side_px, opset, mean, std)
    after = _probabilities(classes, _size(network, "embedding"), opset)
    network = onnx.ModelProto.FromString(network.SerializeToString())
    for model in (before, network, after):
        model.ir_version = _IR_VERSION
    joined = compose.merge_models(before, network, io_map=[(NETWORK_INPUT, NETWORK_INPUT)])
    joined = compose.merge_models(
        joined,
        after,
        io_map=[("logits", "logits"), ("embedding", "seen")],
        outputs=["probabilities", "activation", "embedding"],
    )
    by_name = {output.name: output for output in joined.graph.output}
    ordered = [by_name[name] for name in OUTPUTS]
    del joined.graph.output[:]
    joined.graph.output.extend(ordered)
    joined.producer_name = "majani"
    _remove_traces(joined)
    # Constants of other shapes make the others untrue. From this one onnxruntime learns that the squares have one size.
    del joined.graph.value_info[:]
    joined.graph.value_info.append(before.graph.output[0])
    onnx.checker.check_model(joined, full_check=True)
    return joined


def set_calibration(model: onnx.ModelProto, calibration: Calibration) -> None:
    """Change the calibration inside a wrapped model."""
    constants = _constants(calibration, classes=_size(model, "probabilities"), embedding_size=_size(model, "embedding"))
    there = {initializer.name for initializer in model.graph.initializer}
    # Models of earlier releases have no place for outliers.
    _replace(model, [constant for constant in constants if calibration.outliers is not None or constant.name in there])


def set_metadata(model: onnx.ModelProto, class_ids: Sequence[str], made_from: Iterable[Attribution]) -> None:
    """Name the classes, in output order, and whose work is in the model, for whoever holds the file alone.

    Not the version of the bundle, which is made from the model's checksum and changes with the rules.
    """
    licence = "; ".join(f"{name.title}: {name.licence}" for name in made_from)
    helper.set_model_props(model, {"classes": json.dumps(class_ids), "licence": licence})


def set_head(model: onnx.ModelProto, head: LinearLayer) -> None:
    """Change the last layer inside a wrapped model, whose weights have 32 or 16 bits."""
    weights, bias = _head_names(model)
    kept = next(initializer for initializer in model.graph.initializer if initializer.name == weights)
    narrow = np.float16 if kept.data_type == TensorProto.FLOAT16 else np.float32
    _replace(model, [_constant(weights, head.weights[:, :, None, None].astype(narrow)), _constant(bias, head.bias)])


def read_head(model: onnx.ModelProto) -> LinearLayer:
    """The last layer of a wrapped model."""
    values = {initializer.name: numpy_helper.to_array(initializer) for initializer in model.graph.initializer}
    weights, bias = (values[name] for name in _head_names(model))
    return LinearLayer(weights[:, :, 0, 0].astype(np.float32), bias)


def _head_names(model: onnx.ModelProto) -> tuple[str, str]:
    """Names of the constants that hold the weights and the bias of the last layer."""
    makes = {output: node for node in model.graph.node for output in node.output}
    _, weights, bias = makes["activation"].input
    # Weights of 16 bits are widened first.
    return (makes[weights].input[0] if weights in makes else weights), bias


def read_calibration(model: onnx.ModelProto) -> Calibration:
    """The calibration inside a wrapped model.

    Raises:
        ValueError: If the model is of release 0.1.0, whose calibration had more parts.
    """
    of = {initializer.name: numpy_helper.to_array(initializer) for initializer in model.graph.initializer}
    if float(of.get(_MIN_EVIDENCE, _NO_MIN_EVIDENCE)) > _NO_MIN_EVIDENCE:
        raise ValueError("the model was calibrated by release 0.1.0; the stage `calibrate` makes it anew")
    detector = MahalanobisDetector(
        centre=of["centre"],
        directions=of["directions"],
        scale=of["scale"],
        whitening=of["whitening"].astype(np.float32),
        means=of["means"].astype(np.float32),
        around=of["around"][:, 0],
        outside=float(of["outside"]),
    )
    outliers = None
    if "outlier_weights" in of:
        classes = of["joining"].shape[1]
        rejects = of["joining"][classes:].argmax(axis=1) - (classes - len(REJECT_CLASSES))
        outliers = Outliers(of["outlier_weights"].T.astype(np.float32), of["outlier_bias"], rejects)
    temperature, usual, weight = (float(of[name]) for name in ("temperature", "usual_novelty", "novelty_weight"))
    return Calibration(temperature, outliers, detector, usual, weight)


def copy_fitted(of: onnx.ModelProto, to: onnx.ModelProto) -> None:
    """Give one wrapped model the head and the calibration of another."""
    set_head(to, read_head(of))
    names = _calibration_names()
    _replace(to, [initializer for initializer in of.graph.initializer if initializer.name in names])


def network_sha256(model: onnx.ModelProto) -> str:
    """Stands for what a wrapped model sees in a photo, whatever head and calibration stand on it."""
    bare = onnx.ModelProto.FromString(model.SerializeToString())
    names = {*_head_names(model), _MIN_EVIDENCE, *_calibration_names()}
    kept = [initializer for initializer in bare.graph.initializer if initializer.name not in names]
    del bare.graph.initializer[:]
    bare.graph.initializer.extend(kept)
    del bare.graph.value_info[:], bare.metadata_props[:]
    return sha256_hex(bare.SerializeToString(deterministic=True))


def _replace(model: onnx.ModelProto, constants: Iterable[TensorProto]) -> None:
    by_name = {initializer.name: initializer for initializer in model.graph.initializer}
    for constant in constants:
        by_name[constant.name].CopyFrom(constant)


def _calibration_names() -> set[str]:
    return {constant.name for constant in _constants(Calibration(), classes=len(REJECT_CLASSES), embedding_size=1)}


def _size(model: onnx.ModelProto, name: str) -> int:
    """Of an output's last axis."""
    output = next(output for output in model.graph.output if output.name == name)
    return int(output.type.tensor_type.shape.dim[-1].dim_value)


def _remove_traces(model: onnx.ModelProto) -> None:
    """Drop names of nodes, and what torch's exporter notes about its own run, such as paths of its machine."""
    graph = model.graph
    for node in graph.node:
        node.name = ""
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]


def _preprocessing(side_px: int, opset: int, mean: Floats, std: Floats) -> onnx.ModelProto:
    node, half_pixel = helper.make_node, {"coordinate_transformation_mode": "half_pixel"}
    nodes = [
        node("Cast", ["pixels"], ["pixels_float"], to=TensorProto.FLOAT),
        node("Transpose", ["pixels_float"], ["planes"], perm=[0, 3, 1, 2]),
        # Not by the attribute `axes`: onnxruntime's optimiser moves the transposition behind the resize and forgets it.
        node("Shape", ["pixels"], ["photo_count"], start=0, end=1),
        node("Concat", ["photo_count", "sizes"], ["square_shape"], axis=0),
        node("Resize", ["planes", "", "", "square_shape"], ["square"], mode="linear", antialias=1, **half_pixel),
        node("Sub", ["square", "colour_mean"], ["centred"]),
        node("Div", ["centred", "colour_std"], [NETWORK_INPUT]),
    ]
    constants = [
        numpy_helper.from_array(np.array([3, side_px, side_px], dtype=np.int64), "sizes"),
        numpy_helper.from_array(mean, "colour_mean"),
        numpy_helper.from_array(std, "colour_std"),
    ]
    graph = helper.make_graph(
        nodes,
        "preprocessing",
        [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, [BATCH, "height", "width", 3])],
        [helper.make_tensor_value_info(NETWORK_INPUT, TensorProto.FLOAT, [BATCH, 3, side_px, side_px])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def _probabilities(classes: int, embedding_size: int, opset: int) -> onnx.ModelProto:
    rejects = len(REJECT_CLASSES)
    is_unknown = np.zeros((1, classes), dtype=np.float32)
    is_unknown[0, classes - rejects + REJECT_CLASSES.index(UNKNOWN_PLANT)] = 1
    node = helper.make_node
    nodes = [
        *_novelty_nodes(),
        node("Sub", ["novelty", "usual_novelty"], ["above_usual"]),
        node("Relu", ["above_usual"], ["unusual"]),
        node("Mul", ["unusual", "novelty_weight"], ["raised"]),
        node("Mul", ["raised", "is_unknown"], ["raised_unknown"]),
        node("Cast", ["outlier_weights"], ["wide_outlier_weights"], to=TensorProto.FLOAT),
        node("MatMul", ["seen", "wide_outlier_weights"], ["towards_outliers"]),
        node("Add", ["towards_outliers", "outlier_bias"], ["outlier_logits"]),
        node("Concat", ["logits", "outlier_logits"], ["all_logits"], axis=1),
        node("Softmax", ["all_logits"], ["shares"], axis=1),
        node("MatMul", ["shares", "joining"], ["joined_shares"]),
        node("Max", ["joined_shares", "least"], ["positive_shares"]),
        node("Log", ["positive_shares"], ["joined_logits"]),
        node("Div", ["joined_logits", "temperature"], ["divided"]),
        node("Add", ["divided", "raised_unknown"], ["tempered"]),
        node("Softmax", ["tempered"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "beliefs",
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [BATCH, classes]),
            helper.make_tensor_value_info("seen", TensorProto.FLOAT, [BATCH, embedding_size]),
        ],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [BATCH, classes])],
        [
            *_constants(Calibration(), classes=classes, embedding_size=embedding_size),
            _constant("is_unknown", is_unknown),
            _constant("least", LEAST),
            _constant("second_axis", np.array([1])),
            _constant("last_axis", np.array([-1])),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def _novelty_nodes() -> list[onnx.NodeProto]:
    """As :meth:`majani.model.head.MahalanobisDetector.score` does it."""
    node = helper.make_node
    return [
        node("Sub", ["seen", "centre"], ["from_centre"]),
        node("DequantizeLinear", ["directions", "scale"], ["wide_directions"], axis=1),
        node("MatMul", ["from_centre", "wide_directions"], ["placed"]),
        node("Cast", ["whitening"], ["wide_whitening"], to=TensorProto.FLOAT),
        node("MatMul", ["placed", "wide_whitening"], ["whitened"]),
        node("Cast", ["means"], ["wide_means"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["whitened", "second_axis"], ["whitened_row"]),
        node("Sub", ["wide_means", "whitened_row"], ["away"]),
        node("ReduceSumSquare", ["away", "last_axis"], ["distances"], keepdims=0),
        node("ReduceMin", ["distances", "last_axis"], ["nearest"], keepdims=1),
        node("Mul", ["whitened", "whitened"], ["squared"]),
        node("MatMul", ["squared", "around"], ["from_the_middle"]),
        node("ReduceSumSquare", ["from_centre", "last_axis"], ["length"], keepdims=1),
        node("ReduceSumSquare", ["placed", "last_axis"], ["length_inside"], keepdims=1),
        node("Sub", ["length", "length_inside"], ["difference"]),
        node("Relu", ["difference"], ["length_outside"]),
        node("Mul", ["length_outside", "outside"], ["weighed_outside"]),
        node("Sub", ["nearest", "from_the_middle"], ["relative"]),
        node("Add", ["relative", "weighed_outside"], ["novelty"]),
    ]


def _constants(calibration: Calibration, *, classes: int, embedding_size: int) -> list[TensorProto]:
    detector = calibration.detector or MahalanobisDetector.none(embedding_size)
    outliers = calibration.outliers or Outliers.none(embedding_size)
    return [
        _constant("outlier_weights", outliers.weights.T.astype(np.float16)),
        _constant("outlier_bias", outliers.bias),
        _constant("joining", outliers.joining(classes)),
        _constant("temperature", calibration.temperature),
        _constant("usual_novelty", calibration.usual_novelty),
        _constant("novelty_weight", calibration.novelty_weight),
        _constant("centre", detector.centre),
        _constant("directions", detector.directions),
        _constant("scale", detector.scale),
        _constant("whitening", detector.whitening.astype(np.float16)),
        _constant("means", detector.means.astype(np.float16)),
        _constant("around", detector.around[:, None]),
        _constant("outside", detector.outside),
    ]


def _constant(name: str, value: npt.ArrayLike) -> TensorProto:
    array = np.asarray(value)
    return numpy_helper.from_array(array.astype(np.float32) if array.dtype == np.float64 else array, name)
