"""The model card of an adapted bundle: what is new, and below it the card of the bundle that it was made from."""

import re

from majani.model.bundle import Manifest
from training.release.gate import Verdict

_HEAD = """\
# Model card: Majani bundle {version}, adapted to {place}

The network of bundle {from_version}, with the conditions of {photos} reviewed photos of
{cases} cases from {place} fitted anew. It names them by thresholds of their own; use it there.

Both bundles on the same photos: test photos of every source, and those of {place}, judged by heads that had not seen
them. Intervals are wide, because they hold for all rows together.

{table}

What follows is the card of {from_version}. Its figures and its list of what is never named are not those of this
bundle.

"""


def adapted_card(manifest: Manifest, verdict: Verdict, before: str) -> str:
    """The card in Markdown; ``before`` is that of the bundle that was adapted."""
    about = manifest.adapted_to
    if about is None:
        raise ValueError(f"bundle {manifest.version} is not adapted to a place")
    head = _HEAD.format(version=manifest.version, **about.model_dump(), table=table(verdict))
    return head + re.sub("^#", "##", before, flags=re.MULTILINE)


def table(verdict: Verdict) -> str:
    """Every source before and after, as a table in Markdown."""
    rows = [
        f"| {row.source} | {row.n} | {row.champion:.1f} | {row.candidate:.1f} | {row.low:+.1f} to {row.high:+.1f} |"
        for row in verdict.table
    ]
    return "\n".join(
        [
            "| source | photos | right before, % | right now, % | difference, 95 % interval in points |",
            "|---|---|---|---|---|",
            *rows,
        ]
    )
