"""A valid bundle of a few kB whose answer is known beforehand, because it only looks at the mean colour.

Green-dominant is ``bean.healthy``, red-dominant ``bean.rust``, blue-dominant ``not_a_plant``; grey leaves all classes
equal, and yellow leaves ``bean.healthy`` and ``bean.rust`` equal.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from majani.image.quality import QualityLimits
from majani.model.bundle import (
    Adaptation,
    Attribution,
    Bundle,
    ClassEntry,
    HeadRecord,
    LearnedSource,
    Manifest,
    ModelFile,
    NamedId,
    Provenance,
    sha256_hex,
)
from majani.model.grading import Grading, LogisticCalibration
from majani.model.head import Calibration, Head, LinearLayer
from majani.model.head_file import HeadFile, HeadManifest, write_head
from majani.model.rules import DecisionRules
from majani.taxonomy import Action, Kind

OPSET = 18
SIDE_PX = 8
_FOLLOWS: dict[str, tuple[float, float, float]] = {
    "bean.healthy": (-20, 40, -20),
    "bean.rust": (40, -20, -20),
    "bean.angular_leaf_spot": (0, 0, 0),
    "tomato.healthy": (0, 0, 0),
    "tomato.late_blight": (0, 0, 0),
    "unknown_plant": (0, 0, 0),
    "not_a_plant": (-20, -20, 40),
}
# Name and parent; what has none is healthy.
_CONDITIONS = {
    "bean.healthy": ("healthy bean", None),
    "bean.rust": ("bean rust", "leaf_spot"),
    "bean.angular_leaf_spot": ("angular leaf spot", "leaf_spot"),
    "tomato.healthy": ("healthy tomato", None),
    "tomato.late_blight": ("late blight", "blight"),
}


def tiny_model(
    follows: Mapping[str, tuple[float, float, float]] = _FOLLOWS,
    *,
    input_name: str = "pixels",
    last_output: str = "embedding",
) -> bytes:
    """The serialised ONNX graph: pixels -> 8 x 8 means -> linear map per place and of the mean -> softmax."""
    weights = np.array(list(follows.values()), dtype=np.float32)
    constants: dict[str, Any] = {
        "scale": np.array(255, dtype=np.float32),
        "small": np.array([1, 3, SIDE_PX, SIDE_PX], dtype=np.int64),
        "weights": weights[:, :, np.newaxis, np.newaxis],
        "matrix": weights,
        "places": np.array([2, 3], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Cast", [input_name], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["numbers", "scale"], ["unit"]),
        helper.make_node("Transpose", ["unit"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Resize", ["planes", "", "", "small"], ["features"], mode="linear", antialias=1),
        helper.make_node("Conv", ["features", "weights"], ["activation"]),
        helper.make_node("ReduceMean", ["features", "places"], [last_output], keepdims=0),
        helper.make_node("Gemm", [last_output, "matrix"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    count = len(follows)
    graph = helper.make_graph(
        nodes,
        "mean_colour",
        [helper.make_tensor_value_info(input_name, TensorProto.UINT8, [1, "height", "width", 3])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, count]),
            helper.make_tensor_value_info("activation", TensorProto.FLOAT, [1, count, SIDE_PX, SIDE_PX]),
            helper.make_tensor_value_info(last_output, TensorProto.FLOAT, [1, 3]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    # IR 10 is what every onnxruntime that the core accepts can read.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    checker.check_model(model)
    return bytes(model.SerializeToString())


# Its number is the share itself.
_AS_IT_IS = LogisticCalibration(intercept=0, slope=1, field_variance=0, crop_variance=0)


def tiny_rules() -> DecisionRules:
    """Rules with round numbers, so that tests can name their edges: each calibrated number is the share itself."""
    lists = (_AS_IT_IS, _AS_IT_IS, _AS_IT_IS)
    return DecisionRules(
        grading=Grading(lists=lists, sick=_AS_IT_IS, crop=_AS_IT_IS, healthy={"bean": 0.9, "tomato": 0.9}),
        reject=0.5,
        shows=0.6,
        hint_factor=0.1,
        quality=QualityLimits(min_side_px=48, min_luminance=30, min_sharpness=20),
    )


def tiny_manifest(model: bytes) -> Manifest:
    """The manifest that describes ``model``."""
    sha256 = sha256_hex(model)
    return Manifest(
        schema_version=4,
        version=f"2026-01-01-{sha256[:8]}",
        model=ModelFile(
            sha256=sha256,
            size_bytes=len(model),
            precision="fp32",
            opset=OPSET,
            side_px=SIDE_PX,
            embedding_size=3,
            temperature=1.0,
        ),
        crops=(NamedId(id="bean", name="Bean"), NamedId(id="tomato", name="Tomato")),
        parents=(NamedId(id="leaf_spot", name="leaf spot"), NamedId(id="blight", name="blight")),
        classes=(
            *(_condition(one, name, parent) for one, (name, parent) in _CONDITIONS.items()),
            ClassEntry(id="unknown_plant", name="a plant that is not known"),
            ClassEntry(id="not_a_plant", name="not a plant"),
        ),
        rules=tiny_rules(),
        metrics={"accuracy": 0.9},
        provenance=Provenance(
            git_commit="0" * 40,
            data_sha256="0" * 64,
            params_sha256="0" * 64,
            taxonomy_version="2026.1",
            taxonomy_sha256="0" * 64,
            weights=Attribution(title="none", licence="CC0-1.0", home="https://example.org/weights"),
            sources=(LearnedSource(title="synthetic", licence="CC0-1.0", home="https://example.org/photos"),),
        ),
    )


def tiny_bundle(follows: Mapping[str, tuple[float, float, float]] | None = None) -> Bundle:
    """Model and manifest together."""
    model = tiny_model({**_FOLLOWS, **(follows or {})})
    return Bundle(manifest=tiny_manifest(model), model=model)


def _condition(id_: str, name: str, parent: str | None) -> ClassEntry:
    kind, action = (Kind.HEALTHY, Action.NOTHING) if parent is None else (Kind.FUNGUS, Action.SPRAY)
    return ClassEntry(id=id_, name=name, crop=id_.partition(".")[0], parent=parent, kind=kind, action=action)


# What Majani cannot tell from photos may have no texts yet.
OTHER_TROUBLE = NamedId(id="bean.halo_blight", name="halo blight")


def tiny_bundle_with_lists() -> Bundle:
    """To it a red bean leaf is rust or angular leaf spot, nearly alike; a third trouble of beans it does not know."""
    bundle = tiny_bundle({"bean.angular_leaf_spot": (39.9, -20, -20)})
    return Bundle(bundle.manifest.model_copy(update={"other_troubles": {"bean": (OTHER_TROUBLE,)}}), bundle.model)


def tiny_bundle_with_head() -> Bundle:
    """The tiny bundle, whose head is a file too."""
    return _with_head(tiny_bundle().manifest, _FOLLOWS)


def tiny_district_bundle(*, version: str = "2026-02-01-kitui", **changes: Any) -> Bundle:
    """The tiny network with a head of a district, which has taught what no text is on.

    A red leaf is ``bean.streak`` or ``kola.streak``, as its crop is named; kola is a new crop with this one condition.
    """
    base = tiny_bundle().manifest
    taught = [ClassEntry(id=f"{crop}.streak", name="streak", crop=crop, kind=Kind.COMPLEX) for crop in ("bean", "kola")]
    about = {
        "version": version,
        "crops": (*base.crops, NamedId(id="kola", name="Kola")),
        "classes": (*base.classes[:-2], *taught, *base.classes[-2:]),
        "adapted_to": Adaptation(place="Kitui", photos=6, cases=6, from_version=base.version),
    }
    follows = _FOLLOWS | {one.id: (60.0, -20.0, -20.0) for one in taught}
    return _with_head(base.model_copy(update=about | changes), follows, in_graph=False)


def _with_head(
    manifest: Manifest, follows: Mapping[str, tuple[float, float, float]], *, in_graph: bool = True
) -> Bundle:
    network = sha256_hex(b"tiny network")
    same = {name: getattr(manifest, name) for name in ("version", "crops", "parents", "classes", "rules", "adapted_to")}
    about = HeadManifest(**same, network=network, temperature=1, usual_novelty=0, novelty_weight=0, outside=0)
    classes = tuple(entry.id for entry in manifest.classes)
    weights = np.array([follows[one] for one in classes], dtype=np.float32)
    layer = LinearLayer(weights, np.zeros(len(weights), dtype=np.float32))
    content = write_head(HeadFile(about, Head(classes, layer, Calibration())))
    head = HeadRecord(sha256=sha256_hex(content), size_bytes=len(content), in_graph=in_graph)
    model = manifest.model.model_copy(update={"network": network})
    made = manifest.model_copy(update={"model": model, "head": head})
    return Bundle(Manifest.model_validate(made.model_dump()), tiny_model(), content)
