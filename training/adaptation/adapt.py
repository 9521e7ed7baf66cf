"""Adapt the running bundle to a district, and let the gate judge the result.

Only conditions that the bundle knows and that the district has shown often enough are fitted anew: they get thresholds
that hold in places that were adapted to in the same way. All others keep their weights and thresholds; temperature and
out-of-distribution score are of all, and follow.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import onnx
import pandas as pd

from majani.model.bundle import Adaptation, Bundle, DecisionRules, Situation, SituationRules, sha256_hex
from majani.model.head import Answers, Head
from training.adaptation.heads import cross_validated, fit_with
from training.artifacts.embeddings import EmbeddingTable
from training.bundle.assemble import with_head_file
from training.bundle.graph import network_sha256, read_calibration, read_head, set_calibration, set_head, set_metadata
from training.calibration.head import fit_calibrated_head
from training.calibration.situations import Hint, Place
from training.calibration.thresholds import fit_situations
from training.evaluation.metrics import predictions
from training.release.gate import Outcomes, Verdict, judge
from training.settings import Params


class AdaptationError(Exception):
    """There is not enough to adapt to, or what is kept belongs to another network."""


@dataclass(frozen=True)
class District:
    """Whom a bundle is for, and what the running network sees in the photos that were reviewed there, in all ways."""

    name: str
    photos: EmbeddingTable


@dataclass(frozen=True)
class Kept:
    """What the running network sees in the photos that it learned from, and in test photos, for the gate alone."""

    learned: EmbeddingTable
    tested: EmbeddingTable


@dataclass(frozen=True)
class Adapted:
    """The new bundle and the gate's verdict on it."""

    bundle: Bundle
    verdict: Verdict


def enough_of(local: EmbeddingTable, bundle: Bundle, minimum: int) -> EmbeddingTable:
    """The local photos of conditions that the bundle knows and that have at least so many photos.

    Raises:
        AdaptationError: If fewer than two conditions are left, or all photos are of one group.
    """
    known = {entry.id for entry in bundle.manifest.classes if entry.crop is not None}
    counts = local.as_taken().rows["class_id"].value_counts()
    wanted = [class_id for class_id in counts.index[counts >= minimum] if class_id in known]
    if len(wanted) < 2:
        raise AdaptationError(
            f"a district needs {minimum} reviewed photos of each of two conditions that the bundle knows; "
            f"it has {', '.join(f'{count} of {class_id}' for class_id, count in counts.items()) or 'none'}"
        )
    enough = local.where(local.rows["class_id"].isin(wanted))
    if enough.rows["group"].nunique() < 2:
        raise AdaptationError("all photos of the district are of one case, so none can be asked about unseen")
    return enough


def adapt(bundle: Bundle, kept: Kept, district: District, places: Sequence[Place], params: Params) -> Adapted:
    """Make and judge a bundle for a district.

    Args:
        bundle: The running one.
        kept: What its network sees in known photos.
        district: What it is adapted to.
        places: Simulated adaptations, see :func:`training.adaptation.heads.simulated`.
        params: Settings.

    Raises:
        AdaptationError: If the district has too few photos, or the embeddings are of another network.
    """
    if network_sha256(onnx.load_model_from_string(bundle.model)) != kept.learned.network:
        raise AdaptationError(
            f"the kept embeddings are not those of bundle {bundle.manifest.version}; `dvc repro embed` makes them anew"
        )
    if not places:
        raise AdaptationError("no district was simulated, so nothing tells which thresholds hold; see `leave_out`")
    local = enough_of(district.photos, bundle, params.adapt.min_photos)
    # The district's photos may be among those that are kept, and would be asked of a head that has learned them.
    known_photos = len(kept.learned.rows)
    kept = Kept(_without(kept.learned, local), _without(kept.tested, local))
    taken = local.as_taken()
    class_ids = tuple(entry.id for entry in bundle.manifest.classes)
    running = head_of(bundle)
    head = fit_with(running, kept.learned, local, params.adapt, params.calibrate)
    adapted = with_head(bundle, head)
    known = [entry.id for entry in bundle.manifest.classes if entry.crop is not None]
    rules = rules_for(bundle.manifest.rules, places, sorted(set(local.rows["class_id"])), known, params)
    about = Adaptation(
        place=district.name,
        photos=len(taken.rows),
        cases=int(taken.rows["group"].nunique()),
        from_version=bundle.manifest.version,
    )
    version = f"{datetime.now(UTC):%Y.%m.%d}-{sha256_hex(f'{adapted.manifest.model.sha256}{rules}'.encode())[:8]}"
    changes = {
        "rules": rules,
        "adapted_to": about,
        "version": version,
        "schema_version": 3,
        "metrics": {},
        "validation_photos": None,
    }
    adapted = with_head_file(replace(adapted, manifest=adapted.manifest.model_copy(update=changes)), head)
    # Neither side of the comparison may know them by heart, the running head either.
    fair = running
    if len(kept.learned.rows) < known_photos:
        fair = fit_calibrated_head(kept.learned, class_ids, params.calibrate)
    unseen = cross_validated(fair, kept.learned, local, params.adapt, params.calibrate)
    rows = pd.concat([kept.tested.rows, taken.rows.assign(source=district.name)], ignore_index=True)
    candidate = np.concatenate([head.answers(kept.tested.embeddings).probabilities, unseen])
    champion = np.concatenate(
        [head.answers(photos.embeddings).probabilities for head, photos in ((running, kept.tested), (fair, taken))]
    )
    outcomes = [
        Outcomes.of(predictions(answering, Answers(class_ids, probabilities), rows))
        for answering, probabilities in ((adapted, candidate), (bundle, champion))
    ]
    # As few photos as a district may have. Small sources decide too: for one district none may become worse.
    gate = params.gate.model_copy(update={"targets": (district.name,), "min_photos": 2 * params.adapt.min_photos})
    return Adapted(adapted, judge(rows, *outcomes, params=gate, versions=(version, bundle.manifest.version)))


def _without(kept: EmbeddingTable, local: EmbeddingTable) -> EmbeddingTable:
    """Carried photos have eight digits of their checksums."""
    return kept.where(~kept.rows["sha256"].str[:8].isin(local.rows["sha256"].str[:8]))


def with_head(bundle: Bundle, head: Head) -> Bundle:
    """The same network with another head and calibration."""
    model = onnx.load_model_from_string(bundle.model)
    set_head(model, head.layer)
    set_calibration(model, head.calibration)
    provenance = bundle.manifest.provenance
    set_metadata(model, head.class_ids, [provenance.weights, *provenance.sources])
    content = model.SerializeToString(deterministic=True)
    file = bundle.manifest.model.model_copy(
        update={
            "sha256": sha256_hex(content),
            "size_bytes": len(content),
            "temperature": head.calibration.temperature,
            "network": network_sha256(model),
        }
    )
    return Bundle(manifest=bundle.manifest.model_copy(update={"model": file}), model=content)


def head_of(bundle: Bundle) -> Head:
    """The head and the calibration of a bundle."""
    model = onnx.load_model_from_string(bundle.model)
    class_ids = tuple(entry.id for entry in bundle.manifest.classes)
    return Head(class_ids, read_head(model), read_calibration(model))


def rules_for(
    rules: DecisionRules, places: Sequence[Place], classes: Sequence[str], known: Sequence[str], params: Params
) -> DecisionRules:
    """The running rules, with thresholds for the district's conditions that hold in places adapted to likewise.

    ``known`` are all conditions of the bundle: one that is alone among ``classes`` may have rivals among them.
    """
    fitted = fit_situations(
        places,
        known,
        frozenset(),
        hint=Hint.of(rules),
        reject=rules.thresholds.reject,
        # Districts of other crops stand in: of its own, there is none but the one that is adapted to.
        unproved=True,
        params=params.calibrate,
    )
    others = set(known) - set(classes)
    of = {situation: _joined(_running(rules, situation), own, classes, others) for situation, own in fitted.items()}
    plain = of.pop(None)
    thresholds = rules.thresholds.model_copy(update={"per_class": plain.per_class})
    situations = {situation: joined for situation, joined in of.items() if situation is not None}
    return rules.model_copy(
        update={"thresholds": thresholds, "confidence_bands": plain.confidence_bands, "situations": situations}
    )


def _running(rules: DecisionRules, situation: Situation | None) -> SituationRules:
    several = situation in (Situation.SEVERAL_PHOTOS, Situation.CROP_NAMED_SEVERAL_PHOTOS)
    return rules.of_case(photos=2 if several else 1, crop_named=situation is not None and situation.names_crop)


def _joined(
    running: SituationRules, own: SituationRules, classes: Sequence[str], others: Collection[str]
) -> SituationRules:
    """Below the first band of the running rules something is promised only if no other condition is named there."""
    first = min((band.min_probability for band in running.confidence_bands), default=1.0)
    is_shared = any(running.threshold(class_id) < first for class_id in others)
    below = () if is_shared else tuple(band for band in own.confidence_bands if band.min_probability < first)
    per_class = {class_id: own.threshold(class_id) for class_id in classes}
    return SituationRules(
        answer=running.answer,
        per_class={**running.per_class, **per_class},
        confidence_bands=(*below, *running.confidence_bands),
    )
