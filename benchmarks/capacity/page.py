"""The tables of ``docs/capacity.md``, made from the published figures and the assumptions."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.capacity.need import Costs, Habits, Need, core_hours_per_million, need

PAGE = Path("docs/capacity.md")
TIERS = {"10 thousand": 1e4, "1 million": 1e6, "50 million": 5e7}
_BLOCK = re.compile(r"(<!-- capacity -->\n).*?(<!-- end of capacity -->)", re.DOTALL)
_ROWS: Mapping[str, Callable[[Need], float]] = {
    "cases a second in the busiest hour": lambda one: one.cases_per_s,
    "cores for the service": lambda one: one.service_cores,
    "memory that the service takes, GB (allow 0.7 a process)": lambda one: one.service_gb,
    "cores for PostgreSQL": lambda one: one.database_cores,
    "PostgreSQL, GB, when as much goes as comes": lambda one: one.database_gb,
    "kept photos, GB, likewise": lambda one: one.photos_gb,
    "30 backups, GB, likewise": lambda one: one.backups_gb,
    "received in a month, GB": lambda one: one.in_gb,
    "sent in a month, GB": lambda one: one.out_gb,
    "money a month": lambda one: one.money,
}


def tables(value: Mapping[str, float], habits: Habits) -> str:
    costs = Costs.from_figures(value)
    needs = [need(cases, costs, habits) for cases in TIERS.values()]
    lines = [f"| diagnoses a month | {' | '.join(TIERS)} |", "|---|" + "---|" * len(TIERS)]
    for title, of in _ROWS.items():
        lines.append(f"| {title} | {' | '.join(_rounded(of(one)) for one in needs)} |")
    lines += ["", "| a million photos | photos per core-second | core hours | money |", "|---|---|---|---|"]
    for title, cpu_s in (
        ("of 1024 px, by the service", costs.small_cpu_s),
        ("of 12 megapixels, by the service", costs.large_cpu_s),
        ("of the measured archive, in bulk", costs.bulk_cpu_s),
    ):
        hours = core_hours_per_million(cpu_s)
        cells = (_rounded(1 / cpu_s), _rounded(hours), f"{hours * habits.core_hour:.2f}")
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def render(page: str, value: Mapping[str, float], habits: Habits) -> str:
    made = tables(value, habits)
    return _BLOCK.sub(lambda match: match[1] + made + match[2], page)


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
