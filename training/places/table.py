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
from majani.model.bundle import ConfidenceBand, Situation, SituationRules
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import is_healthy
from training.calibration.sets import fit_all_sets, said_by, set_cases
from training.calibration.situations import Hint, Place, case_table, order_by_chance
from training.calibration.thresholds import fit_hint, fit_situations
from training.places.answers import LeftOut
from training.places.rows import KNOWN, OF_CROPS, Kind, PlaceTable, Row, Spread
from training.settings import CalibrateParams


def place_table(everything: Sequence[LeftOut], params: CalibrateParams, *, reject: float) -> PlaceTable:
    """Measure every place with rules that were fitted without it; ``reject`` is the bundle's threshold.

    Rules for strangers rest on places with known conditions. Without these, there is nothing to measure.
    """
    of_crops = [out.place for out in everything if out.kind in OF_CROPS]
    known = [out.place for out in everything if out.kind in KNOWN]
    # What a run knows is the same for all that it leaves out; of strangers only one photo is asked about.
    of_run: dict[tuple[tuple[str, ...], frozenset[str]], _Fitted] = {}
    rows: list[Row] = []
    for out in everything:
        if out.kind in KNOWN:
            others = [place for place in of_crops if place is not out.place]
            halves = [
                (part, _fit([*others, rest], part, params, reject)) for part, rest in _halves(out.place, params.seed)
            ]
            for situation in (None, *Situation):
                tables = [_answers(part, situation, fitted, params.seed) for part, fitted in halves]
                cases = pd.concat(tables, ignore_index=True)
                # Of few photos, no three show one condition.
                if len(cases):
                    rows.append(_row(out, situation, cases).model_copy(update=_sets(halves, situation, params)))
        elif known:
            run = out.place.answers.class_ids, out.place.lab_only
            if run not in of_run:
                of_run[run] = _fit(known, out.place, params, reject)
            fitted = of_run[run]
            situations = (None, Situation.CROP_NAMED) if out.kind is Kind.CONDITION else (None,)
            for situation in situations:
                row = _row(out, situation, _answers(out.place, situation, fitted, params.seed))
                rows.append(row.model_copy(update=_sets([(out.place, fitted)], situation, params)))
    return PlaceTable(rows=tuple(rows), spreads=tuple(_spreads(rows)))


def _halves(place: Place, seed: int) -> list[tuple[Place, Place]]:
    """Twice the photos of half of the crops, and those of the others."""
    crops = place.rows["class_id"].str.split(".").str[0]
    first = crops.isin(order_by_chance(crops, seed=seed)[::2]).to_numpy()
    halves = [_part(place, first), _part(place, ~first)]
    return [(halves[0], halves[1]), (halves[1], halves[0])]


def _part(place: Place, mask: npt.NDArray[np.bool_]) -> Place:
    answers = replace(place.answers, probabilities=place.answers.probabilities[mask])
    return replace(place, answers=answers, rows=place.rows[mask].reset_index(drop=True))


@dataclass(frozen=True)
class _Fitted:
    hint: Hint
    reject: float
    rules: Mapping[Situation | None, SituationRules]
    sets: Mapping[Situation, Mapping[str, ConfidenceBand]]


def _fit(to: Sequence[Place], asked: Place, params: CalibrateParams, reject: float) -> _Fitted:
    """Rules for the classes of the model that is asked."""
    class_ids = asked.answers.class_ids[: -len(REJECT_CLASSES)]
    hint = fit_hint(to, reject=reject, params=params)
    rules = fit_situations(to, class_ids, asked.lab_only, hint=hint, reject=reject, params=params)
    of_crop = {situation: own for situation, own in rules.items() if situation is not None}
    return _Fitted(hint, reject, rules, fit_all_sets(to, of_crop, hint=hint, reject=reject, params=params))


def _answers(place: Place, situation: Situation | None, fitted: _Fitted, seed: int) -> pd.DataFrame:
    """Cases, what is ``named`` or ``refused`` of them by rules fitted to others, and what was ``promised``."""
    rules = fitted.rules[situation]
    cases = case_table(place, situation, hint=fitted.hint, seed=seed)
    refused = cases["rejected"] >= fitted.reject
    # Of a place with one crop, one half has no case and so no numbers.
    thresholds = cases["best"].map(rules.threshold).astype(np.float64)
    bands = [confidence_band(confidence, rules.confidence_bands) for confidence in cases["confidence"]]
    return cases.assign(
        refused=refused,
        named=~refused & ~cases["contradicted"] & (cases["confidence"] >= thresholds),
        promised=[0 if band is None else 10 * right_of_ten(band) for band in bands],
    )


def _sets(
    parts: Sequence[tuple[Place, _Fitted]], situation: Situation | None, params: CalibrateParams
) -> dict[str, float]:
    """What the sets of a place hold and leave out, by sets fitted to others; empty where none is said."""
    if situation is None or not situation.names_crop:
        return {}
    tables = []
    for part, fitted in parts:
        cases = set_cases(
            [part],
            situation,
            hint=fitted.hint,
            reject=fitted.reject,
            threshold=fitted.rules[situation].threshold,
            params=params,
        )
        said, at = said_by(cases, fitted.sets[situation])
        row, truth = np.arange(len(at)), cases.rows.groupby("crop")["truth"]
        asked = {
            "said": said,
            "known": cases.rows["known"],
            "true": cases.hits[row, at],
            "left_out": 1 - cases.sizes[row, at] / np.maximum(cases.known, 1),
            "commonest": truth.transform(lambda these: these.isin(these.value_counts().index[:2])),
        }
        tables.append(pd.DataFrame(asked).astype({"said": bool, "known": bool, "commonest": bool}))
    everything = pd.concat(tables, ignore_index=True)
    told = everything[everything["said"]]
    known = told[told["known"]]
    found = {"said": len(told) / max(len(everything), 1)}
    if len(told):
        found["left_out"] = told["left_out"].mean()
    if len(known):
        found |= {"true_at_least": share_at_least(known["true"].sum(), len(known))}
        found |= {name: known[name].mean() for name in ("true", "commonest")}
    return {name: _percent(share) for name, share in found.items()}


def _row(out: LeftOut, situation: Situation | None, cases: pd.DataFrame) -> Row:
    answered = cases[cases["named"]]
    is_known, some = out.kind in KNOWN, len(answered) > 0
    sick = cases[(out.kind in OF_CROPS) & ~is_healthy(cases["truth"])]
    called_healthy = int((sick["named"] & is_healthy(sick["best"])).sum())
    at_least = share_at_least(len(sick) - called_healthy, len(sick)) if len(sick) else 0
    right = float(answered["right"].sum())
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
        sick=len(sick),
        called_healthy=_percent(called_healthy / len(sick)) if len(sick) else None,
        called_healthy_at_most=_percent(1 - at_least) if len(sick) else None,
    )


def _percent(share: float) -> float:
    return round(100 * float(share), 2)


# By kind, each with whether more is better.
_MEASURES = {
    Kind.PLACE: {"called_healthy": False, "top1": True, "named": True, "right": True, "said": True, "true": True},
    Kind.LABORATORY: {"called_healthy": False, "top1": True, "named": False, "refused": True},
    Kind.CONDITION: {"called_healthy": False, "named": False},
    Kind.CROP: {"named": False, "refused": True},
    Kind.NEGATIVES: {"named": False, "refused": True},
}


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
