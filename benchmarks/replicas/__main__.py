"""Command line of :mod:`benchmarks.replicas`."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.faults.photos import small_photos
from benchmarks.faults.report import shown
from benchmarks.harness.absence import NotHereError
from benchmarks.replicas import rate_limit
from benchmarks.replicas.faults import FAULTS
from benchmarks.replicas.figures import COMMAND, figures
from benchmarks.replicas.run import Outcome, run
from training.artifacts import CURRENT_DIR
from training.figures import record


def main() -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description="Replicas behind nginx, and faults under load.")
    parser.add_argument("--seconds", type=float, default=6, help="how long each fault lasts")
    parser.add_argument("--only", choices=[fault.name for fault in FAULTS], action="append")
    parser.add_argument("--record", action="store_true", help="publish the figures of a full run")
    arguments = parser.parse_args()
    photos = small_photos(Path(os.environ["MAJANI_MIRROR"]))
    outcomes: list[Outcome] = []
    try:
        for fault in FAULTS:
            if arguments.only and fault.name not in arguments.only:
                continue
            with tempfile.TemporaryDirectory(prefix="majani-") as work:
                outcomes.append(
                    run(fault, work=Path(work), bundle=CURRENT_DIR, photos=photos, seconds=arguments.seconds)
                )
            print(shown(fault.name, outcomes[-1].report), flush=True)
        with tempfile.TemporaryDirectory(prefix="majani-") as work:
            counted = rate_limit.count(work=Path(work), bundle=CURRENT_DIR, photo=photos[0])
    except NotHereError as error:
        print(error)
        return 1
    print(f"a limit of {rate_limit.LIMIT} cases let {dict(counted.statuses)} through, by replica {counted.let_through}")
    is_good = counted.is_good and all(one.report.is_good for one in outcomes)
    if arguments.record and not arguments.only:
        record(figures(outcomes, counted))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
