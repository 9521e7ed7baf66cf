"""From an exported network to a calibrated bundle: its head, its calibration and its rules, fitted to what it sees."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
import onnx
import pandas as pd

from majani.decision.rules import Outcome, decide
from majani.image.quality import QualityLimits
from majani.model.bundle import Bundle, DecisionRules, NamedId, PlaceRecord, Thresholds
from majani.model.distribution import Histogram, ValidationPhotos
from majani.model.evidence import rule_id
from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.embeddings import EmbeddingTable
from training.artifacts.files import MEASURED, is_sound_field, read_taxonomy
from training.bundle.assemble import assemble, with_head_file
from training.bundle.graph import network_sha256, set_calibration, set_head
from training.bundle.inference import decide_each
from training.calibration.evidence import OfficeCount, with_evidence
from training.calibration.head import fit_calibrated_head
from training.calibration.rules import fit_rules
from training.calibration.situations import Place
from training.settings import CalibrateParams


class CalibrationError(Exception):
    """There are no photos that thresholds can rest on."""


def validation_metrics(bundle: Bundle, answers: Answers, photos: pd.DataFrame) -> dict[str, float]:
    """The few figures that the manifest carries, on the photos that it was fitted on."""
    decisions = [decide(probabilities, manifest=bundle.manifest) for probabilities in answers.probabilities]
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    answered = np.array([decision.outcome in (Outcome.CONDITION, Outcome.HEALTHY) for decision in decisions])
    top1 = np.array(answers.best()) == photos["class_id"].to_numpy()
    metrics = {
        "val_field_photos": float(is_crop.sum()),
        "val_field_top1": float(top1[is_crop].mean()),
        "val_field_answered": float(answered[is_crop].mean()),
    }
    # How many of these are right is no figure to be shown: the thresholds were fitted to them.
    return {name: round(value, 4) for name, value in metrics.items()}


def validation_photos(bundle: Bundle, answers: Answers, photos: pd.DataFrame) -> ValidationPhotos:
    """What the manifest says of the photos of crops that it was fitted on, as monitoring will see cases."""
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    rows = photos.loc[is_crop, list(MEASURED)]
    decisions = [
        decision for decision in decide_each(bundle, answers.probabilities[is_crop], rows) if decision is not None
    ]
    outcomes = Counter(decision.outcome.value for decision in decisions)
    return ValidationPhotos(
        values={
            **{name: Histogram.of(list(rows[name])) for name in ("luminance", "sharpness")},
            "probability": Histogram.of(
                [round(decision.probability, 4) for decision in decisions if decision.condition]
            ),
        },
        words={"outcome": {**outcomes, Outcome.RETAKE.value: len(rows) - len(decisions)}},
    )


def plain_bundle(model: onnx.ModelProto, class_ids: Sequence[str]) -> Bundle:
    """A bundle of an exported network that names whatever is likeliest: to see with, not to answer with."""
    permissive = DecisionRules(
        thresholds=Thresholds(answer=0, reject=1, coarse=1),
        hint_factor=1,
        quality=QualityLimits(min_side_px=1, min_luminance=0, min_sharpness=0),
    )
    return assemble(model, class_ids=list(class_ids), rules=permissive, temperature=1.0, date=_today())


def calibrate(  # noqa: PLR0913 - each is read apart
    model: onnx.ModelProto,
    in_graph: Sequence[str],
    class_ids: Sequence[str],
    seen: EmbeddingTable,
    places: Sequence[Place],
    params: CalibrateParams,
    *,
    evidence: Sequence[OfficeCount] = (),
) -> Bundle:
    """Fit head, calibration and decision rules, and build the bundle.

    Args:
        model: An exported network; its head and calibration are set in place where it has the same classes. Else the
            head stands beside it: one that may learn from more photos than the network did can know more conditions.
        in_graph: Its classes, in output order.
        class_ids: Those of the head.
        seen: What the network sees in training and validation photos.
        places: What networks trained like it say of places that they have not seen.
        params: Settings.
        evidence: What offices counted, of this bundle or of others.

    Raises:
        CalibrationError: If there is no validation photo of a crop in the field.
    """
    seen = seen.under(params.terms)
    fitted = fit_calibrated_head(seen, tuple(class_ids), params)
    is_known = seen.rows["class_id"].isin(class_ids) & (seen.rows["split"] == "val")
    field = seen.where(is_known & is_sound_field(seen.rows))
    if field.rows["class_id"].isin(REJECT_CLASSES).all():
        raise CalibrationError("thresholds rest on validation photos of crops in the field, and there are none")
    answers = fitted.answers(field.embeddings)
    lab_only = seen.lab_only()
    rules = fit_rules(answers, field.rows, places, params, lab_only=lab_only)
    if places:
        rules = rules.model_copy(update={"blind_spots": _blind_spots(class_ids, lab_only)})
    if places and evidence:
        rules = with_evidence(rules, evidence, places, partial(rule_id, network_sha256(model), fitted, rules), params)
    has_same = tuple(class_ids) == tuple(in_graph)
    if has_same:
        set_head(model, fitted.layer)
        set_calibration(model, fitted.calibration)
    bundle = assemble(
        model,
        class_ids=list(class_ids),
        rules=rules,
        temperature=fitted.calibration.temperature,
        date=_today(),
        in_graph=list(in_graph),
    )
    validated = {
        "metrics": validation_metrics(bundle, answers, field.rows),
        "validation_photos": validation_photos(bundle, answers, field.rows),
        "places": tuple(_record(place) for place in places if place.knows_some),
    }
    return with_head_file(
        replace(bundle, manifest=bundle.manifest.model_copy(update=validated)), fitted, in_graph=has_same
    )


def _blind_spots(class_ids: Sequence[str], lab_only: Collection[str]) -> dict[str, tuple[NamedId, ...]]:
    """By crop, conditions that no field has shown to the network, those that the taxonomy awaits included."""
    crops = sorted({class_id.partition(".")[0] for class_id in class_ids if class_id not in REJECT_CLASSES})
    unseen = [
        NamedId(id=condition.id, name=condition.names[0])
        for condition in read_taxonomy().conditions
        if condition.id in lab_only or condition.id not in class_ids
    ]
    found = {crop: tuple(one for one in unseen if one.id.startswith(f"{crop}.")) for crop in crops}
    return {crop: conditions for crop, conditions in found.items() if conditions}


def _record(place: Place) -> PlaceRecord:
    rows = place.rows
    return PlaceRecord(
        name=place.name,
        domain=str(rows["domain"].mode()[0]),
        crops=tuple(sorted(set(rows["class_id"].str.split(".").str[0]))),
        photos=len(rows),
        by_short_network=place.by_short_network,
    )


def _today() -> str:
    return datetime.now(UTC).strftime("%Y.%m.%d")
