"""Makes the table of findings: a row for each condition, and for each kind of answer that names none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from majani.decision.rules import Outcome
from serving.overview.chart import SMALL_HEIGHT, Chart, add_up, draw
from serving.overview.counting import Count
from serving.overview.filters import Filters


@dataclass(frozen=True)
class Finding:
    """One row, with its share of all cases and its course over time."""

    outcome: Outcome
    condition: str | None
    cases: int
    reviewed: int
    share: float
    chart: Chart


def list_findings(counts: Iterable[Count], filters: Filters, today: date) -> tuple[Finding, ...]:
    """Everything that was found, the most frequent first."""
    rows: dict[tuple[Outcome, str | None], list[Count]] = {}
    for count in counts:
        rows.setdefault((count.outcome, count.condition), []).append(count)
    total = sum(count.cases for own in rows.values() for count in own)
    found = [
        Finding(
            outcome,
            condition,
            cases=(cases := sum(count.cases for count in own)),
            reviewed=sum(count.reviewed for count in own),
            share=cases / total,
            chart=draw(add_up(own, filters, today), height=SMALL_HEIGHT, lines=0),
        )
        for (outcome, condition), own in rows.items()
    ]
    return tuple(sorted(found, key=lambda row: (-row.cases, row.outcome, row.condition or "")))
