"""Figures in one place: every number that a document states, with what makes it believable.

``reports/figures.json`` is the only source of published figures. Documents hold tables between markers,

    <!-- figures: plantdoc.top1, ibean.top1 -->
    <!-- end of figures -->

and this module writes what stands between them; ``*`` at the end of an id takes all that begin so. With ``beside``
instead of ``figures``, each figure is followed by those that others publish (:mod:`training.report.baselines`).
"""

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from majani.model.bundle import Manifest, read_bundle, sha256_hex
from training.report.baselines import Peer, read_peers

FIGURES_FILE = Path("reports/figures.json")
EVALUATION_FILE = Path("reports/evaluation.json")
PROBES_FILE = Path("reports/probes.json")
CURRENT_DIR = Path("models/current")
DOCUMENTS = (
    Path("README.md"),
    *(
        Path("docs", f"{name}.md")
        for name in (
            "agronomist",
            "api",
            "app",
            "architecture",
            "bulk",
            "capacity",
            "figures",
            "operation",
            "overview",
            "pipeline",
        )
    ),
)

_EARLIER = " (an earlier bundle)"
_PIPELINE = "dvc repro"
_VERSIONS_OF = ("numpy", "onnxruntime", "pillow")
_TABLE = re.compile(
    r"(<!-- (?P<kind>figures|beside): (?P<ids>[^>]*?) -->\n).*?(?P<end><!-- end of figures -->)", re.DOTALL
)


class Figure(BaseModel):
    """One measured number.

    Attributes:
        value: In ``unit``; shares are percentages.
        n: Photos, requests or runs it is based on.
        low: Lower end of its 95 % interval; absent where there is no sampling error.
        high: Upper end.
        is_range: ``low`` and ``high`` are the lowest and the highest of several measurements, which is no interval.
        command: Makes it again, from the repository root.
        bundle_sha256: Of the bundle it was measured on, see :func:`bundle_sha256`; absent for figures that no bundle is
            part of.
        versions: Of the libraries that could move it.
        machine: What it was measured on, where that could move it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    value: float
    unit: str
    n: int | None = None
    low: float | None = None
    high: float | None = None
    is_range: Literal[True] | None = None
    command: str
    bundle_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    date: date
    versions: Mapping[str, str]
    machine: str | None = None

    def of_no_bundle(self) -> Self:
        """The same, of something that the running bundle has no part in, so that it outlives a promotion."""
        return self.model_copy(update={"bundle_sha256": None})


_FILE = TypeAdapter(dict[str, Figure])


def library_versions() -> dict[str, str]:
    """Versions of the libraries that an answer depends on."""
    return {name: version(name) for name in _VERSIONS_OF}


@cache
def this_machine() -> str:
    """Number and kind of its processors."""
    described = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.+)$", described.read_text(), re.MULTILINE) if described.exists() else []
    return f"{os.cpu_count()} x {names[0] if names else platform.machine()}"


def read_figures(path: Path = FIGURES_FILE) -> dict[str, Figure]:
    """All figures of a file by id; an absent file holds none."""
    return _FILE.validate_json(path.read_bytes()) if path.exists() else {}


def write_figures(figures: Mapping[str, Figure], path: Path = FIGURES_FILE) -> None:
    """Write figures in the order of their ids."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {key: figures[key].model_dump(mode="json", exclude_none=True) for key in sorted(figures)}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def record(figures: Mapping[str, Figure]) -> None:
    """Add or replace published figures, leaving the others."""
    write_figures({**read_figures(), **figures})


def listing(figures: Mapping[str, Figure]) -> str:
    """All figures for a terminal, a line each."""

    def line(key: str, figure: Figure) -> str:
        interval = "" if figure.low is None else f"  [{figure.low}, {figure.high}]"
        return f"{key:45} {figure.value:8.2f} {figure.unit:6} n={figure.n}{interval}"

    return "\n".join(line(key, figures[key]) for key in sorted(figures))


def table(figures: Mapping[str, Figure], wanted: Sequence[str]) -> str:
    """A Markdown table of the wanted figures, in the wanted order.

    Raises:
        KeyError: If an id or pattern names no figure.
    """
    lines = ["| what | figure | 95 % interval | n | command |", "|---|---|---|---|---|"]
    for pattern in wanted:
        ids = [one for one in sorted(figures) if one.startswith(pattern[:-1])] if pattern.endswith("*") else [pattern]
        if not ids:
            raise KeyError(pattern)
        lines += [_row(figures[one]) for one in ids]
    return "\n".join(lines) + "\n"


def interval_of(figure: Figure) -> str:
    """Both ends, as they are shown to people; empty where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    places = 1 if figure.unit in ("%", "points") else 3
    kind = "range " if figure.is_range else ""
    return f"{kind}{figure.low:.{places}f} – {figure.high:.{places}f}"


def value_of(figure: Figure) -> str:
    """Value and unit, as they are shown to people."""
    if figure.unit in ("%", "points"):
        value = f"{figure.value:.1f}"
    else:
        value = f"{figure.value:,.0f}" if abs(figure.value) >= 100 else f"{figure.value:.3g}"
    return f"{value} {figure.unit}"


def _row(figure: Figure) -> str:
    n = "" if figure.n is None else str(figure.n)
    return f"| {figure.title} | {value_of(figure)} | {interval_of(figure)} | {n} | `{figure.command}` |"


def table_beside(figures: Mapping[str, Figure], peers: Sequence[Peer], wanted: Sequence[str]) -> str:
    """A Markdown table of the wanted figures, each followed by those of others.

    Raises:
        KeyError: If an id names no figure, or nobody stands beside it.
    """
    lines = ["| what | who | figure | 95 % interval | n | from |", "|---|---|---|---|---|---|"]
    for one in wanted:
        ours, others = figures[one], [peer for peer in peers if peer.beside == one]
        if not others:
            raise KeyError(one)
        n = "" if ours.n is None else str(ours.n)
        lines.append(f"| {ours.title} | **Majani** | {value_of(ours)} | {interval_of(ours)} | {n} | `{ours.command}` |")
        lines += [_row_of_peer(peer) for peer in others]
    return "\n".join(lines) + "\n"


def _row_of_peer(peer: Peer) -> str:
    differs = "" if peer.differs is None else f"but: {peer.differs}"
    n = "" if peer.n is None else str(peer.n)
    return f"| {differs} | {peer.who} | {peer.value:.1f} {peer.unit} |  | {n} | [source]({peer.source}) |"


def render(document: str, figures: Mapping[str, Figure], peers: Sequence[Peer] = ()) -> str:
    """The document with every table between markers made anew."""

    def made_anew(match: re.Match[str]) -> str:
        wanted = [one.strip() for one in match["ids"].split(",")]
        made = table(figures, wanted) if match["kind"] == "figures" else table_beside(figures, peers, wanted)
        return match[1] + made + match["end"]

    return _TABLE.sub(made_anew, document)


def bundle_sha256(manifest: Manifest) -> str:
    """Stands for all that a bundle's answers depend on: its graph, its classes and its rules.

    Not for its version, which stays when rules are edited by hand; nor for what it was made from, because the same
    model with the same rules gives the same answers whenever it is made again.
    """
    answering = {"model", "crops", "parents", "classes", "rules"}
    return sha256_hex(manifest.model_dump_json(include=answering, exclude_none=True).encode())


def of_bundle(figures: Mapping[str, Figure], directory: Path) -> dict[str, Figure]:
    """Only the figures that were measured on the bundle in ``directory``, or on none.

    After the gate has kept the running bundle, the last evaluation is of one that nobody uses.
    """
    sha256 = bundle_sha256(read_bundle(directory).manifest)
    return {key: figure for key, figure in figures.items() if figure.bundle_sha256 in (sha256, None)}


def still_published(figures: Mapping[str, Figure], directory: Path) -> dict[str, Figure]:
    """What stays of published figures while the bundle in ``directory`` runs.

    What the pipeline measured on another bundle goes: it has measured the running one too. What was measured apart
    (speed, phones, replicas) stays until it is measured again, and its title says of what it is.
    """
    running = of_bundle(figures, directory)
    kept = {}
    for key, figure in figures.items():
        title = figure.title.removesuffix(_EARLIER)
        if key in running:
            kept[key] = figure.model_copy(update={"title": title})
        elif not figure.command.startswith(_PIPELINE):
            kept[key] = figure.model_copy(update={"title": title + _EARLIER})
    return kept


def main() -> int:
    """Take over the pipeline's figures and bring all documents up to date, or only check them.

    Returns:
        Exit status: 1 if a document was stale under ``--check``.
    """
    parser = argparse.ArgumentParser(
        prog="python -m training.report.figures", description="Published figures and tables."
    )
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a document is stale")
    check = parser.parse_args().check
    # Those of a candidate that was not promoted do not come, and leave the running bundle's in their place.
    measured = {**read_figures(EVALUATION_FILE), **read_figures(PROBES_FILE)}
    published = read_figures()
    figures = {**still_published(published, CURRENT_DIR), **of_bundle(measured, CURRENT_DIR)}
    peers = read_peers()
    before = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
    # All of them before anything is written: a figure that is missing then leaves everything as it was.
    after = {path: render(text, figures, peers) for path, text in before.items()}
    changed = [path for path in DOCUMENTS if before[path] != after[path]]
    stale = [*([] if figures == published else [FIGURES_FILE]), *changed]
    if not check:
        write_figures(figures)
        for path in changed:
            path.write_text(after[path], encoding="utf-8")
    print("\n".join(map(str, stale)) or "all documents are up to date")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
