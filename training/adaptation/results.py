"""What an agronomist reads of an adaptation: lines for a terminal, values for a page, and the model card."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from majani.model.bundle import Manifest
from majani.taxonomy import OTHER
from training.adaptation.adapt import Adapted
from training.adaptation.gate import Verdict
from training.adaptation.measure import by_condition, confusions, lines_of

_HEAD = """\
# Model card: Majani bundle {version}, adapted to {place}

The network of bundle {from_version}, with the conditions of {photos} reviewed photos of
{cases} cases from {place} taught. Its numbers of them hold in this place; use it there.

```
{lines}
```

What follows is the card of {from_version}. Its figures are not those of this bundle.

"""


def least_believed(photos: pd.DataFrame) -> Iterable[tuple[str, str, str]]:
    """Photos whose labels are to be looked at again, and what they look like instead; the least believed first."""
    doubtful = photos[photos["instead"] != photos["class_id"]].nsmallest(max(3, len(photos) // 5), "belief")
    return zip(doubtful["photo"], doubtful["class_id"], doubtful["instead"], strict=True)


def by_crop(photos: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Of each crop, what heads say that have not seen the photos.

    Yields:
        ``crop``, ``n`` photos, ``named``, ``right`` (of these), and ``unnamed``: conditions none of whose photos is
        named rightly, each with the usual ``length`` of its lists, or 0 where few of these hold it.
    """
    table = by_condition(photos).set_index("condition")
    known = photos[~photos["class_id"].str.endswith(f".{OTHER}")]
    for crop, rows in known.groupby(known["class_id"].str.partition(".")[0]):
        unnamed = []
        for class_id, of_class in rows.groupby("class_id"):
            if not table["right"][class_id]:
                is_listed = 2 * table["listed"][class_id] >= len(of_class)
                length = int(of_class["listed_after"].map(len).median()) if is_listed else 0
                unnamed.append({"condition": class_id, "length": length})
        named = rows["named_after"]
        counts = {"n": len(rows), "named": int((named != "").sum()), "right": int((named == rows["class_id"]).sum())}
        yield {"crop": crop, **counts, "unnamed": unnamed}


def findings(made: Adapted) -> Iterator[str]:
    """Before and after, by heads that had not seen the photos; labels to look at again; what it will now mistake."""
    photos = made.photos
    if made.verdict.learned:
        yield f"left out of the comparison, as the running bundle has learned them: {made.verdict.learned}"
    for suffix in ("before", "after"):
        yield ""
        yield from lines_of(by_condition(photos, suffix=suffix), f"{suffix}, photos not seen")
    yield ""
    for photo, label, instead in least_believed(photos):
        yield f"look at this label again: {photo}: {label}; it looks like {instead}"
    wrong = photos[(photos["named_after"] != "") & (photos["named_after"] != photos["class_id"])]
    for (true, named), these in wrong.groupby(["class_id", "named_after"]):
        yield f"will be mistaken: {len(these)} of {(photos['class_id'] == true).sum()} {true} are said to be {named}"
    if made.strangers is None:
        yield "what it says of conditions that it was not taught is not known: that takes three taught ones of its crop"
    else:
        named = int((made.strangers["named"] != "").sum())
        yield f"conditions that it was not taught: about {named} of {len(made.strangers)} would get another one's name"


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """The decision, with the interval that decides."""
    for row in verdict.elsewhere:
        if row.decides and row.candidate != row.champion:
            yield (
                f"elsewhere, {row}: {row.champion:.1f} -> {row.candidate:.1f}, n {row.n}, "
                f"{row.low:+.1f} to {row.high:+.1f}"
            )
    before, after = verdict.before, verdict.after
    yield (
        f"here, of {verdict.n} photos: named {before.named} -> {after.named}, rightly {before.right} -> {after.right}; "
        f"log-loss {before.log_loss:.2f} -> {after.log_loss:.2f}, smaller by {verdict.low:+.2f} to {verdict.high:+.2f}"
    )
    yield f"adapt: {verdict.decision}: {verdict.reason}"


def adapted_card(manifest: Manifest, verdict: Verdict, before: str) -> str:
    """The card in Markdown: what is new, and below it that of the bundle that was adapted."""
    about = manifest.adapted_to
    if about is None:
        raise ValueError(f"bundle {manifest.version} is not adapted to a place")
    lines = "\n".join(verdict_lines(verdict))
    head = _HEAD.format(version=manifest.version, **about.model_dump(), lines=lines)
    return head + re.sub("^#", "##", before, flags=re.MULTILINE)


def summarised(made: Adapted, rows: pd.DataFrame) -> Mapping[str, Any]:
    """The same as values for JSON; ``rows`` are all photos that were given, with their problems."""
    photos, verdict, strangers = made.photos, made.verdict, made.strangers
    was, now = (by_condition(photos, suffix=suffix) for suffix in ("before", "after"))
    return {
        "version": made.bundle.manifest.version,
        "decision": verdict.decision,
        "why": verdict.why,
        "verdict": verdict.model_dump(mode="json"),
        "worse": [str(row) for row in verdict.elsewhere if row.is_worse()],
        "crops": list(by_crop(photos)),
        "conditions": json.loads(now.join(was[["named", "right"]].add_suffix("_before")).to_json(orient="records")),
        "confusions": [row for row in confusions(photos).stack().reset_index().to_numpy().tolist() if row[-1]],
        "doubtful": [list(doubtful) for doubtful in least_believed(photos)],
        "left_out": rows.loc[rows["problem"] != "", ["photo", "problem"]].to_numpy().tolist(),
        "strangers": None if strangers is None else [int((strangers["named"] != "").sum()), len(strangers)],
    }
