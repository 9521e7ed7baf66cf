"""Measure what is missing and write the tables of ``docs/capacity.md``.

MAJANI_MIRROR=... python -m benchmarks.capacity [--page]
"""

import argparse
import os
from pathlib import Path

from benchmarks.capacity import database
from benchmarks.capacity.need import Habits
from benchmarks.capacity.page import PAGE, render
from training.figures import listing, read_figures, record


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--page", action="store_true", help="measure nothing, only write the page")
    if not parser.parse_args().page:
        found = database.measure(Path(os.environ["MAJANI_MIRROR"]))
        record(found)
        print(listing(found))
    value = {key: figure.value for key, figure in read_figures().items()}
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8"), value, Habits()), encoding="utf-8")


if __name__ == "__main__":
    main()
