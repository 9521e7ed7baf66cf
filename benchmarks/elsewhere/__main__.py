"""A bundle in a place that nothing was learned from and nothing is chosen on: an orchard of the mirror.

    python -m benchmarks.elsewhere --why "candidate of 26 November"
    python -m benchmarks.elsewhere --teach --why "measured again"
    python -m benchmarks.elsewhere --places
    python -m benchmarks.elsewhere --labels

Needs ``MAJANI_MIRROR``. The orchard, of which the last two ask nothing, may only be evaluated on, so every look at it
is written to ``reports/looks.csv``, with the reason: who looks often enough finds by chance what looks good. What it
shows goes to ``reports/figures.json``.
"""

import argparse
import csv
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.elsewhere.orchard import ORCHARD, adapted_figures, look, orchard_figures
from benchmarks.elsewhere.teaching import Teaching, draws, gates, places_table, table
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import read_bundle
from training.artifacts.files import CURRENT_DIR
from training.evaluation.figure_maker import FigureMaker
from training.figures import Figure, listing, record
from training.settings import read_params
from training.stages.adapt import known

LOOKS_FILE = Path("reports/looks.csv")
COMMAND = 'python -m benchmarks.elsewhere --adapt --why "measured again"'


def log_look(version: str, why: str, figures: Mapping[str, Figure]) -> None:
    """Write down that the orchard was looked at, and why."""
    keys = ("plain.top1", "plain.answered")
    shown = {key: figures[f"orchard.{key}"].value if figures else "" for key in keys}
    right = figures.get("orchard.plain.right_when_answered")
    is_new = not LOOKS_FILE.exists()
    with LOOKS_FILE.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(("looked_on", "bundle", "why", *shown, "plain.right_when_answered"))
        writer.writerow((datetime.now(UTC).date(), version, why, *shown.values(), "" if right is None else right.value))


def main() -> None:
    """Measure a bundle and record its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.elsewhere", description="A bundle in an orchard.")
    parser.add_argument("--bundle", type=Path, default=CURRENT_DIR)
    parser.add_argument("--why", help="of a look at the orchard; is written down with what was seen")
    parser.add_argument("--adapt", action="store_true", help="adapt to the orchard too, and throw that away")
    parser.add_argument("--teach", action="store_true", help="only teach it new and known conditions, and print that")
    parser.add_argument("--places", action="store_true", help="only teach it other places, and print that")
    parser.add_argument("--labels", action="store_true", help="only teach it wrong labels, and print what is found")
    parser.add_argument("--draws", type=Path, help="only write the photos that --places draws, for another version")
    chosen = parser.parse_args()
    apart = places_table if chosen.places else gates if chosen.labels else None
    if apart is None and chosen.draws is None and chosen.why is None:
        parser.error("a look at the orchard needs --why")
    params = read_params()
    diagnoser = Diagnoser(read_bundle(chosen.bundle))
    if chosen.teach or apart or chosen.draws:
        kept, places, params = known(diagnoser.bundle, params)
        teaching = Teaching(diagnoser.bundle, kept, places, params, Path(os.environ["MAJANI_MIRROR"]))
        if chosen.draws:
            chosen.draws.write_text(json.dumps(draws(teaching)), encoding="utf-8")
            return
        for line in (apart or table)(teaching):
            print(line, flush=True)
        if apart is None:
            log_look(diagnoser.manifest.version, chosen.why, {})
        return
    make, folder = FigureMaker(diagnoser.bundle, params.evaluate, command=COMMAND), Path(os.environ["MAJANI_MIRROR"])
    orchard = look(diagnoser, folder / ORCHARD)
    figures = orchard_figures(diagnoser, orchard, make, params.evaluate.seed)
    if chosen.adapt:
        figures |= adapted_figures(diagnoser, orchard, make, params)
    log_look(diagnoser.manifest.version, chosen.why, figures)
    if chosen.bundle == CURRENT_DIR:
        record(figures)
    print(listing(figures))


if __name__ == "__main__":
    main()
