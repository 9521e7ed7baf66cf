"""The bare work: read, decode, predict and decide in a loop, in one process on one core.

    python -m benchmarks.bulk.bare_loop LIST

Prints seconds per photo, without the time to start.
"""

import os
import sys
import time
from pathlib import Path

from majani.batch import photo_cells
from majani.decision.diagnoser import Diagnoser
from majani.errors import PhotoError
from majani.image.photo import read_photo
from training.artifacts.files import CURRENT_DIR


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    photos = [Path(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    diagnoser = Diagnoser.from_directory(CURRENT_DIR)
    photo_cells(diagnoser, read_photo(photos[0]), crop=None)
    begun = time.perf_counter()
    for photo in photos:
        try:
            photo_cells(diagnoser, read_photo(photo), crop=None)
        except PhotoError:
            continue
    print((time.perf_counter() - begun) / len(photos))


if __name__ == "__main__":
    main()
