"""Metrics of a bundle on photos: top-1, coverage, selective accuracy, refusals, calibration error.

Every figure comes from the int8 graph that ships, through the core's own decoder, predictor and decision rules.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import onnx
import pandas as pd

from majani.decision.rules import Decision, Outcome
from majani.model.bundle import Bundle
from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import FIELD_DOMAINS, FP32_FILE, MEASURED, is_healthy, is_sound_crop
from training.bundle.graph import copy_fitted
from training.bundle.inference import answer, decided, named_by, not_sent_back
from training.evaluation.figure_maker import FigureMaker
from training.figures import Figure

_BINS = 10
# What the strongest published abstaining model answers of PlantDoc (LeafScan), so that the shares can be compared.
_COVERAGE = 0.65


def predictions(bundle: Bundle, answers: Answers, photos: pd.DataFrame) -> pd.DataFrame:
    """One row per test photo: the bundle's raw answer and decision.

    Returns:
        The photos' own columns, and ``top1``, ``top1_own_classes`` (best among the sound classes of the photo's
        source), ``confidence`` (of ``top1``), ``outcome`` and ``condition`` (as decided, empty if none), and with the
        crop named what :func:`what_is_said` tells. Photos that
        the quality limits send back have the outcome ``retake`` and no condition, as in the service, but a ``top1``.
    """
    said = decided(bundle, answers.probabilities, photos)
    decisions = not_sent_back(bundle, said, photos)
    rows = photos[["photo", "source", "class_id", "group", "domain", "doubt", *MEASURED]].copy()
    rows["top1"] = answers.best()
    rows["top1_own_classes"] = _best_among_own(answers, photos)
    rows["confidence"] = answers.probabilities.max(axis=1).round(4)
    rows["outcome"] = [Outcome.RETAKE.value if decision is None else decision.outcome.value for decision in decisions]
    rows["condition"] = ["" if decision is None else named_by(decision) or "" for decision in decisions]
    return rows.join(what_is_said(said).set_axis(photos.index))


def what_is_said(decisions: Iterable[Decision]) -> pd.DataFrame:
    """What is said of each photo whose true crop is named.

    Returns:
        ``first`` (the likeliest condition, empty if refused), ``number`` (how often it is right; a coin's where nothing
        is told from anything) and ``called_healthy`` (as most likely).
    """
    said = []
    for decision in decisions:
        ranked = decision.ranked
        number = ranked[0].probability if len(ranked) > 1 else 1 / 2
        said.append((ranked[0].id if ranked else "", round(number, 4), decision.outcome is Outcome.HEALTHY))
    return pd.DataFrame(said, columns=["first", "number", "called_healthy"])


def _best_among_own(answers: Answers, photos: pd.DataFrame) -> list[str]:
    ids = np.array(answers.class_ids)
    best = np.empty(len(photos), dtype=object)
    for _, of_source in photos.groupby("source"):
        sound = of_source.loc[of_source["doubt"] == "", "class_id"]
        own = np.flatnonzero(np.isin(ids, sound.unique()))
        # A model may know none of a source's classes; then it has no best among them.
        among = answers.probabilities[of_source.index][:, own]
        best[of_source.index] = ids[own][among.argmax(axis=1)] if len(own) else ""
    return list(best)


def source_figures(rows: pd.DataFrame, make: FigureMaker) -> Iterator[tuple[str, Figure]]:
    """Top-1 of every source's photos of crops, and how often its negatives are refused; reviewed cases are both."""
    refused = rows["outcome"].isin(REJECT_CLASSES)
    for source, of_source in rows.groupby("source"):
        is_reject = of_source["class_id"].isin(REJECT_CLASSES)
        rejects, crops = of_source[is_reject], of_source[~is_reject]
        if len(rejects):
            yield f"{source}.refused", make.share(f"{source}: refused", refused[rejects.index], rejects["group"])
            key = f"{source}.rejects_top1" if len(crops) else f"{source}.top1"
            yield key, make.accuracy(f"{source}: the right reject class", rejects)
        sound, doubtful = crops[crops["doubt"] == ""], crops[crops["doubt"] != ""]
        if len(sound):
            classes = sound["class_id"].nunique()
            yield f"{source}.top1", make.accuracy(f"{source}: top-1, {classes} classes", sound)
            own_title = f"{source}: top-1 among its own {classes} classes"
            yield f"{source}.top1_own_classes", make.accuracy(own_title, sound, answer="top1_own_classes")
        if len(doubtful):
            yield f"{source}.top1_doubtful", make.accuracy(f"{source}: top-1, doubtful folders", doubtful)


def decision_figures(rows: pd.DataFrame, make: FigureMaker) -> Iterator[tuple[str, Figure]]:
    """What the decision rules make of crop photos: how many get an answer, how many of these are right."""
    crops = rows[is_sound_crop(rows)]
    sick = crops[~is_healthy(crops["class_id"])]
    if not sick.empty:
        title = "all sources: sick leaves named as healthy"
        yield "sick.named_healthy", make.share(title, is_healthy(sick["condition"]), sick["group"])
    field = crops[crops["domain"].isin(FIELD_DOMAINS)]
    by_source = [(str(source), str(source), of_source) for source, of_source in crops.groupby("source")]
    for key, title, rows_of_key in (*by_source, ("field", "all field sources", field)):
        if rows_of_key.empty:
            continue
        is_answered = rows_of_key["condition"] != ""
        answered = rows_of_key[is_answered]
        yield f"{key}.answered", make.share(f"{title}: answered", is_answered, rows_of_key["group"])
        if len(answered):
            right_title = f"{title}: right when answered"
            yield f"{key}.right_when_answered", make.accuracy(right_title, answered, answer="condition")
        surest = rows_of_key.nlargest(round(_COVERAGE * len(rows_of_key)), "confidence")
        if len(surest):
            surest_title = f"{title}: right among the {_COVERAGE:.0%} it is surest of"
            yield f"{key}.right_when_surest", make.accuracy(surest_title, surest)
    if not field.empty:
        refused, retake = field["outcome"].isin(REJECT_CLASSES), field["outcome"] == Outcome.RETAKE.value
        yield "field.top1", make.accuracy("all field sources: top-1", field)
        yield "field.retake", make.share("all field sources: sent back for a better photo", retake, field["group"])
        yield "field.wrongly_refused", make.share("all field sources: wrongly refused", refused, field["group"])
        error = calibration_error(field["confidence"].to_numpy(), (field["top1"] == field["class_id"]).to_numpy())
        yield "field.ece", make.number("all field sources: calibration error (ECE)", error, "", n=len(field))


def confidence_bins(confidence: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Which of ten bins of equal width each confidence falls in, 0..9; certainty falls in the last."""
    return np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)


def calibration_error(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins of equal width, 0..1."""
    away = pd.Series(confidence - right).groupby(confidence_bins(confidence)).sum()
    return float(away.abs().sum() / len(confidence))


def precision_figures(
    bundle: Bundle, rows: pd.DataFrame, fp32: list[str], make: FigureMaker
) -> Iterator[tuple[str, Figure]]:
    """What 8-bit numbers cost, on all test photos, and the size they buy."""
    lost = 100 * float((rows["class_id"] == fp32).mean() - (rows["top1"] == rows["class_id"]).mean())
    yield "int8.points_lost", make.number("top-1 lost by int8 against fp32", lost, "points", n=len(rows))
    yield "bundle.size", make.number("size of model.onnx", bundle.manifest.model.size_bytes / 1e6, "MB")


def answer_fp32(bundle: Bundle, photos: pd.DataFrame) -> list[str]:
    """The best class of each photo by the fp32 graph with the same head and calibration."""
    model = onnx.load(FP32_FILE)
    copy_fitted(onnx.load_model_from_string(bundle.model), model)
    fp32 = replace(bundle, model=model.SerializeToString())
    return answer(fp32, list(photos["photo"]), title="evaluate fp32").best()


def measure(bundle: Bundle, photos: pd.DataFrame, make: FigureMaker) -> tuple[pd.DataFrame, dict[str, Figure]]:
    """What a bundle says of photos, and the figures that follow from it; what 8 bits cost is not among them."""
    rows = predictions(bundle, answer(bundle, list(photos["photo"]), title="evaluate int8"), photos)
    return rows, {**dict(source_figures(rows, make)), **dict(decision_figures(rows, make))}
