"""What an agronomist reads of an adaptation, as lines for a terminal and as values for a page."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from majani.labels import OTHER
from majani.model.bundle import Manifest, SaidTo
from training.adaptation.adapt import Adapted, least_believed
from training.adaptation.gate import Verdict
from training.adaptation.measure import by_condition, confusions, lines_of
from training.adaptation.rules import MIN_VISITS, taught_as_a_whole, visits_of
from training.settings import Params

_MANY = 50


def findings(made: Adapted, params: Params) -> Iterator[str]:
    """Before and after, by heads that had not seen the photos; labels to look at again; what it will now mistake."""
    photos = made.photos
    for suffix in ("before", "after"):
        yield ""
        yield from lines_of(by_condition(photos, params, suffix=suffix), f"{suffix}, photos not seen")
    yield ""
    for photo, label, instead in least_believed(photos):
        yield f"look at this label again: {photo}: {label}; it looks like {instead}"
    wrong = photos[(photos["named_after"] != "") & (photos["named_after"] != photos["class_id"])]
    for (true, named), these in wrong.groupby(["class_id", "named_after"]):
        yield f"will be mistaken: {len(these)} of {(photos['class_id'] == true).sum()} {true} are said to be {named}"
    if made.strangers is None:
        yield "what it says of conditions that it was not taught is not known: that takes three taught ones of its crop"
    else:
        named = int((made.strangers["named_after"] != "").sum())
        yield f"conditions that it was not taught: about {named} of {len(made.strangers)} would get another one's name"
    yield from _manifest_lines(made, params)


def _manifest_lines(made: Adapted, params: Params) -> Iterator[str]:
    manifest: Manifest = made.bundle.manifest
    least = params.adapt.min_photos
    labels = {one for one in made.photos["class_id"] if not one.endswith(f".{OTHER}")}
    if few := sorted(labels - taught_as_a_whole(made.photos, least)):
        yield (
            f"said no sooner than before, until healthy and two conditions of the crop have {least} photos each: "
            f"{', '.join(few)}"
        )
    if few := [str(one) for one, visits in visits_of(made.photos).items() if visits < MIN_VISITS]:
        yield (
            f"said as probable at most, until photos are known to be of {MIN_VISITS} farms, days or phones: "
            f"{', '.join(few)}"
        )
    if workers := [entry.id for entry in manifest.classes if entry.said_to is SaidTo.WORKERS]:
        shown = ", ".join(workers)
        yield f"for extension workers alone, as farmers have no reviewed text or too little was taught: {shown}"


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """The decision, with the interval that decides."""
    for row in verdict.elsewhere:
        yield (
            f"elsewhere, {row.source}: right {row.champion:.1f} -> {row.candidate:.1f} % of {row.n}, "
            f"{row.low:+.1f} to {row.high:+.1f}" + ("" if row.decides else "; too few to decide")
        )
    yield (
        f"here, of 100 photos: right answers less {verdict.wrong_counts:g} for each wrong one: "
        f"{verdict.before:.0f} -> {verdict.after:.0f}, {verdict.low:+.0f} to {verdict.high:+.0f}"
    )
    yield f"adapt: {verdict.decision}: {verdict.reason}"
    if verdict.decision == "promote" and verdict.low <= 0 and verdict.n < _MANY:
        yield f"more photos make it surer: {verdict.n} are few"


def summarised(made: Adapted, rows: pd.DataFrame, params: Params) -> Mapping[str, Any]:
    """The same as values for JSON; ``rows`` are all photos that were given, with their problems.

    Shares are in percent; ``why`` is the verdict's.
    """
    photos, verdict = made.photos, made.verdict
    tables = {
        suffix: by_condition(photos, params, suffix=suffix).to_json(orient="records") for suffix in ("before", "after")
    }
    counts = confusions(photos)
    workers = [entry.id for entry in made.bundle.manifest.classes if entry.said_to is SaidTo.WORKERS]
    return {
        "version": made.bundle.manifest.version,
        "decision": verdict.decision,
        "why": verdict.why,
        "verdict": verdict.model_dump(mode="json"),
        "worse": [row.source for row in verdict.elsewhere if row.is_worse()],
        **{suffix: json.loads(table) for suffix, table in tables.items()},
        "confusions": [row for row in counts.stack().reset_index().to_numpy().tolist() if row[-1]],
        "doubtful": [list(doubtful) for doubtful in least_believed(photos)],
        "left_out": rows.loc[rows["problem"] != "", ["photo", "problem"]].to_numpy().tolist(),
        "strangers": None
        if made.strangers is None
        else [int((made.strangers["named_after"] != "").sum()), len(made.strangers)],
        "probable": [str(one) for one, visits in visits_of(photos).items() if visits < MIN_VISITS],
        "workers": workers,
    }
