"""A bundle in a place that nothing was learned from and nothing is chosen on: an orchard of the mirror.

    python -m benchmarks.elsewhere --why "candidate of 26 November"
    python -m benchmarks.elsewhere --adapt --why "measured again"

Needs ``MAJANI_MIRROR``. The orchard may only be evaluated on, so every look at it is written to ``reports/looks.csv``,
with the reason: after enough looks, something looks good by chance. What it shows goes to ``reports/figures.json``.
"""

import argparse
import csv
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.elsewhere.orchard import ORCHARD, adapted_figures, look, orchard_figures
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import read_bundle
from training.artifacts.files import CURRENT_DIR
from training.evaluation.figure_maker import FigureMaker
from training.figures import Figure, listing, record
from training.settings import read_params

LOOKS_FILE = Path("reports/looks.csv")
COMMAND = 'python -m benchmarks.elsewhere --adapt --why "measured again"'


def log_look(version: str, why: str, figures: Mapping[str, Figure]) -> None:
    """Write down that the orchard was looked at, and why."""
    keys = ("plain.top1", "plain.answered")
    shown = {key: figures[f"orchard.{key}"].value for key in keys}
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
    parser.add_argument("--why", required=True, help="of the look; is written down with what was seen")
    parser.add_argument("--adapt", action="store_true", help="adapt to the orchard too, and throw that away")
    chosen = parser.parse_args()
    params = read_params()
    diagnoser = Diagnoser(read_bundle(chosen.bundle))
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
