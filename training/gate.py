"""Stage ``gate``: may the candidate replace the bundle that is running?

Both answer the same test photos. The candidate passes if no field source got worse beyond noise and at least one
declared target got better; the table behind the decision is written down. A source with few test photos is shown and
decides nothing, as reviewed cases are in their first weeks. The running bundle in ``models/current`` is
read, but is no dependency of the stage: the stage after this one writes it.
"""

import json
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict

from majani.bundle import MANIFEST_FILE, read_bundle
from training.answers import answer
from training.calibrate import CANDIDATE_DIR, FIELD_SETTINGS
from training.evaluate import PREDICTIONS_FILE, is_sound_crop
from training.figures import CURRENT_DIR
from training.intervals import difference_interval
from training.params import GateParams, read_params

GATE_FILE = Path("reports/gate.json")


class Comparison(BaseModel):
    """One field source, both bundles on the same photos.

    Attributes:
        candidate: Top-1 in percent.
        incumbent: Likewise.
        low: Lower end of the 95 % interval of candidate minus incumbent, in points.
        high: Upper end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    n: int
    candidate: float
    incumbent: float
    low: float
    high: float

    def is_worse(self) -> bool:
        """Worse beyond noise."""
        return self.high < 0

    def is_better(self) -> bool:
        """Better in the estimate; on a few hundred photos, more could seldom be shown."""
        return self.candidate > self.incumbent


class Verdict(BaseModel):
    """The decision and what it rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision: Literal["promote", "keep"]
    reason: str
    candidate: str
    incumbent: str | None
    table: tuple[Comparison, ...] = ()


def compare(
    rows: pd.DataFrame, candidate: npt.NDArray[np.bool_], incumbent: npt.NDArray[np.bool_], params: GateParams
) -> tuple[Comparison, ...]:
    """Compare two bundles on each field source.

    Args:
        rows: Test photos with ``source``, ``setting``, ``class_id``, ``doubt`` and ``group``.
        candidate: ``(N,)`` whether the candidate's best class is right.
        incumbent: Likewise for the running bundle.
        params: Seed and number of resamples.
    """
    counts = (is_sound_crop(rows) & rows["setting"].isin(FIELD_SETTINGS)).to_numpy()
    table = []
    for source in sorted(rows["source"][counts].unique()):
        here = counts & (rows["source"] == source).to_numpy()
        low, high = difference_interval(
            candidate[here], incumbent[here], rows["group"][here], resamples=params.resamples, seed=params.seed
        )
        table.append(
            Comparison(
                source=source,
                n=int(here.sum()),
                candidate=round(100 * float(candidate[here].mean()), 2),
                incumbent=round(100 * float(incumbent[here].mean()), 2),
                low=round(100 * low, 2),
                high=round(100 * high, 2),
            )
        )
    return tuple(table)


def judge(table: tuple[Comparison, ...], *, params: GateParams, candidate: str, incumbent: str) -> Verdict:
    """Apply the rule to a table."""
    decisive = [row for row in table if row.n >= params.min_photos]
    worse = [row.source for row in decisive if row.is_worse()]
    better = [row.source for row in decisive if row.source in params.targets and row.is_better()]
    decision: Literal["promote", "keep"] = "keep"
    if worse:
        reason = f"worse beyond noise on {', '.join(worse)}"
    elif not better:
        reason = f"better on none of {', '.join(params.targets)}"
    else:
        decision, reason = "promote", f"worse on no field source, better on {', '.join(better)}"
    return Verdict(
        decision=decision,
        reason=reason,
        candidate=candidate,
        incumbent=incumbent,
        table=table,
    )


def main() -> None:
    """Run the stage."""
    params = read_params().gate
    candidate = read_bundle(CANDIDATE_DIR).manifest
    if not (CURRENT_DIR / MANIFEST_FILE).exists():
        verdict = Verdict(
            decision="promote", reason="no bundle is running", candidate=candidate.version, incumbent=None
        )
    else:
        running = read_bundle(CURRENT_DIR)
        rows = pd.read_csv(PREDICTIONS_FILE, keep_default_na=False)
        truth = rows["class_id"].to_numpy()
        theirs = np.array(answer(running, list(rows["photo"]), title="gate").best())
        table = compare(rows, rows["top1"].to_numpy() == truth, theirs == truth, params)
        verdict = judge(table, params=params, candidate=candidate.version, incumbent=running.manifest.version)
    GATE_FILE.write_text(json.dumps(verdict.model_dump(), indent=2) + "\n", encoding="utf-8")
    print(f"gate: {verdict.decision}: {verdict.reason}")


if __name__ == "__main__":
    main()
