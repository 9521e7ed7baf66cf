"""The table of places: what to expect in a field never seen, place by place.

Rules are nested: those that answer about some crops of a place are fitted to all other places and to its other crops,
so no crop of a place has a say in its own figures.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t

from majani.decision.rules import confidence_band, right_of_ten, share_at_least
from majani.model.bundle import Situation, SituationRules
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import is_healthy
from training.calibration.coarse import LEVELS, coarse_cases
from training.calibration.rules import fit_everything
from training.calibration.sets import said_by, set_cases
from training.calibration.situations import Hint, Place, case_table, order_by_chance
from training.calibration.thresholds import fit_hint
from training.places.answer_table import LeftOut
from training.places.rows import KNOWN, OF_CROPS, Kind, PlaceTable, Row, Spread
from training.settings import CalibrateParams


def place_table(everything: Sequence[LeftOut], params: CalibrateParams, *, reject: float) -> PlaceTable:
    """Measure every place with rules that were fitted without it; ``reject`` is the bundle's threshold.

    Rules for strangers rest on places with known conditions. Without these, there is nothing to measure.
    """
    rows: list[Row] = []
    for out in everything:
        others = [other.place for other in everything if _source(other.place) != _source(out.place)]
        if out.kind not in KNOWN and not any(place.knows_some for place in others):
            continue
        parts = _halves(out.place, params.seed) if out.kind in KNOWN else [(out.place, None)]
        fitted = [(part, fit_rules_to([*others, *filter(None, [rest])], part, params, reject)) for part, rest in parts]
        # Of what nobody has learned, one photo is asked about.
        for situation in (None, *Situation) if out.kind in KNOWN else _OF_STRANGERS[out.kind]:
            tables = [answers_by(part, situation, rules, params) for part, rules in fitted]
            cases = pd.concat(tables, ignore_index=True)
            # Few places show several photos of one plant.
            if len(cases):
                rows.append(_row(out, situation, cases))
    return PlaceTable(rows=tuple(rows), spreads=tuple(_spreads(rows)))


def _source(place: Place) -> str:
    """A source can show known conditions and others, which are two places."""
    return place.name.partition(", ")[0]


def _halves(place: Place, seed: int) -> list[tuple[Place, Place]]:
    """Twice the photos of half of the crops, and those of the others."""
    crops = place.rows["class_id"].str.split(".").str[0]
    first = crops.isin(order_by_chance(crops, seed=seed)[::2]).to_numpy()
    halves = [part_of(place, first), part_of(place, ~first)]
    return [(halves[0], halves[1]), (halves[1], halves[0])]


def part_of(place: Place, mask: npt.NDArray[np.bool_]) -> Place:
    """Some photos of a place."""
    answers = replace(place.answers, probabilities=place.answers.probabilities[mask])
    return replace(place, answers=answers, rows=place.rows[mask].reset_index(drop=True))


@dataclass(frozen=True)
class Fitted:
    """Rules of all situations, and what a named crop and a rejected photo do."""

    hint: Hint
    reject: float
    rules: Mapping[Situation | None, SituationRules]


def fit_rules_to(to: Sequence[Place], asked: Place, params: CalibrateParams, reject: float) -> Fitted:
    """Rules for the classes of the model that is asked."""
    class_ids = asked.answers.class_ids[: -len(REJECT_CLASSES)]
    hint = fit_hint(to, reject=reject, params=params)
    return Fitted(hint, reject, fit_everything(to, class_ids, asked.lab_only, hint=hint, reject=reject, params=params))


def answers_by(place: Place, situation: Situation | None, fitted: Fitted, params: CalibrateParams) -> pd.DataFrame:
    """Cases, and what rules fitted to others make of them.

    Whether each is ``named`` or ``refused`` and what was ``promised``, see :func:`said_by` for its set, and whether a
    coarser statement is ``stated``, is its ``kind`` of trouble, and ``stated_truly``.
    """
    rules = fitted.rules[situation]
    cases = case_table(place, situation, hint=fitted.hint, seed=params.seed)
    refused = cases["rejected"] >= fitted.reject
    # Of a place with one crop, one half has no case and so no numbers.
    thresholds = cases["best"].map(rules.threshold).astype(np.float64)
    bands = [confidence_band(confidence, rules.confidence_bands) for confidence in cases["confidence"]]
    cases = cases.assign(
        refused=refused,
        named=~refused & ~cases["contradicted"] & (cases["confidence"] >= thresholds) & (thresholds < 1),
        promised=[0 if band is None else 10 * right_of_ten(band) for band in bands],
        said=False,
        **dict.fromkeys(("stated", "kind", "stated_truly"), False),
    )
    open_cases = coarse_cases(
        place, situation, hint=fitted.hint, reject=fitted.reject, threshold=rules.threshold, seed=params.seed
    )
    for level in LEVELS:
        needed = getattr(rules.coarse, level)
        here = open_cases[(open_cases[f"{level}_mass"] >= needed) & (needed < 1)]
        cases.loc[here.index, ["stated", "kind"]] = True, level == "parent"
        cases.loc[here.index, "stated_truly"] = here[f"{level}_true"] & ~here["stranger"]
        open_cases = open_cases.drop(here.index)
    if situation is None or not situation.names_crop:
        return cases
    of_sets = set_cases(
        [place], situation, hint=fitted.hint, reject=fitted.reject, threshold=rules.threshold, params=params
    )
    told = said_by(of_sets, rules.sets)
    truth = told.groupby("crop")["truth"]
    told = told.assign(
        left_out=1 - told["size"] / np.maximum(told["of"], 1),
        commonest=truth.transform(lambda these: these.isin(these.value_counts().index[:2])).astype(bool),
        said_promised=told["promised"],
    )
    columns = ["said", "size", "known", "holds", "first", "left_out", "commonest", "said_promised"]
    joined = cases.drop(columns="said").join(told.set_index("case")[columns])
    # Who names another crop gets no set.
    return joined.assign(said=joined["said"].eq(True), known=joined["known"].eq(True))


def _row(out: LeftOut, situation: Situation | None, cases: pd.DataFrame) -> Row:
    answered = cases[cases["named"]]
    is_known, some = out.kind in KNOWN, len(answered) > 0
    sick = cases[(out.kind in OF_CROPS) & ~is_healthy(cases["truth"])]
    called_healthy = int((sick["named"] & is_healthy(sick["best"])).sum())
    at_least = share_at_least(len(sick) - called_healthy, len(sick)) if len(sick) else 0
    right = float(answered["right"].sum())
    stated = cases[cases["stated"]]
    return Row(
        place=out.place.name,
        kind=out.kind,
        situation=situation,
        n=len(cases),
        top1=_percent((cases["right"] & ~cases["contradicted"]).mean()) if is_known else None,
        named=_percent(cases["named"].mean()),
        right=_percent(right / len(answered)) if is_known and some else None,
        promised=round(float(answered["promised"].mean()), 2) if is_known and some else None,
        right_at_least=_percent(share_at_least(right, len(answered))) if is_known and some else None,
        refused=_percent(cases["refused"].mean()),
        stated=_percent(cases["stated"].mean()),
        stated_truly=_percent(stated["stated_truly"].mean()) if len(stated) else None,
        told=_percent((cases["named"] | cases["said"] | cases["kind"]).mean()),
        sick=len(sick),
        called_healthy=_percent(called_healthy / len(sick)) if len(sick) else None,
        called_healthy_at_most=_percent(1 - at_least) if len(sick) else None,
        **_sets(cases, sick),
    )


def _sets(cases: pd.DataFrame, sick: pd.DataFrame) -> dict[str, float]:
    """What sets hold and leave out; empty where no crop was named."""
    if "holds" not in cases:
        return {}
    said = cases[cases["said"]]
    known, is_lone = said[said["known"]], cases["said"] & (cases["size"] == 1)
    found = {"said": len(said) / len(cases), "alone": is_lone.mean()}
    if len(sick):
        found["probably_healthy"] = (is_lone[sick.index] & is_healthy(sick["first"].fillna(""))).mean()
    if len(said):
        found["left_out"] = said["left_out"].mean()
    if len(known):
        found |= {
            "true": known["holds"].mean(),
            "true_at_least": share_at_least(known["holds"].sum(), len(known)),
            "true_promised": known["said_promised"].mean() / 10,
            "commonest": known["commonest"].mean(),
        }
    return {name: _percent(float(share)) for name, share in found.items()}


def _percent(share: float) -> float:
    return round(100 * float(share), 2)


# By kind, each with whether more is better.
_OF_SETS = {"told": True, "said": True, "true": True, "left_out": True}
_MEASURES = {
    Kind.PLACE: {"called_healthy": False, "top1": True, "named": True, "right": True, **_OF_SETS, "stated": True},
    Kind.LABORATORY: {"called_healthy": False, "top1": True, "named": False, "refused": True},
    Kind.CONDITION: {"called_healthy": False, "named": False, "alone": False},
    Kind.CROP: {"named": False, "stated": False, "refused": True},
    Kind.NEGATIVES: {"named": False, "stated": False, "refused": True},
}
_OF_STRANGERS = {Kind.CONDITION: (None, Situation.CROP_NAMED), Kind.CROP: (None,), Kind.NEGATIVES: (None,)}


def _spreads(rows: Sequence[Row]) -> Iterator[Spread]:
    for kind, measures in _MEASURES.items():
        for situation in (None, *Situation):
            of_kind = [row for row in rows if row.kind is kind and row.situation == situation]
            for measure, more_is_better in measures.items():
                values = np.array([value for row in of_kind if (value := getattr(row, measure)) is not None])
                if len(values):
                    low, high = _next_place(values)
                    worst = values.min() if more_is_better else values.max()
                    yield Spread(
                        measure=measure,
                        kind=kind,
                        situation=situation,
                        places=len(values),
                        mean=round(float(values.mean()), 2),
                        worst=float(worst),
                        low=low,
                        high=high,
                    )


def _next_place(values: npt.NDArray[np.float64]) -> tuple[float | None, float | None]:
    count = len(values)
    if count < 2:
        return None, None
    half = float(t.ppf(0.975, count - 1)) * float(values.std(ddof=1)) * float(np.sqrt(1 + 1 / count))
    return round(max(0.0, float(values.mean()) - half), 2), round(min(100.0, float(values.mean()) + half), 2)
