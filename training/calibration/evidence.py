"""What offices counted of a bundle in their own fields, beside the places: what is promised rests on both.

An office's counts are of one head at its thresholds. So they prove or refute what that head says there, and nothing
else: no threshold becomes lower by them, and of another head, or of another network, they say nothing. Where fitting
gives the same head and thresholds again, its fields join those of the places.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from pydantic import ValidationError

from majani.errors import BundleError
from majani.model.bundle import CoarseThresholds, ConfidenceBand, DecisionRules, SetRule, Situation, SituationRules
from majani.model.evidence import Count, Evidence, Level
from training.calibration.coarse import coarse_cases
from training.calibration.next_field import FIELDS, Floats, chance_to_reach, next_field_at_least
from training.calibration.sets import SetFields, set_cases, share_index
from training.calibration.situations import Hint, Place
from training.calibration.thresholds import (
    NEVER,
    answerable_cases,
    band_that_proves,
    field_counts,
    hardest_place,
)
from training.settings import CalibrateParams

EVIDENCE_DIR = Path("data/evidence")
OFFICES_FILE = "offices.yaml"
# Of fewer fields, the twentieth that may be worse than promised cannot be told: the hardest place is the limit.
_ENOUGH_FIELDS = 20


class EvidenceError(Exception):
    """A file of counts cannot be used; its words name the file."""


@dataclass(frozen=True)
class OfficeCount:
    """One count and the office that made it, by name."""

    office: str
    count: Count


def read_evidence(folder: Path = EVIDENCE_DIR) -> list[OfficeCount]:
    """All counts of a folder, with the key of each office in its list; of the same rules, an office's latest.

    Raises:
        EvidenceError: If one is forged, of an office that is not listed, of one bundle and office twice, or impossible.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        return []
    try:
        listed: Mapping[str, str] = yaml.safe_load((folder / OFFICES_FILE).read_text(encoding="utf-8")) or {}
        offices = {key: name for name, key in listed.items()}
    except (OSError, AttributeError, TypeError, yaml.YAMLError) as error:
        raise EvidenceError(f"{folder / OFFICES_FILE} is no list of names and keys: {error}") from error
    latest: dict[tuple[str, str, str], tuple[str, list[Count]]] = {}
    seen: dict[tuple[str, str], str] = {}
    for file in files:
        made = _checked(file, offices)
        if (first := seen.setdefault((made.public_key, made.bundle), file.name)) != file.name:
            raise EvidenceError(f"{file}: counts the same cases again as {first}; remove one of them")
        of_rules: dict[tuple[str, str, str], list[Count]] = {}
        for one in made.counts:
            of_rules.setdefault((offices[made.public_key], one.crop, one.rule), []).append(one)
        for key, counts in of_rules.items():
            latest[key] = max(latest.get(key, ("", [])), (made.counted_on, counts), key=lambda dated: dated[0])
    return [OfficeCount(office, one) for (office, *_), (_, counts) in latest.items() for one in counts]


def _checked(file: Path, offices: Mapping[str, str]) -> Evidence:
    try:
        made = Evidence.model_validate_json(file.read_bytes())
        is_signed = made.is_signed()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise EvidenceError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except BundleError as error:
        raise EvidenceError(f"{file}: {error}") from error
    if made.public_key not in offices:
        raise EvidenceError(f"{file}: its key {made.public_key!r} is not in {OFFICES_FILE}")
    if not is_signed:
        raise EvidenceError(f"{file}: not signed by {offices[made.public_key]}, or changed since")
    return made


def with_evidence(
    rules: DecisionRules,
    told: Sequence[OfficeCount],
    places: Sequence[Place],
    rule_of: Callable[[Situation, str], str],
    params: CalibrateParams,
) -> DecisionRules:
    """The same rules, whose promises rest on offices too; what these refute is no longer said.

    Args:
        rules: Fitted to the places alone.
        told: What offices counted.
        places: What the rules were fitted to.
        rule_of: See :func:`majani.model.evidence.rule_id`, of these rules and their head.
        params: Settings.
    """
    places = [place for place in places if place.knows_crop] or list(places)
    own = [one for one in told if rule_of(one.count.situation, one.count.crop) == one.count.rule]
    situations = dict(rules.situations or {})
    for situation in {one.count.situation for one in own} & set(situations):
        here = [one for one in own if one.count.situation is situation]
        situations[situation] = _Joined(rules, situation, here, places, params).rules()
    print(f"evidence of offices: {len(own)} of {len(told)} counts are of this head and its thresholds")
    return rules.model_copy(update={"situations": situations})


@dataclass(frozen=True)
class _Joined:
    """One situation's rules, and who tells of them; arguments as above."""

    all_rules: DecisionRules
    situation: Situation
    told: Sequence[OfficeCount]
    places: Sequence[Place]
    params: CalibrateParams

    def rules(self) -> SituationRules:
        """What is said and promised now."""
        return self._before.model_copy(update={**self._names(), "sets": self._sets(), "coarse": self._coarse()})

    @property
    def _before(self) -> SituationRules:
        return (self.all_rules.situations or {})[self.situation]

    @property
    def _given(self) -> dict[str, Any]:
        return {"hint": Hint.of(self.all_rules), "reject": self.all_rules.thresholds.reject}

    def _offices(self, *levels: Level, edge: float | None = None) -> pd.DataFrame:
        """``crop``, ``right`` and ``said`` of each field of an office, of all bands or of one."""
        rows = [
            (one.office, one.count.district, one.count.crop, one.count.right, one.count.said)
            for one in self.told
            if one.count.level in levels and edge in (None, one.count.from_probability)
        ]
        table = pd.DataFrame(rows, columns=["office", "district", "crop", "right", "said"])
        return table.groupby(["office", "district", "crop"], as_index=False).sum()

    def _names(self) -> dict[str, object]:
        cases = answerable_cases(self.places, self.situation, **self._given, params=self.params)
        cases = cases[~cases["lab_only"]]
        answered = cases[cases["confidence"] >= cases["best"].map(self._before.threshold).astype(np.float64)]
        known, per_class = answered[answered["known"]], dict(self._before.per_class)
        prior = self.params.prior_photos * np.array([float(known["right"].mean()) if len(known) else 0.0, 1])
        for crop, of_offices in self._offices(Level.NAMED).groupby("crop"):
            own = _counted(answered[answered["crop"] == crop]).sum(axis=0)
            right, said = own + of_offices[["right", "said"]].sum().to_numpy() + prior
            if right < self.params.answer_precision * said:
                per_class |= {one: NEVER for one in per_class if one.startswith(f"{crop}.")}
        bands, upper = list[ConfidenceBand](), np.inf
        for band in reversed(self._before.confidence_bands):
            inside = known[(known["confidence"] >= band.min_probability) & (known["confidence"] < upper)]
            bands.append(self._band(band, inside))
            upper = band.min_probability
        return {"per_class": per_class, "confidence_bands": tuple(reversed(bands))}

    def _band(self, band: ConfidenceBand, inside: pd.DataFrame) -> ConfidenceBand:
        offices = self._offices(Level.NAMED, edge=band.min_probability)
        if offices.empty:
            return band
        right, said = np.vstack([_counted(inside), offices[["right", "said"]]]).T
        bound = next_field_at_least(right, said)
        if len(said) < _ENOUGH_FIELDS:
            bound = min(bound, hardest_place(inside))
        return band_that_proves(band.min_probability, round(said.sum()), float(right.sum() / said.sum()), bound)

    def _sets(self) -> dict[str, SetRule]:
        cases = set_cases(
            self.places, self.situation, **self._given, threshold=self._before.threshold, params=self.params
        )
        alone, both = self._offices(Level.PROBABLY), self._offices(Level.PROBABLY, Level.ONE_OF)
        found = dict(self._before.sets)
        for crop, rule in self._before.sets.items():
            if not (both["crop"] == crop).any():
                continue
            at = int(share_index(rule.min_probability))
            lone = SetFields.of(cases.lone(rule.alone)).and_also(alone, at)
            is_refuted = (alone["crop"] == crop).any() and lone.proof(crop, at, self.params) is None
            least = 1.0 if is_refuted else rule.alone
            proof = SetFields.of(cases.alone_from(least)).and_also(both, at).proof(crop, at, self.params)
            found[crop] = rule.model_copy(update={"alone": least, **(dict(proof) if proof else {})})
            if proof is None:
                del found[crop]
        return found

    def _coarse(self) -> CoarseThresholds | None:
        coarse, offices = self._before.coarse, self._offices(Level.TROUBLE)
        if coarse is None or offices.empty:
            return coarse
        tables = [
            coarse_cases(place, self.situation, **self._given, threshold=self._before.threshold, seed=self.params.seed)
            for place in self.places
        ]
        cases = pd.concat(tables, ignore_index=True)
        cases = cases[~cases["stranger"] & (cases["parent_mass"] >= coarse.parent)]
        cases = cases.assign(confidence=cases["parent_mass"], right=cases["parent_true"])
        right, said = np.vstack([_counted(cases), offices[["right", "said"]]]).T
        holds = chance_to_reach(right, said, self.params.answer_precision) >= FIELDS
        return coarse if holds else coarse.model_copy(update={"parent": NEVER})


def _counted(cases: pd.DataFrame) -> Floats:
    """``(F, 2)`` right answers and all of each field; leaves are counted, not photos."""
    return field_counts(cases, np.array([-np.inf]))[..., 0] if len(cases) else np.zeros((0, 2))
