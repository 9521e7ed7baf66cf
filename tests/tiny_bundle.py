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
    CoarseThresholds,
    ConfidenceBand,
    DecisionRules,
    HeadRecord,
    LearnedSource,
    Manifest,
    ModelFile,
    NamedId,
    Provenance,
    SaidTo,
    SetRule,
    Situation,
    SituationRules,
    Thresholds,
    sha256_hex,
)
from majani.model.head import Calibration, Head, LinearLayer
from majani.model.head_file import HeadFile, HeadManifest, write_head
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


def tiny_rules() -> DecisionRules:
    """Rules with round numbers, so that tests can name their edges."""
    return DecisionRules(
        thresholds=Thresholds(answer=0.7, reject=0.5, coarse=0.6),
        hint_factor=0.1,
        quality=QualityLimits(min_side_px=48, min_luminance=30, min_sharpness=20),
        confidence_bands=(
            ConfidenceBand(min_probability=0.5, right=60, answered=100),
            ConfidenceBand(min_probability=0.9, right=96, answered=100),
        ),
    )


def tiny_manifest(model: bytes) -> Manifest:
    """The manifest that describes ``model``."""
    sha256 = sha256_hex(model)
    return Manifest(
        schema_version=1,
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


def tiny_bundle_with_situations() -> Bundle:
    """The tiny bundle with rules of its own for each situation."""
    bundle = tiny_bundle()
    own = {
        situation: SituationRules(
            answer=answer,
            per_class={"bean.rust": answer + 0.05},
            confidence_bands=(ConfidenceBand(min_probability=answer, right=right, answered=20),),
            sets={"bean": SetRule(min_probability=0.2, alone=0.7, right=right, answered=20)}
            if situation.names_crop
            else {},
            # One situation has the threshold of older bundles.
            coarse=CoarseThresholds(crop=0.9, sick=0.85, parent=0.7) if situation.names_crop else None,
        )
        for situation, answer, right in zip(Situation, (0.75, 0.6, 0.65), (20, 19, 18), strict=True)
    }
    rules = bundle.manifest.rules.model_copy(
        update={
            "situations": own,
            "unknown_plant_factor": 0.25,
            "coarse": CoarseThresholds(crop=0.97, sick=0.8, parent=1),
            "blind_spots": {"tomato": (NamedId(id="tomato.leaf_curl", name="leaf curl"),)},
        }
    )
    manifest = bundle.manifest.model_copy(update={"rules": rules, "schema_version": 3})
    return Bundle(manifest=manifest, model=bundle.model)


# What Majani cannot tell from photos may have no texts yet.
BLIND = NamedId(id="bean.halo_blight", name="halo blight")


def tiny_bundle_with_sets() -> Bundle:
    """To it a red bean leaf is rust or angular leaf spot, nearly alike, and a green one shows no sign."""
    bundle = tiny_bundle({"bean.angular_leaf_spot": (39.9, -20, -20)})
    rules = tiny_bundle_with_situations().manifest.rules
    never = {
        situation: own.model_copy(update={"per_class": {**own.per_class, "bean.healthy": 1.0}})
        for situation, own in (rules.situations or {}).items()
    }
    rules = rules.model_copy(update={"situations": never, "blind_spots": {"bean": (BLIND,)}})
    return Bundle(bundle.manifest.model_copy(update={"rules": rules, "schema_version": 3}), bundle.model)


def tiny_bundle_with_head() -> Bundle:
    """The tiny bundle, whose head is a file too."""
    return _with_head(tiny_bundle().manifest, _FOLLOWS)


def tiny_district_bundle(*, version: str = "2026-02-01-kitui", **changes: Any) -> Bundle:
    """The tiny network with a head of a district, which has taught its workers what no text is on.

    A red leaf is ``bean.streak`` or ``kola.streak``, as its crop is named; kola is a new crop with this one condition.
    """
    base = tiny_bundle().manifest
    taught = [
        ClassEntry(id=f"{crop}.streak", name="streak", crop=crop, kind=Kind.COMPLEX, said_to=SaidTo.WORKERS)
        for crop in ("bean", "kola")
    ]
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
    made = manifest.model_copy(update={"schema_version": 3, "model": model, "head": head})
    return Bundle(Manifest.model_validate(made.model_dump()), tiny_model(), content)
