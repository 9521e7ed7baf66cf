"""A model and its rules to a bundle: everything in the manifest that is not fitted, from where it is defined."""

import subprocess
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Literal

import onnx
import pandas as pd

from majani.model.bundle import (
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
from majani.model.head import Head
from majani.model.head_file import HeadFile, HeadManifest, write_head
from majani.model.rules import DecisionRules
from majani.taxonomy import NOT_A_PLANT, UNKNOWN_PLANT, Kind, Taxonomy
from training.artifacts.files import (
    ASKED,
    OUTLIER,
    SPLITS_FILE,
    TAXONOMY_FILE,
    learned_under,
    read_splits,
    read_taxonomy,
)
from training.bundle.graph import network_sha256, set_metadata
from training.settings import PARAMS_FILE, Params, TrainParams, read_params
from training.sources.description import SOURCES_DIR, read_sources
from training.warm_start.kept_networks import read_learned_photos

_REJECT_NAMES = {UNKNOWN_PLANT: "a plant that is not known", NOT_A_PLANT: "not a plant"}


def assemble(
    model: onnx.ModelProto,
    *,
    class_ids: list[str],
    rules: DecisionRules,
    temperature: float,
    date: str,
    in_graph: list[str] | None = None,
) -> Bundle:
    """Put a wrapped graph and fitted rules together; ``class_ids`` are in output order, ``date`` begins the version.

    ``in_graph`` are the classes of the graph, if those of the head beside it are others.
    """
    taxonomy = read_taxonomy()
    provenance = _provenance(taxonomy)
    set_metadata(model, in_graph or class_ids, [provenance.weights, *provenance.sources])
    content = model.SerializeToString(deterministic=True)
    sha256 = sha256_hex(content)
    classes = class_entries(class_ids, taxonomy)
    crops = {entry.crop for entry in classes}
    parents = {entry.parent for entry in classes}
    outputs = {output.name: output.type.tensor_type.shape.dim for output in model.graph.output}
    sizes = next(initializer for initializer in model.graph.initializer if initializer.name == "sizes")
    manifest = Manifest(
        schema_version=4,
        version=version_of(sha256, rules, date),
        model=ModelFile(
            sha256=sha256,
            size_bytes=len(content),
            precision="int8",
            opset=next(opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx")),
            side_px=int(onnx.numpy_helper.to_array(sizes)[-1]),
            embedding_size=outputs["embedding"][-1].dim_value,
            network=network_sha256(model),
            temperature=temperature,
        ),
        crops=tuple(NamedId(id=crop.id, name=crop.name) for crop in taxonomy.crops if crop.id in crops),
        parents=tuple(NamedId(id=parent.id, name=parent.name) for parent in taxonomy.parents if parent.id in parents),
        classes=classes,
        rules=rules,
        other_troubles=other_troubles(class_ids, taxonomy),
        provenance=provenance,
    )
    return Bundle(manifest=manifest, model=content)


def version_of(model_sha256: str, rules: DecisionRules, date: str) -> str:
    """Other rules make another bundle of the same model, for phones that have the one and for the record."""
    return f"{date}-{sha256_hex(f'{model_sha256}{rules.model_dump_json()}'.encode())[:8]}"


def with_head_file(bundle: Bundle, head: Head, *, in_graph: bool = True) -> Bundle:
    """The bundle with its head as a file: the same as in its graph, or one that stands beside it."""
    manifest, calibration = bundle.manifest, head.calibration
    if manifest.model.network is None:
        raise ValueError(f"bundle {manifest.version} is of an older schema, on whose network no other head can be put")
    names = ("version", "crops", "parents", "classes", "rules", "other_troubles", "adapted_to")
    same = {name: getattr(manifest, name) for name in names}
    about = HeadManifest(
        **same,
        network=manifest.model.network,
        sources=manifest.provenance.sources,
        temperature=calibration.temperature,
        usual_novelty=calibration.usual_novelty,
        novelty_weight=calibration.novelty_weight,
        outside=0.0 if calibration.detector is None else calibration.detector.outside,
    )
    content = write_head(HeadFile(about, head))
    record = HeadRecord(sha256=sha256_hex(content), size_bytes=len(content), in_graph=in_graph)
    return replace(bundle, manifest=manifest.model_copy(update={"head": record}), head=content)


def class_entries(class_ids: list[str], taxonomy: Taxonomy) -> tuple[ClassEntry, ...]:
    """The manifest's classes, in output order."""
    entries = {class_id: ClassEntry(id=class_id, name=name) for class_id, name in _REJECT_NAMES.items()}
    for condition in taxonomy.conditions:
        entries[condition.id] = ClassEntry(
            id=condition.id,
            name=condition.names[0],
            crop=condition.crop,
            parent=condition.parent,
            kind=condition.kind,
            action=condition.action,
        )
    return tuple(entries[class_id] for class_id in class_ids)


def other_troubles(class_ids: Collection[str], taxonomy: Taxonomy) -> dict[str, tuple[NamedId, ...]]:
    """By crop that a bundle knows, its conditions that no class stands for."""
    found: dict[str, tuple[NamedId, ...]] = {}
    crops = {class_id.partition(".")[0] for class_id in class_ids}
    for one in taxonomy.conditions:
        if one.crop in crops and one.id not in class_ids and one.kind is not Kind.HEALTHY:
            found[one.crop] = (*found.get(one.crop, ()), NamedId(id=one.id, name=one.names[0]))
    return found


def weights_attribution(train: TrainParams) -> Attribution:
    """Where the weights come from that a training began with, as far as it is known."""
    if train.weights == "package":
        name = train.backbone[-5:].title()
        return Attribution(
            title=f"EfficientNet-{name} ImageNet weights (Google TPU models, converted for PyTorch)",
            licence="Apache-2.0",
            home="https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
        )
    if train.weights == "hub":
        # It brings torch, which most stages do without.
        import timm  # noqa: PLC0415

        of: Any = timm.get_pretrained_cfg(train.backbone)
        home = f"https://huggingface.co/{of.hf_hub_id}"
        return Attribution(title=f"{train.backbone}.{of.tag}, weights of timm", licence=of.license, home=home)
    if train.weights == "none":
        return Attribution(title=f"{train.backbone}, begun with random weights", licence="none", home="")
    return Attribution(title=f"{train.backbone}, weights of {train.weights}", licence="not stated", home="")


def learned_sources(
    photos: pd.DataFrame, params: Params, before: Collection[str]
) -> dict[Literal["network", "head"], set[str]]:
    """By part of the bundle, the sources that it has learned from; ``before`` are photos of the network's past."""
    by_network, by_head = (
        learned_under(photos, terms)["split"] for terms in (params.train.terms, params.calibrate.terms)
    )
    now = (by_network == "train") & params.train.learns
    return {
        "network": set(photos.loc[now | photos["sha256"].isin(before), "source"]),
        "head": set(photos.loc[by_head != ASKED, "source"]),
    }


def _provenance(taxonomy: Taxonomy) -> Provenance:
    params = read_params()
    learned = learned_sources(read_splits("train", OUTLIER), params, read_learned_photos(params.train.start_from))
    sources = read_sources(SOURCES_DIR, taxonomy)
    return Provenance(
        git_commit=git_commit(),
        data_sha256=sha256_hex(SPLITS_FILE.read_bytes()),
        params_sha256=sha256_hex(PARAMS_FILE.read_bytes()),
        taxonomy_version=taxonomy.version,
        taxonomy_sha256=sha256_hex(TAXONOMY_FILE.read_bytes()),
        weights=weights_attribution(params.train),
        sources=tuple(
            LearnedSource(
                id=source.id, title=source.title, licence=source.licence, home=source.home or "", learned_by=parts
            )
            for source in sources.values()
            if (parts := tuple(part for part, ids in learned.items() if source.id in ids))
        ),
    )


def git_commit() -> str:
    """The commit of the code; a tree outside git says so rather than stop the pipeline.

    It is that of the day of calibration, and good for the training too: of a stage whose code has changed since it ran,
    DVC lets none go on before it has run again.
    """
    head = _git("rev-parse", "HEAD")
    if head is None:
        return "outside git"
    changed = _git("status", "--porcelain", "--", "*.py", str(PARAMS_FILE), str(SOURCES_DIR))
    return head + ("+changes" if changed else "")


def _git(*arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout.strip() if done.returncode == 0 else None
