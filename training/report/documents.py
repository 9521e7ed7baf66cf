"""Figures in one place: every number that a document states, with what makes it believable.

``reports/figures.json`` is the only source of published figures. Documents hold tables between markers,

    <!-- figures: plantdoc.top1, ibean.top1 -->
    <!-- end of figures -->

and this module writes what stands between them; ``*`` at the end of an id takes all that begin so. With ``beside``
instead of ``figures``, each figure is followed by those that others publish (:mod:`training.report.baselines`).
Figures of an earlier bundle stay in the file and are not shown.
"""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import click

from majani.model.bundle import read_bundle
from training.artifacts.files import CURRENT_DIR, EVALUATION_FILE, PLACES_FILE, STRESS_TEST_FILE
from training.figures import (
    FIGURES_FILE,
    Figure,
    bundle_sha256,
    ids_of,
    interval_of,
    read_figures,
    table_of,
    value_of,
    write_figures,
)
from training.places.rows import PlaceTable
from training.report.baselines import Peer, read_peers
from training.report.place_tables import render_places

_EARLIER = " (an earlier bundle)"
_PIPELINE = "dvc repro"
_TABLE = re.compile(
    r"(<!-- (?P<kind>figures|beside): (?P<ids>[^>]*?) -->\n).*?(?P<end><!-- end of figures -->)", re.DOTALL
)
# What commands write into documents; some of them are in ``tests``.
GENERATED = re.compile(r"<!-- (figures|beside|places|rooms|settings|metrics|codes)\b.*?<!-- end of \w+ -->", re.DOTALL)


def words(document: str) -> int:
    """How many words people have written in a document: nothing between markers, no bar, no dash."""
    return len(re.findall(r"\S*\w\S*", GENERATED.sub("", document)))


def _tracked() -> list[Path]:
    command = ["git", "ls-files", "*.md"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    return [path for path in map(Path, listed.splitlines()) if path.exists()]


def table_beside(figures: Mapping[str, Figure], peers: Sequence[Peer], wanted: Sequence[str]) -> str:
    """A Markdown table of the wanted figures of the running bundle, each followed by those of others.

    Raises:
        KeyError: For one that is missing, or that others publish nothing beside.
    """
    lines = ["| what | who | figure | 95 % interval | n | from |", "|---|---|---|---|---|---|"]
    for key in (key for key in wanted if not figures[key].title.endswith(_EARLIER)):
        ours, others = figures[key], [peer for peer in peers if peer.beside == key]
        if not others:
            raise KeyError(key)
        n = "" if ours.n is None else str(ours.n)
        lines.append(f"| {ours.title} | **Majani** | {value_of(ours)} | {interval_of(ours)} | {n} | `{ours.command}` |")
        lines += [_row_of_peer(peer) for peer in others]
    return "\n".join(lines) + "\n"


def _row_of_peer(peer: Peer) -> str:
    differs = "" if peer.differs is None else f"but: {peer.differs}"
    n = "" if peer.n is None else str(peer.n)
    return f"| {differs} | {peer.who} | {peer.value:.1f} {peer.unit} |  | {n} | [source]({peer.source}) |"


def shown(figures: Mapping[str, Figure], wanted: Sequence[str]) -> str:
    """A table of those wanted figures that are of the running bundle or of none; KeyError for one that is missing."""
    found = [figures[key] for key in ids_of(figures, wanted)]
    kept = [figure for figure in found if not figure.title.endswith(_EARLIER)]
    earlier = len(found) - len(kept)
    note = f"Figures of an earlier bundle that are not shown: {earlier} (`{FIGURES_FILE}`).\n" if earlier else ""
    return "\n".join(filter(None, (table_of(kept) if kept else "", note)))


def render(document: str, figures: Mapping[str, Figure], peers: Sequence[Peer] = ()) -> str:
    """The document with every table between markers made anew."""

    def made_anew(match: re.Match[str]) -> str:
        wanted = [key.strip() for key in match["ids"].split(",")]
        made = shown(figures, wanted) if match["kind"] == "figures" else table_beside(figures, peers, wanted)
        return match[1] + made + match["end"]

    return _TABLE.sub(made_anew, document)


def of_bundle(figures: Mapping[str, Figure], directory: Path) -> dict[str, Figure]:
    """Only the figures that were measured on the bundle in ``directory``, or on none.

    After the gate has kept the running bundle, the last evaluation is of an unused one.
    """
    sha256 = bundle_sha256(read_bundle(directory).manifest)
    return {key: figure for key, figure in figures.items() if figure.bundle_sha256 in (sha256, None)}


def still_published(
    figures: Mapping[str, Figure], directory: Path, measured: Mapping[str, Figure] = MappingProxyType({})
) -> dict[str, Figure]:
    """The published figures that stay while the bundle in ``directory`` runs.

    Figures of the pipeline on another bundle go if it has ``measured`` the running one. Until then they stay, like
    figures measured apart (speed, phones, replicas); their title says that they are of an earlier bundle.
    """
    running = of_bundle(figures, directory)
    own = [*running.values(), *of_bundle(measured, directory).values()]
    is_measured = any(key.bundle_sha256 and key.command.startswith(_PIPELINE) for key in own)
    kept = {}
    for key, figure in figures.items():
        title = figure.title.removesuffix(_EARLIER)
        if key in running:
            kept[key] = figure.model_copy(update={"title": title})
        elif not (is_measured and figure.command.startswith(_PIPELINE)):
            kept[key] = figure.model_copy(update={"title": title + _EARLIER})
    return kept


@click.command()
@click.option(
    "--check", is_flag=True, help="Change nothing; fail if a document is stale. Says how many words they have."
)
def main(check: bool) -> None:
    """Take over the pipeline's figures and update the tables of all documents, or count the words of these."""
    # Those of a candidate that was not promoted do not come, and leave the running bundle's in their place.
    measured = {**read_figures(EVALUATION_FILE), **read_figures(STRESS_TEST_FILE)}
    published = read_figures()
    figures = {**still_published(published, CURRENT_DIR, measured), **of_bundle(measured, CURRENT_DIR)}
    peers = read_peers()
    places = PlaceTable.model_validate_json(PLACES_FILE.read_bytes()) if PLACES_FILE.exists() else PlaceTable()
    crops = {one.id: one.name for one in read_bundle(CURRENT_DIR).manifest.crops}
    documents = [Path("README.md"), *sorted(Path("docs").rglob("*.md"))]
    before = {path: path.read_text(encoding="utf-8") for path in documents}
    # All of them before anything is written: a figure that is missing then leaves everything as it was.
    try:
        after = {path: render_places(render(text, figures, peers), places, crops) for path, text in before.items()}
    except KeyError as error:
        message = f"{error.args[0]}: a table wants it, and it was not measured on the running bundle"
        raise click.ClickException(message) from error
    changed = [path for path in documents if before[path] != after[path]]
    stale = [*([] if figures == published else [FIGURES_FILE]), *changed]
    if not check:
        write_figures(figures)
        for path in changed:
            path.write_text(after[path], encoding="utf-8")
    if stale and check:
        names = ", ".join(map(str, stale))
        raise click.ClickException(f"not today's figures: {names}; `make figures` writes them anew")
    print("\n".join(map(str, stale)) or "all documents are up to date")
    if check:
        number = sum(words(path.read_text(encoding="utf-8")) for path in _tracked())
        print(f"{number} words in tracked Markdown, without what commands write")
