"""What grades are worth in fields never seen: every place is answered by numbers fitted without its source."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from majani.decision.grades import Grade, grade
from majani.model.grading import Grading
from training.artifacts.files import is_healthy
from training.calibration.graded import fit_grading, graded_cases
from training.places.answer_table import LeftOut
from training.places.rows import BANDS, KNOWN, OF_CROPS, Graded, GradedField, GradedTable, Kind


def graded_table(everything: Sequence[LeftOut], *, reject: float, seed: int) -> GradedTable:
    """Measure every place; ``reject`` is the mass from which a case is refused, ``seed`` makes cases of several photos.

    Without known conditions at another place, there is nothing to measure.
    """
    cases = (
        {
            several: pd.concat(
                [
                    graded_cases(out.place, several=several, seed=seed).assign(
                        place=out.place.name, kind=out.kind.value
                    )
                    for out in everything
                ],
                ignore_index=True,
            )
            for several in (False, True)
        }
        if everything
        else {}
    )
    fields: list[GradedField] = []
    for source in dict.fromkeys(cases[False]["source"]) if cases else ():
        others = cases[False][cases[False]["source"] != source]
        if not others["kind"].isin(KNOWN).any():
            continue
        grading = fit_grading(others[others["kind"].isin(OF_CROPS)], reject=reject)
        for several, these in cases.items():
            fields += _fields(these[these["source"] == source], grading, reject=reject, several=several)
    known = [one for one in fields if one.kind in KNOWN and one.crop_named and not one.several and one.conditions > 1]
    if not known:
        return GradedTable(fields=tuple(fields))
    return GradedTable(
        fields=tuple(fields),
        grades={one: _mean_of([field.grades[one] for field in known]) for one in Grade},
        bands={edge: _mean_of([field.bands[edge] for field in known]) for edge in BANDS},
        **{
            name: round(float(np.mean([getattr(field, name) for field in known])), 2)
            for name in ("first", "listed", "length")
        },
    )


def _fields(cases: pd.DataFrame, grading: Grading, *, reject: float, several: bool) -> Iterator[GradedField]:
    for (_, _, kind), of_field in cases.groupby(["place", "crop", "kind"], sort=False):
        for crop_named in (True, False) if kind in OF_CROPS else (False,):
            yield _field(of_field, grading, reject=reject, several=several, crop_named=crop_named)


def _field(cases: pd.DataFrame, grading: Grading, *, reject: float, several: bool, crop_named: bool) -> GradedField:
    prefix = "" if crop_named else "seen_"
    crops, conditions = cases["crop" if crop_named else "seen"], cases[f"{prefix}conditions"]
    shares = cases[[f"{prefix}share_{size}" for size in (1, 2, 3)]].to_numpy()
    crop_shares = [None] * len(cases) if crop_named else list(cases["seen_share"])
    numbers = [
        grading.numbers(of, crop, conditions=size, crop_share=crop_share)
        for of, crop, size, crop_share in zip(shares.tolist(), crops, conditions, crop_shares, strict=True)
    ]
    given = [grade(of, conditions=size) for of, size in zip(numbers, conditions, strict=True)]
    # Nothing is said of a case that is refused.
    said = ~((cases["rejected"] >= reject) & (not crop_named))
    grades = pd.Series([one.grade for one in given], index=cases.index).where(said)
    lengths = pd.Series([one.length for one in given], index=cases.index)
    kind, rank = Kind(cases["kind"].iloc[0]), cases[f"{prefix}rank"]
    is_known = kind in KNOWN
    first = pd.Series([one[0] for one in numbers], index=cases.index)
    bands = first.map(lambda number: next(edge for edge in BANDS if number >= edge)).where(said)
    sick = cases.index[(kind in OF_CROPS) & ~is_healthy(cases["truth"])]
    healthy = is_healthy(cases[f"{prefix}first"])
    return GradedField(
        place=cases["place"].iloc[0],
        crop=cases["crop"].iloc[0],
        kind=kind,
        crop_named=crop_named,
        several=several,
        n=len(cases),
        conditions=int(conditions.iloc[0]) if crop_named else 0,
        refused=_percent(cases["rejected"] >= reject),
        first=_percent(rank == 1) if is_known else None,
        listed=_percent(rank <= lengths) if is_known else None,
        length=round(float(lengths.mean()), 2),
        grades={one: _given(grades == one, first, rank == 1 if is_known else None) for one in Grade},
        bands={edge: _given(bands == edge, first, rank == 1 if is_known else None) for edge in BANDS},
        sick=len(sick),
        called_healthy={one: _percent((grades[sick] == one) & healthy[sick]) for one in Grade} if len(sick) else {},
    )


def _given(mask: "pd.Series[bool]", said: "pd.Series[float]", right: "pd.Series[bool] | None") -> Graded:
    return Graded(
        share=_percent(mask),
        right=_percent(right[mask]) if right is not None and mask.any() else None,
        said=_percent(said[mask]) if mask.any() else None,
    )


def _mean_of(given: Sequence[Graded]) -> Graded:
    """Mean over fields; each weighs as often as it gives this grade."""
    weights = np.array([one.share for one in given])
    if not weights.any():
        return Graded(share=0)
    right, said = (
        round(float(np.average([getattr(one, name) or 0 for one in given], weights=weights)), 2)
        for name in ("right", "said")
    )
    return Graded(share=round(float(weights.mean()), 2), right=right, said=said)


def _percent(shares: "pd.Series[bool] | pd.Series[float]") -> float:
    return round(100 * float(shares.mean()), 2)
