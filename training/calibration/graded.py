"""The fit of the calibrated number to answers about places left out; see :mod:`majani.model.grading`.

A generalised linear mixed model, fitted by penalised likelihood; the variances of the effects are those with the
largest marginal likelihood (Laplace approximation; Breslow and Clayton 1993, https://doi.org/10.2307/2290687). scipy is
enough: there are some forty coefficients.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, logit

from majani.decision.grades import MOST_LIKELY
from majani.model.grading import LEAST_SHARE, Effect, Grading, LogisticCalibration
from majani.taxonomy import HEALTHY, OTHER, REJECT_CLASSES, UNKNOWN_PLANT
from training.artifacts.files import is_healthy
from training.calibration.situations import Place, pooled_cases

# A field with more photos says no more: they look alike.
_MOST_PHOTOS = 60
# "Healthy" is said as most likely where so few of so many sick leaves get it.
_MOST_CALLED_HEALTHY, _ENOUGH_SICK = 0.02, 20
# Standard deviations of effects, in logits, between which the likeliest is looked for.
_LEAST, _START, _MOST = 0.05, 0.8, 4.0
_STEPS, _LONGEST_STEP, _TINY_STEP = 100, 3.0, 1e-8
# Of the likelihood: numbers have four digits.
_ENOUGH = 1e-6
# Of intercept and slope: none that matters, but a fit to answers that are all right has an end.
_PENALTY = 1e-2

Floats = npt.NDArray[np.float64]


def graded_cases(place: Place, *, several: bool = False, seed: int = 0) -> pd.DataFrame:
    """Cases of a place, of one photo or of several of one plant, and what a crop's shares say of them.

    Returns:
        One row a case: ``source``, ``truth``, ``crop`` (the true one), ``field``, ``lab_only`` (whether the truth was
        learned in the laboratory alone), the masses ``rejected``, ``unknown`` (plant), ``own`` (of the true crop) and
        ``other`` (of the likeliest other), ``seen`` (the likeliest crop) and its ``seen_share`` of all crops. Of the
        true crop, and with the prefix ``seen_`` of the likeliest one: ``conditions`` (how many it has), ``share_1`` to
        ``share_3`` (of the likeliest ones together), ``rank`` of the truth from 1 on (beyond all, if the network does
        not know it), ``first`` (the likeliest) and ``healthy`` (share; absent where the crop has no such class).
    """
    beliefs, rows = pooled_cases(place, seed=seed) if several else (place.answers.probabilities, place.rows)
    rows = rows.reset_index(drop=True)
    class_ids = np.array(place.answers.class_ids[: -len(REJECT_CLASSES)])
    crops = np.array([one.partition(".")[0] for one in class_ids])
    conditions, names = beliefs[:, : len(crops)].astype(np.float64), np.unique(crops)
    of_crops = np.stack([conditions[:, crops == name].sum(axis=1) for name in names], axis=1)
    truth = rows["class_id"].to_numpy(dtype=np.str_)
    crop = np.array([one.partition(".")[0] for one in truth], dtype=np.str_)
    seen = names[of_crops.argmax(axis=1)]
    is_own = names == crop[:, None]
    title = place.name.partition(", ")[0]
    return pd.DataFrame(
        {
            "source": title,
            "truth": truth,
            "crop": crop,
            "field": [f"{one} of {title}" for one in crop],
            "lab_only": np.isin(truth, list(place.lab_only)),
            "rejected": beliefs[:, len(crops) :].sum(axis=1),
            "unknown": beliefs[:, len(crops) + REJECT_CLASSES.index(UNKNOWN_PLANT)],
            "own": of_crops.sum(axis=1, where=is_own),
            "other": of_crops.max(axis=1, where=~is_own, initial=0),
            "seen": seen,
            "seen_share": of_crops.max(axis=1) / np.maximum(of_crops.sum(axis=1), np.finfo(float).tiny),
            **_within(conditions, class_ids, crops == crop[:, None], truth),
            **{
                f"seen_{name}": of for name, of in _within(conditions, class_ids, crops == seen[:, None], truth).items()
            },
        }
    )


def _within(
    conditions: Floats, class_ids: npt.NDArray[np.str_], own: npt.NDArray[np.bool_], truth: npt.NDArray[np.str_]
) -> dict[str, npt.ArrayLike]:
    """Of one crop for each case; see :func:`graded_cases`."""
    shares = np.where(own, conditions, 0)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    # What shows none of the conditions takes its share, and is not ranked.
    ranked = own & ~np.array([one.endswith(f".{OTHER}") for one in class_ids])
    order = np.argsort(np.where(ranked, -shares, 1), axis=1, kind="stable")
    together = np.take_along_axis(shares, order, axis=1).cumsum(axis=1)
    healthy = own & np.array([one.endswith(f".{HEALTHY}") for one in class_ids])
    is_truth = (class_ids[order] == truth[:, None]) & np.take_along_axis(ranked, order, axis=1)
    return {
        "conditions": own.sum(axis=1),
        **{f"share_{size}": together[:, min(size, len(class_ids)) - 1] for size in (1, 2, 3)},
        "rank": np.where(is_truth.any(axis=1), is_truth.argmax(axis=1), len(class_ids)) + 1,
        "first": class_ids[order[:, 0]],
        "healthy": np.where(healthy.any(axis=1), (shares * healthy).sum(axis=1), np.nan),
    }


def once_named(
    cases: pd.DataFrame, other_crops: float, unknown_plant: float
) -> tuple["pd.Series[float]", "pd.Series[float]"]:
    """Masses of the reject classes and of the likeliest other crop, once the true crop is named (rule 2)."""
    rejected = cases["rejected"] - (1 - unknown_plant) * cases["unknown"]
    whole = cases["own"] + other_crops * (1 - cases["rejected"] - cases["own"]) + rejected
    return rejected / whole, other_crops * cases["other"] / whole


def numbers_of(cases: pd.DataFrame, grading: Grading, *, crop_named: bool = True) -> Floats:
    """``(N, 3)`` how often the likeliest condition, the likeliest two and three hold the truth."""
    prefix = "" if crop_named else "seen_"
    shares = cases[[f"{prefix}share_{size}" for size in (1, 2, 3)]].to_numpy().tolist()
    crops = cases["crop" if crop_named else "seen"]
    of_crops = cases["seen_share"].map(lambda share: 1.0 if crop_named else grading.crop.probability(share))
    healthy = is_healthy(cases[f"{prefix}first"])
    found = [
        grading.numbers(of, crop, healthy=healthy_first, conditions=conditions, of_crop=of_crop)
        for of, crop, healthy_first, conditions, of_crop in zip(
            shares, crops, healthy, cases[f"{prefix}conditions"], of_crops, strict=True
        )
    ]
    return np.array(found, dtype=np.float64).reshape(-1, 3)


def fit_grading(cases: pd.DataFrame, *, reject: float) -> Grading:
    """Fit all numbers to cases as :func:`graded_cases` gives them, of conditions that the networks know or not.

    A number is conditional on the truth being known: of how many leaves it is not, no place can tell. Whether a leaf is
    healthy, and of which crop it is, can be right without. ``reject`` is the mass from which a case is refused. A field
    that shows a single known condition tells of this condition, and not of fields: names and lists leave it out, if
    there are others.
    """
    shown = cases.where(cases["rank"] <= cases["conditions"]).groupby(cases["field"])["truth"].transform("nunique")
    *lists, _ = _said(cases[shown > min(1, shown.max() - 1)])
    *_, sick = _said(cases)
    first, second, third = map(_fit_to, lists)
    seen = cases[(cases["conditions"] > 0) & (cases["rejected"] < reject)]
    return Grading(
        lists=(first, second, third),
        sick=_fit_to(sick),
        crop=fit_logistic(seen["seen_share"], seen["seen"] == seen["crop"], list(seen["field"]), [""] * len(seen)),
    )


def known_fields(grading: Grading, cases: pd.DataFrame) -> Grading:
    """The numbers of a place whose effects are no longer unknown, since heads were asked about photos of it.

    Args:
        grading: Of the next field.
        cases: As :func:`graded_cases` gives them, and ``group``: photos of one group count as one.
    """
    numbers = []
    for of_next, said in zip((*grading.lists, grading.sick), _said(cases), strict=True):
        number = of_next
        for crop, of_crop in said.groupby("crop"):
            number = known_field(number, str(crop), of_crop)
        numbers.append(number)
    first, second, third, sick = numbers
    found = grading.model_copy(update={"lists": (first, second, third), "sick": sick})
    needed = {crop: least for crop, least in grading.healthy.items() if crop not in set(cases["crop"])}
    for crop, of_crop in cases[~is_healthy(cases["truth"])].groupby("crop"):
        if (least := healthy_from(found.lists[0], of_crop)) is not None:
            needed[str(crop)] = least
    return found.model_copy(update={"healthy": needed})


def healthy_from(first: LogisticCalibration, sick: pd.DataFrame) -> float | None:
    """The least number, from ``MOST_LIKELY`` on, that few of the sick leaves of one crop at one place reach as healthy.

    Args:
        first: The number of the likeliest condition.
        sick: Cases as :func:`graded_cases` gives them.

    Returns:
        None where too few are known.
    """
    if len(sick) < _ENOUGH_SICK:
        return None
    called = sick.loc[is_healthy(sick["first"]), "share_1"]
    crop, conditions = sick["crop"].iloc[0], int(sick["conditions"].iloc[0])
    numbers = sorted(
        (first.probability(share, crop, healthy=True, conditions=conditions) for share in called), reverse=True
    )
    reached = numbers[int(_MOST_CALLED_HEALTHY * len(sick)) :]
    return _short(max([MOST_LIKELY, *(number + 1e-4 for number in reached[:1])]))


def _said(cases: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Cases in which a list of one, two or three says something, and whether it is sick.

    With the ``share`` of what is said, whether it is ``right``, whether it ``begins_healthy``, and ``of_how_many``
    conditions it is.
    """
    known = cases[cases["rank"] <= cases["conditions"]]
    for size in (1, 2, 3):
        said = known[known["conditions"] > size]
        yield said.assign(
            share=said[f"share_{size}"],
            right=said["rank"] <= size,
            begins_healthy=is_healthy(said["first"]),
            of_how_many=said["conditions"],
        )
    several = cases[(cases["conditions"] > 1) & cases["healthy"].notna()]
    looks_sick = several["healthy"] < 1 / 2
    share = several["healthy"].where(~looks_sick, 1 - several["healthy"])
    is_right = looks_sick != is_healthy(several["truth"])
    yield several.assign(share=share, right=is_right, begins_healthy=False, of_how_many=1)


def _fit_to(said: pd.DataFrame) -> LogisticCalibration:
    names = ("share", "right", "field", "crop", "begins_healthy", "of_how_many")
    return fit_logistic(*(said[name].to_numpy() for name in names))


def fit_logistic(
    shares: npt.ArrayLike,
    right: npt.ArrayLike,
    fields: npt.ArrayLike,
    crops: npt.ArrayLike,
    healthy: npt.ArrayLike = False,
    conditions: npt.ArrayLike = 1,
) -> LogisticCalibration:
    """Fit one number.

    Args:
        shares: ``(N,)`` shares of what was said, 0..1.
        right: ``(N,)`` whether it was true.
        fields: ``(N,)`` where; each counts as much as ``_MOST_PHOTOS`` photos at most.
        crops: ``(N,)`` of which crop; empty for all where crops shall have no effect.
        healthy: ``(N,)`` whether "healthy" was said.
        conditions: ``(N,)`` of how many.

    Returns:
        A number that no answer has shown is that of a coin.
    """
    names, of_crop = np.unique(np.array(crops, dtype=np.str_), return_inverse=True)
    places, of_field, counts = np.unique(np.array(fields, dtype=np.str_), return_inverse=True, return_counts=True)
    bounded = logit(np.clip(np.asarray(shares, dtype=np.float64), LEAST_SHARE, 1 - LEAST_SHARE))
    has_crops = list(names) != [""]
    fixed, sizes = 4, (len(names) * has_crops, len(places))
    design = np.zeros((len(bounded), fixed + sum(sizes)))
    rows = np.arange(len(bounded))
    for column, of in enumerate((1, bounded, healthy, np.log(conditions))):
        design[:, column] = of
    if has_crops:
        design[rows, fixed + of_crop] = 1
    design[rows, fixed + sizes[0] + of_field] = 1
    weights = np.minimum(1, _MOST_PHOTOS / counts)[of_field] if len(rows) else np.zeros(0)
    truth = np.asarray(right, dtype=np.float64)

    # Each fit begins where the last one ended: the next is close.
    last = [np.append([0, 1 / 2, 0, 0], np.zeros(sum(sizes)))]

    def at(logs: Floats) -> tuple[Floats, float, Floats]:
        """Coefficients, marginal log-likelihood and curvature for the logarithms of two standard deviations."""
        spread = np.repeat(np.exp(logs), sizes)
        penalty = np.append([_PENALTY] * fixed, 1 / spread**2)
        last[0] = found = _newton(design, truth, weights, penalty, last[0])
        scores, curvature = design @ found, _curvature(design, weights, penalty, found)
        fit = weights @ (truth * scores - np.logaddexp(0, scores)) - penalty @ np.square(found) / 2
        return found, float(fit - np.log(spread).sum() - np.linalg.slogdet(curvature)[1] / 2), curvature

    bounds = [(np.log(_LEAST), np.log(_MOST))] * 2
    logs = minimize(
        lambda logs: -at(logs)[1], np.log([_START, _START]), method="L-BFGS-B", bounds=bounds, tol=_ENOUGH
    ).x
    found, _, curvature = at(logs)
    variances = np.diag(np.linalg.inv(curvature))
    of_crops, of_fields = np.exp(2 * logs)
    return LogisticCalibration(
        intercept=_short(found[0]),
        # A share that says nothing, or the contrary, is no reason to say more of a smaller one.
        slope=_short(max(float(found[1]), _LEAST)),
        healthy=_short(found[2]),
        conditions=_short(found[3]),
        field_variance=_short(of_fields),
        crop_variance=_short(of_crops * has_crops),
        crops={
            str(name): Effect(mean=_short(found[fixed + number]), variance=_short(variances[fixed + number]))
            for number, name in enumerate(names[: sizes[0]])
        },
    )


def known_field(number: LogisticCalibration, crop: str, said: pd.DataFrame) -> LogisticCalibration:
    """The number of a crop at a place that has answered: the posterior of its effects (Laplace approximation).

    Args:
        number: Of the next field.
        crop: By id.
        said: One row an answer: ``share``, ``right``, ``begins_healthy`` and ``of_how_many`` (conditions), as
            :func:`fit_logistic` takes them, and ``group``: photos of one leaf or visit, which count as one.

    Returns:
        The same number with an effect of the field. What is left unknown of the crop is part of it: here, the two can't
        be told apart.
    """
    if said.empty:
        return number
    of_crop = number.crops.get(crop, Effect(mean=0, variance=number.crop_variance))
    share, right, healthy, conditions = (
        said[name].to_numpy() for name in ("share", "right", "begins_healthy", "of_how_many")
    )
    bounded = logit(np.clip(share.astype(np.float64), LEAST_SHARE, 1 - LEAST_SHARE))
    offset = number.intercept + number.slope * bounded + of_crop.mean
    offset += number.healthy * healthy + number.conditions * np.log(conditions)
    weights = 1 / said["group"].map(said["group"].value_counts()).to_numpy(dtype=np.float64)
    of_all, truth = np.ones((len(offset), 1)), right.astype(np.float64)
    penalty = np.array([1 / max(of_crop.variance + number.field_variance, _LEAST**2)])
    found = _newton(of_all, truth, weights, penalty, np.zeros(1), offset)
    variance = 1 / _curvature(of_all, weights, penalty, found, offset)[0, 0]
    own = Effect(mean=_short(found[0]), variance=_short(variance))
    known = of_crop.model_copy(update={"variance": 0.0})
    return number.model_copy(update={"crops": {**number.crops, crop: known}, "fields": {**number.fields, crop: own}})


def _newton(
    design: Floats, truth: Floats, weights: Floats, penalty: Floats, start: Floats, offset: Floats | float = 0.0
) -> Floats:
    """Likeliest coefficients; ``offset`` is the part of the scores that is known."""
    found = start
    for _ in range(_STEPS):
        slope = design.T @ (weights * (truth - expit(design @ found + offset))) - penalty * found
        step = np.linalg.solve(_curvature(design, weights, penalty, found, offset), slope)
        longest = float(np.abs(step).max())
        found = found + step * min(1.0, _LONGEST_STEP / max(longest, _TINY_STEP))
        if longest < _TINY_STEP:
            break
    return found


def _curvature(design: Floats, weights: Floats, penalty: Floats, found: Floats, offset: Floats | float = 0.0) -> Floats:
    chances = expit(design @ found + offset)
    weighted = design * (weights * chances * (1 - chances))[:, None]
    return np.asarray(weighted.T @ design + np.diag(penalty))


def _short(number: float) -> float:
    return round(float(number), 4)
