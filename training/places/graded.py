"""What grades are worth in fields never seen: every place is answered by numbers fitted without its source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from majani.decision.grades import MOST_LIKELY, Grade, grade
from majani.decision.grades import Graded as Said
from majani.model.grading import Grading
from training.artifacts.files import is_healthy
from training.calibration.graded import fit_grading, graded_cases, numbers_of, once_named
from training.calibration.rules import fit_healthy, fit_hint
from training.places.answer_table import LeftOut
from training.places.rows import BANDS, KNOWN, OF_CROPS, Graded, GradedField, GradedTable, Kind
from training.settings import CalibrateParams


@dataclass(frozen=True)
class _Rules:
    """Fitted without a source."""

    grading: Grading
    hint: tuple[float, float]
    reject: float
    shows: float


def graded_table(
    everything: Sequence[LeftOut], home: pd.DataFrame, params: CalibrateParams, *, reject: float
) -> GradedTable:
    """Measure every place.

    Args:
        everything: All places left out. Without known conditions at another place, there is nothing to measure.
        home: Cases of validation photos, which have a say in what is called healthy.
        params: Settings.
        reject: The mass from which a case is refused.
    """
    cases = {several: _all_cases(everything, several=several, seed=params.seed) for several in (False, True)}
    fields: list[GradedField] = []
    for source in dict.fromkeys(cases[False]["source"]) if everything else ():
        others = cases[False][cases[False]["source"] != source]
        if not others["kind"].isin(KNOWN).any():
            continue
        grading = fit_grading(others, reject=reject)
        healthy = fit_healthy([others, home[home["source"] != source]], grading)
        hint = fit_hint(others, reject=reject, params=params)
        rules = _Rules(grading.model_copy(update={"healthy": healthy}), hint, reject, params.shows)
        for several, these in cases.items():
            fields += _fields(these[these["source"] == source], rules, several=several)
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


def _all_cases(everything: Sequence[LeftOut], *, several: bool, seed: int) -> pd.DataFrame:
    tables = [
        graded_cases(out.place, several=several, seed=seed).assign(place=out.place.name, kind=out.kind.value)
        for out in everything
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["source"])


def _fields(cases: pd.DataFrame, rules: _Rules, *, several: bool) -> Iterator[GradedField]:
    for (_, _, kind), of_field in cases.groupby(["place", "crop", "kind"], sort=False):
        for crop_named in (True, False) if kind in OF_CROPS else (False,):
            yield _field(of_field, rules, several=several, crop_named=crop_named)


def _given_to(cases: pd.DataFrame, numbers: npt.NDArray[np.float64], rules: _Rules, *, crop_named: bool) -> list[Said]:
    """The grade of each case, as :func:`majani.decision.rules.decide` gives it."""
    prefix = "" if crop_named else "seen_"
    crops, is_first_healthy = cases["crop" if crop_named else "seen"], is_healthy(cases[f"{prefix}first"])
    needed = crops.map(rules.grading.healthy_from).where(is_first_healthy, MOST_LIKELY)
    given = [
        grade(of, conditions=conditions, needed=least, healthy=healthy)
        for of, conditions, least, healthy in zip(
            numbers.tolist(), cases[f"{prefix}conditions"], needed, is_first_healthy, strict=True
        )
    ]
    if not crop_named:
        # A crop that is not clear is asked for, and nothing is listed.
        clear = cases["seen_share"].map(rules.grading.crop.probability) >= MOST_LIKELY
        unclear = Said(Grade.NOT_CLEAR, 0)
        return [said if is_clear else unclear for said, is_clear in zip(given, clear, strict=True)]
    # What clearly shows another crop is not named.
    contradicted = once_named(cases, *rules.hint)[1] >= rules.shows
    return [
        Said(Grade.ONE_OF, one.length) if other and one.grade.is_name else one
        for one, other in zip(given, contradicted, strict=True)
    ]


def _field(cases: pd.DataFrame, rules: _Rules, *, several: bool, crop_named: bool) -> GradedField:
    prefix = "" if crop_named else "seen_"
    numbers = numbers_of(cases, rules.grading, crop_named=crop_named)
    given = _given_to(cases, numbers, rules, crop_named=crop_named)
    refused = (once_named(cases, *rules.hint)[0] if crop_named else cases["rejected"]) >= rules.reject
    said = ~refused
    grades = pd.Series([one.grade for one in given], index=cases.index).where(said)
    lengths = pd.Series([one.length for one in given], index=cases.index)
    kind, rank = Kind(cases["kind"].iloc[0]), cases[f"{prefix}rank"]
    is_known = kind in KNOWN
    first = pd.Series(numbers[:, 0], index=cases.index)
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
        conditions=int(cases["conditions"].iloc[0]) if crop_named else 0,
        refused=_percent(refused),
        first=_percent(rank == 1) if is_known else None,
        listed=_percent(rank <= lengths) if is_known else None,
        length=round(float(lengths.mean()), 2),
        grades={one: _given(grades == one, first, rank == 1 if is_known else None) for one in Grade},
        bands={edge: _given(bands == edge, first, rank == 1 if is_known else None) for edge in BANDS},
        sick=len(sick),
        called_healthy={one: _percent((grades[sick] == one) & healthy[sick]) for one in Grade} if len(sick) else {},
        healthy=_given((grades == Grade.MOST_LIKELY) & healthy, first, rank == 1 if is_known else None),
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
