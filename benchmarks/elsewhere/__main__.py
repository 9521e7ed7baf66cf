"""A bundle in places that it has not learned from: an orchard, and other folders of the mirror.

    python -m benchmarks.elsewhere --adapt
    python -m benchmarks.elsewhere --teach
    python -m benchmarks.elsewhere --places

Needs ``MAJANI_MIRROR``. What the orchard shows goes to ``reports/figures.json``; of a bundle that has learned from it,
``reports/places.json`` says what a head without it does.
"""

import argparse
import os
from pathlib import Path

from benchmarks.elsewhere.orchard import ORCHARD, adapted_figures, look, orchard_figures
from benchmarks.elsewhere.teaching import Teaching, places_table, table
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import read_bundle
from training.artifacts.files import CURRENT_DIR
from training.evaluation.figure_maker import FigureMaker
from training.figures import listing, record
from training.settings import read_params
from training.stages.adapt import known

COMMAND = "python -m benchmarks.elsewhere --adapt"


def main() -> None:
    """Measure a bundle and record its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.elsewhere", description="A bundle in an orchard.")
    parser.add_argument("--bundle", type=Path, default=CURRENT_DIR)
    parser.add_argument("--adapt", action="store_true", help="adapt to the orchard too, and throw that away")
    parser.add_argument("--teach", action="store_true", help="only teach it new and known conditions, and print that")
    parser.add_argument("--places", action="store_true", help="only teach it other places, and print that")
    chosen = parser.parse_args()
    params = read_params()
    diagnoser = Diagnoser(read_bundle(chosen.bundle))
    if chosen.teach or chosen.places:
        kept, params = known(diagnoser.bundle, params)
        teaching = Teaching(diagnoser.bundle, kept, params, Path(os.environ["MAJANI_MIRROR"]))
        for line in (places_table if chosen.places else table)(teaching):
            print(line, flush=True)
        return
    if any(source.id == ORCHARD for source in diagnoser.manifest.provenance.sources):
        parser.error(f"the bundle has learned from {ORCHARD}: reports/places.json asks a head without it")
    make, folder = FigureMaker(diagnoser.bundle, params.evaluate, command=COMMAND), Path(os.environ["MAJANI_MIRROR"])
    orchard = look(diagnoser, folder / ORCHARD)
    figures = orchard_figures(diagnoser, orchard, make)
    if chosen.adapt:
        figures |= adapted_figures(diagnoser, orchard, make, params)
    if chosen.bundle == CURRENT_DIR:
        record(figures)
    print(listing(figures))


if __name__ == "__main__":
    main()
