"""From an exported network to a calibrated bundle: its head, its calibration and its rules, fitted to what it sees."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import onnx
import pandas as pd

from majani.decision.rules import Outcome, decide
from majani.errors import BundleError
from majani.image.quality import QualityLimits
from majani.model.bundle import Bundle, PlaceRecord
from majani.model.distribution import Histogram, ValidationPhotos
from majani.model.head import Answers
from majani.model.head_file import read_head
from majani.model.rules import DecisionRules, general_grading
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.embeddings import EmbeddingTable
from training.artifacts.files import MEASURED, is_sound_field, read_taxonomy
from training.bundle.assemble import assemble, git_commit, other_troubles, version_of, with_head_file
from training.bundle.graph import set_calibration, set_head
from training.bundle.inference import decided, named_by, not_sent_back
from training.calibration.head import fit_calibrated_head
from training.calibration.rules import by_source, cases_of, fit_rules, rules_from
from training.calibration.situations import Place
from training.settings import CalibrateParams


class CalibrationError(Exception):
    """There are no photos that limits can rest on."""


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
    # How many of these are right is no figure to be shown: the temperature was fitted to them.
    return {name: round(value, 4) for name, value in metrics.items()}


def validation_photos(bundle: Bundle, answers: Answers, photos: pd.DataFrame) -> ValidationPhotos:
    """What the manifest says of the photos of crops that it was fitted on, as monitoring will see cases."""
    is_crop = ~photos["class_id"].isin(REJECT_CLASSES).to_numpy()
    rows = photos.loc[is_crop, list(MEASURED)]
    crop_photos = photos[is_crop]
    said = decided(bundle, answers.probabilities[is_crop], crop_photos)
    decisions = [decision for decision in not_sent_back(bundle, said, crop_photos) if decision is not None]
    outcomes = Counter(decision.outcome.value for decision in decisions)
    return ValidationPhotos(
        values={
            **{name: Histogram.of(list(rows[name])) for name in ("luminance", "sharpness")},
            "probability": Histogram.of(
                [round(decision.probability, 4) for decision in decisions if named_by(decision)]
            ),
        },
        words={"outcome": {**outcomes, Outcome.RETAKE.value: len(rows) - len(decisions)}},
    )


def validated(bundle: Bundle, seen: EmbeddingTable, params: CalibrateParams) -> tuple[Answers, pd.DataFrame]:
    """What a bundle's head says of validation photos from the field, and their rows."""
    if bundle.head is None:
        raise BundleError(f"bundle {bundle.manifest.version} has no head beside its graph")
    class_ids = [entry.id for entry in bundle.manifest.classes]
    field = _validating(seen.under(params.terms), class_ids)
    return read_head(bundle.head).head.answers(field.embeddings), field.rows


def _validating(seen: EmbeddingTable, class_ids: Collection[str]) -> EmbeddingTable:
    is_known = seen.rows["class_id"].isin(class_ids) & (seen.rows["split"] == "val")
    return seen.where(is_known & is_sound_field(seen.rows))


def plain_bundle(model: onnx.ModelProto, class_ids: Sequence[str]) -> Bundle:
    """A bundle of an exported network that names whatever is likeliest: to see with, not to answer with."""
    permissive = DecisionRules(
        grading=general_grading(),
        reject=1,
        shows=1,
        hint_factor=1,
        quality=QualityLimits(min_side_px=1, min_luminance=0, min_sharpness=0),
    )
    return assemble(model, class_ids=list(class_ids), rules=permissive, temperature=1.0, date=_today())


def calibrate(
    model: onnx.ModelProto,
    in_graph: Sequence[str],
    class_ids: Sequence[str],
    seen: EmbeddingTable,
    places: Sequence[Place],
    params: CalibrateParams,
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

    Raises:
        CalibrationError: If there is no validation photo of a crop in the field.
    """
    seen = seen.under(params.terms)
    fitted = fit_calibrated_head(seen, tuple(class_ids), params)
    field = _validating(seen, class_ids)
    if field.rows["class_id"].isin(REJECT_CLASSES).all():
        raise CalibrationError("limits rest on validation photos of crops in the field, and there are none")
    answers = fitted.answers(field.embeddings)
    rules = fit_rules(answers, field.rows, places, params)
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
        "places": tuple(place_record(place) for place in places if place.knows_some),
    }
    return with_head_file(
        replace(bundle, manifest=bundle.manifest.model_copy(update=validated)), fitted, in_graph=has_same
    )


def with_new_rules(bundle: Bundle, places: Sequence[Place], seen: EmbeddingTable, params: CalibrateParams) -> Bundle:
    """The same network and head, with numbers fitted to ``places`` and its own limits of refusal and quality.

    The provenance stays that of network and head, and says which commit the rules are of.

    Raises:
        BundleError: If its head has no file.
    """
    manifest = bundle.manifest
    # Its head may have learned photos under other terms.
    home = by_source(*validated(bundle, seen, params.model_copy(update={"terms": "all"})))
    rules = rules_from(
        cases_of(places), cases_of(home), params, reject=manifest.rules.reject, quality=manifest.rules.quality
    )
    commit = manifest.provenance.git_commit.partition(";")[0]
    changes = {
        "schema_version": 4,
        "version": version_of(manifest.model.sha256, rules, _today()),
        "rules": rules,
        "other_troubles": other_troubles([entry.id for entry in manifest.classes], read_taxonomy()),
        "places": tuple(place_record(place) for place in places if place.knows_some),
        "provenance": manifest.provenance.model_copy(update={"git_commit": f"{commit}; rules: {git_commit()}"}),
    }
    in_graph = manifest.head is None or manifest.head.in_graph
    head = read_head(bundle.head or b"").head
    return with_head_file(replace(bundle, manifest=manifest.model_copy(update=changes)), head, in_graph=in_graph)


def place_record(place: Place) -> PlaceRecord:
    """What the manifest says of a place left out."""
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
