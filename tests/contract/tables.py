"""Tables of settings, metrics and error codes for the documents, as the code has them.

python -m tests.contract.tables
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from serving.http.errors import STATUSES
from serving.i18n.messages import TITLES
from serving.settings import Settings, variable
from serving.telemetry import metrics

ROOT = Path(__file__).parents[2]
PAGES = tuple(ROOT / "docs" / name for name in ("api.md", "channels.md", "operation.md"))
_OF_MESSENGERS = ("channel_", "delivery_", "whatsapp_", "telegram_", "rapidpro_", "africastalking_")
_TABLE = re.compile(r"(<!-- ((?:settings|metrics|codes)\b[^>]*?) -->\n).*?(<!-- end of \w+ -->)", re.DOTALL)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["|".join(f" {cell} " if cell else " " for cell in row) for row in (head, *rows)]
    return "\n".join(f"|{line}|" for line in (lines[0], "|".join(["---"] * len(head)), *lines[1:])) + "\n"


def _settings(*, of_messengers: bool) -> str:
    rows = (
        (f"`{variable(name)}`", f"`{one.default}`", " ".join((one.description or "").split()))
        for name, one in Settings.model_fields.items()
        if name.startswith(_OF_MESSENGERS) is of_messengers
    )
    return _table(("variable", "default", "what"), rows)


def _metrics() -> str:
    found = [one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)]
    rows = (
        (
            f"`{one._name}{'_total' * (one._type == 'counter')}`",
            str(one._type),
            ", ".join(f"`{label}`" for label in one._labelnames),
            one._documentation,
        )
        for one in found
    )
    return _table(("metric", "type", "labels", "what"), rows)


def _codes() -> str:
    rows = ((f"`{code}`", str(status.value), TITLES[code]) for code, status in STATUSES.items())
    return _table(("code", "status", "means"), rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "settings of the service": lambda: _settings(of_messengers=False),
    "settings of messengers": lambda: _settings(of_messengers=True),
    "metrics": _metrics,
    "codes": _codes,
}


def page_with_tables(page: str) -> str:
    """The page with every table between markers made anew."""
    return _TABLE.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], page)


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(page_with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")
