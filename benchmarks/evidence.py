"""Ten offices that count what a bundle says in their fields: are its words bolder then, and still kept elsewhere?

    python -m benchmarks.evidence

Fields are crops at places left out of training, as ``models/warm_start`` has them. Each draw deals them out anew: rules
rest on some, offices are in others, and what is promised is tried in the rest. Offices sign their counts, and among
their files are forged ones.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml
from tqdm import tqdm

from majani.image.quality import QualityLimits
from majani.model.bundle import DecisionRules, Situation, SituationRules, Thresholds
from majani.model.evidence import Count, Evidence, Level
from majani.model.signature import make_key
from training.artifacts.files import WARM_START_DIR
from training.calibration.evidence import OFFICES_FILE, EvidenceError, read_evidence, with_evidence
from training.calibration.situations import Place
from training.calibration.thresholds import ENOUGH_CASES
from training.places.carried import read_carried
from training.places.rows import Kind
from training.places.table import Fitted, answers_by, fit_rules_to, part_of
from training.settings import CalibrateParams, read_params
from training.warm_start.repository import CARRIED_PLACES

_OFFICES, _CASES, _FIELDS, _DRAWS = 10, 50, 3, 20
# Fields like each that was left out, and their leaves; spread of the odds that a leaf is recognised, in logits.
_LIKE, _MANY, _TILT = 5, 200, 0.5
# A field with fewer answers does not show whether they keep a word.
_ENOUGH = 20
_REJECT, _RULE = 0.6, "0" * 16
_NAMED = (Situation.CROP_NAMED, Situation.CROP_NAMED_SEVERAL_PHOTOS)


def deal(known: Sequence[Place], seed: int) -> tuple[list[Place], list[list[Place]], list[Place]]:
    """Places, ten offices with three fields of fifty cases together, and fields that nobody has seen.

    Rules rest on half of the leaves of all fields but some; offices are in fields like these, made of other leaves, and
    each easier or harder than its like. The fields that were left out, likewise, are tried.
    """
    random = np.random.default_rng(seed)
    names = [(place, crop) for place in known for crop in sorted(set(_crops(place)))]
    names = [(place, crop) for place, crop in names if (_crops(place) == crop).sum() >= ENOUGH_CASES]
    order = [names[at] for at in random.permutation(len(names))]
    left, kept = order[: len(order) // 4], order[len(order) // 4 :]
    places: list[Place] = []
    others: dict[tuple[str, str], Place] = {}
    for place in known:
        first = pd.Series(random.permutation(place.rows["group"].unique())).iloc[::2]
        half = place.rows["group"].isin(first).to_numpy()
        crops = [crop for one, crop in kept if one is place]
        if crops:
            places.append(part_of(place, half & np.isin(_crops(place), crops)))
        others |= {(place.name, crop): part_of(place, ~half & (_crops(place) == crop)) for crop in crops}
    fields = list(others.values())
    offices = [
        [_tilted(fields[at], _CASES // _FIELDS, random) for at in random.choice(len(fields), _FIELDS, replace=False)]
        for _ in range(_OFFICES)
    ]
    new = [part_of(place, _crops(place) == crop) for place, crop in left]
    return places, offices, [_tilted(field, _MANY, random) for field in new for _ in range(_LIKE)]


def _crops(place: Place) -> npt.NDArray[np.str_]:
    return place.rows["class_id"].str.split(".").str[0].to_numpy(dtype=np.str_)


def _tilted(field: Place, leaves: int, random: np.random.Generator) -> Place:
    """A field of so many leaves in which those that are recognised are rarer or more common."""
    ids = np.array(field.answers.class_ids)
    is_right = ids[field.answers.probabilities.argmax(axis=1)] == field.rows["class_id"].to_numpy()
    weights = np.exp(random.normal(0, _TILT) * is_right)
    chosen = random.choice(len(is_right), leaves, p=weights / weights.sum())
    rows = field.rows.iloc[chosen].reset_index(drop=True).assign(group=np.arange(leaves))
    answers = replace(field.answers, probabilities=field.answers.probabilities[chosen])
    return replace(field, answers=answers, rows=rows)


def counts_of(field: Place, fitted: Fitted, params: CalibrateParams) -> Iterator[Count]:
    """What is said to an office's cases."""
    for situation in _NAMED:
        cases = answers_by(field, situation, fitted, params)
        if cases.empty:
            continue
        edges = np.array([0, *(band.min_probability for band in fitted.rules[situation].confidence_bands)])
        edge = edges[np.searchsorted(edges, cases["confidence"], side="right") - 1]
        said = {
            Level.NAMED: (cases["named"], cases["right"]),
            Level.PROBABLY: (cases["said"] & (cases["size"] == 1), cases["holds"]),
            Level.ONE_OF: (cases["said"] & (cases["size"] > 1), cases["holds"]),
            Level.TROUBLE: (cases["kind"], cases["stated_truly"]),
        }
        for level, (is_said, is_right) in said.items():
            told = is_said.to_numpy(dtype=bool)
            for at, right in pd.Series(is_right.eq(True)[told]).groupby((edge * (level is Level.NAMED))[told]):
                yield Count(
                    district=field.name,
                    crop=str(cases["crop"].iloc[0]),
                    situation=situation,
                    level=level,
                    rule=_RULE,
                    from_probability=float(at),
                    said=len(right),
                    right=int(right.sum()),
                )


def forged_accepted(folder: Path, honest: Evidence, private_key: str) -> int:
    """How many of a few forged or repeated files are not refused; they are gone afterwards."""
    [first, *others] = honest.counts
    flattered = honest.model_copy(update={"counts": (first.model_copy(update={"right": 0, "said": 99}), *others)})
    tries = (
        flattered.model_dump_json(),
        flattered.signed(make_key()[0]).model_dump_json(),
        honest.model_copy(update={"bundle": "tried2"}).model_dump_json(),
        honest.model_dump_json(),
        honest.model_copy(update={"counts": (first, first)}).signed(private_key).model_dump_json(),
        honest.model_dump_json().replace(f'"right":{first.right}', f'"right":{first.said + 1}', 1),
    )
    accepted = 0
    for text in tries:
        file = folder / "zz_forged.json"
        file.write_text(text, encoding="utf-8")
        try:
            read_evidence(folder)
            accepted += 1
        except EvidenceError:
            pass
        file.unlink()
    return accepted


def simulate(known: Sequence[Place], seed: int, params: CalibrateParams) -> tuple[pd.DataFrame, int]:
    """One draw: what was promised and true in new fields, before and after; and how many forged files were accepted."""
    places, offices, new = deal(known, seed)
    fitted = fit_rules_to(places, max(known, key=lambda place: len(place.rows)), params, _REJECT)
    plain, hint = fitted.rules[None], fitted.hint
    thresholds = Thresholds(answer=plain.answer, per_class=plain.per_class, reject=fitted.reject, coarse=hint.coarse)
    rules = DecisionRules(
        thresholds=thresholds,
        hint_factor=hint.other_crops,
        unknown_plant_factor=hint.unknown_plant,
        quality=QualityLimits(min_side_px=1, min_luminance=0, min_sharpness=0),
        situations={situation: own for situation, own in fitted.rules.items() if situation is not None},
    )
    with tempfile.TemporaryDirectory() as name:
        folder, keys = Path(name), {}
        for number, office in enumerate(offices):
            private_key, keys[f"office {number}"] = make_key()
            counts = tuple(one for field in office for one in counts_of(field, fitted, params))
            signed = Evidence(bundle="tried", counted_on="2026-11-30", counts=counts).signed(private_key)
            (folder / f"{number}.json").write_text(signed.model_dump_json(), encoding="utf-8")
        (folder / OFFICES_FILE).write_text(yaml.safe_dump(keys), encoding="utf-8")
        told = read_evidence(folder)
        accepted = forged_accepted(folder, signed, private_key) if signed.counts else 0
    joined = with_evidence(rules, told, places, lambda *_: _RULE, params)
    after = replace(fitted, rules={situation: of_situation(joined, situation, plain) for situation in fitted.rules})
    tables = [
        said_in(field, by, params).assign(by=title)
        for title, by in (("places", fitted), ("offices", after))
        for field in new
    ]
    return pd.concat(tables, ignore_index=True), accepted


def of_situation(rules: DecisionRules, situation: Situation | None, plain: SituationRules) -> SituationRules:
    """Rules of a situation; ``plain`` without one."""
    return plain if situation is None else (rules.situations or {})[situation]


def said_in(field: Place, fitted: Fitted, params: CalibrateParams) -> pd.DataFrame:
    """Names and sets that are said in a field: how many, the share that is right, and the share that is promised."""
    rows = []
    for situation in _NAMED:
        cases = answers_by(field, situation, fitted, params)
        if cases.empty:
            continue
        for level, said, right, promised in (
            ("names", cases["named"], cases["right"], cases["promised"] / 10),
            ("sets", cases["said"], cases["holds"], cases["said_promised"]),
        ):
            told = said.to_numpy(dtype=bool)
            rows.append((level, field.name, told.sum(), right.eq(True)[told].mean(), promised[told].mean()))
    return pd.DataFrame(rows, columns=["level", "field", "said", "right", "promised"])


def main() -> None:
    """Print what was promised and kept, over all draws."""
    params = read_params().calibrate
    known = [one.place() for one in read_carried(WARM_START_DIR / CARRIED_PLACES) if one.kind is Kind.PLACE]
    draws = [simulate(known, seed, params) for seed in tqdm(range(_DRAWS))]
    said = pd.concat([table for table, _ in draws]).query("said >= @_ENOUGH")
    for (level, by), rows in said.groupby(["level", "by"], sort=False):
        kept = (rows["right"] >= rows["promised"] / 10).mean()
        print(
            f"{level}, words by {by}: {rows['promised'].mean():.2f} of ten promised, "
            f"{10 * rows['right'].mean():.2f} true, kept in {100 * kept:.0f} % of {len(rows)} new fields"
        )
    print(f"forged counts accepted: {sum(accepted for _, accepted in draws)}")


if __name__ == "__main__":
    main()
