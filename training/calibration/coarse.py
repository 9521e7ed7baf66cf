"""Thresholds of coarser statements (rule 6), level by level from the finest.

Known crops tell from where a statement is true often enough in the next field; crops that were left out, how seldom a
leaf that nobody has learned is said to be of a known crop.
"""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pandas as pd

from majani.model.bundle import CoarseThresholds, Situation
from majani.taxonomy import HEALTHY, REJECT_CLASSES
from training.artifacts.files import read_taxonomy
from training.calibration.situations import Hint, Place, hinted_cases, table_of
from training.calibration.thresholds import fit_answer_threshold
from training.settings import CalibrateParams

# Of a crop that was left out, so many cases may be said to show another.
STRANGERS = 0.05
# From the finest.
LEVELS = ("parent", "sick", "crop")


def coarse_cases(
    place: Place,
    situation: Situation | None,
    *,
    hint: Hint,
    reject: float,
    threshold: Callable[[str], float],
    seed: int,
) -> pd.DataFrame:
    """Cases that are neither refused nor named, and what could be said of them.

    Returns:
        :func:`training.calibration.situations.case_table`, and of each level the ``mass`` of the likeliest statement
        and whether it is ``true``, as ``parent_mass`` and so on; ``stranger`` where its crop is not known in the field;
        ``asked``, how many cases of the place there are, those that were refused or named included.
    """
    class_ids = place.answers.class_ids[: -len(REJECT_CLASSES)]
    hinted = hinted_cases(place, situation, hint=hint, seed=seed)
    conditions, cases = hinted[0][:, : len(class_ids)].astype(np.float64), table_of(place, *hinted)
    crops = {class_id.partition(".")[0] for class_id in set(class_ids) - place.lab_only}
    cases = cases.assign(stranger=~cases["crop"].isin(crops), asked=len(cases))
    for level in LEVELS:
        statement_of = _statements(level)
        of_class = np.array([statement_of(class_id) for class_id in class_ids], dtype=np.str_)
        statements = np.unique(of_class)
        mass = conditions @ ((of_class[:, None] == statements) & (statements != ""))
        likeliest = statements[mass.argmax(axis=1)]
        is_true = (likeliest != "") & (likeliest == cases["truth"].map(statement_of).to_numpy(dtype=np.str_))
        cases = cases.assign(**{f"{level}_mass": mass.max(axis=1), f"{level}_true": is_true})
    needed = cases["best"].map(threshold).astype(np.float64)
    is_named = (cases["confidence"] >= needed) & (needed < 1)
    return cases[(cases["rejected"] < reject) & ~cases["contradicted"] & ~is_named]


def _statements(level: str) -> Callable[[str], str]:
    """What a condition makes true on a level; empty where it makes nothing true."""
    if level == "parent":
        parents = _parents()
        return lambda class_id: f"{class_id.partition('.')[0]} {parents[class_id]}" if parents.get(class_id) else ""
    if level == "sick":
        return lambda class_id: "" if class_id.endswith(f".{HEALTHY}") else class_id.partition(".")[0]
    return lambda class_id: class_id.partition(".")[0]


@cache
def _parents() -> Mapping[str, str | None]:
    return {condition.id: condition.parent for condition in read_taxonomy().conditions}


def fit_coarse(cases: pd.DataFrame, params: CalibrateParams) -> CoarseThresholds:
    """From which mass on the statements of each level are made.

    They are true of known crops often enough in the next field, and of each crop that was left out at most a share of
    ``STRANGERS`` gets any. A level that no place bears out is never said.

    Args:
        cases: Of :func:`coarse_cases`, of all places.
        params: Settings.
    """
    found: dict[str, float] = {}
    asked = cases.groupby("source")["asked"].first()
    told = dict.fromkeys(asked.index, 0)
    for level in LEVELS:
        table = cases.assign(confidence=cases[f"{level}_mass"], right=cases[f"{level}_true"])
        known = table[~table["stranger"]]
        least = fit_answer_threshold(known, precision=params.answer_precision, least=params.min_answer)
        for name, of_place in table[table["stranger"]].groupby("source"):
            masses = np.sort(of_place["confidence"])[::-1]
            may_be_told = int(STRANGERS * asked[str(name)]) - told[str(name)]
            if len(masses) > may_be_told:
                least = max(least, float(np.nextafter(masses[max(may_be_told, 0)], np.inf)))
        # A threshold of 1 means never.
        found[level] = min(1.0, least)
        is_told = (cases[f"{level}_mass"] >= found[level]) & (found[level] < 1)
        for name in cases.loc[is_told & cases["stranger"], "source"]:
            told[name] += 1
        cases = cases[~is_told]
    return CoarseThresholds(**found)
