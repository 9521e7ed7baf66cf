"""Command line of :mod:`benchmarks.steady_load`."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks import steady_load
from benchmarks.serving_speed.photo import pick
from benchmarks.serving_speed.server import MAJANI, prepare_database, serve
from benchmarks.steady_load.load import capacity, keep_pace, mixture
from benchmarks.steady_load.verdict import figures, judge
from training.figures import listing, record

_FULL_MINUTES = 30.0
_SHARE_OF_CAPACITY = 0.6
_PHOTOS = 120


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steady_load", description=steady_load.__doc__)
    parser.add_argument("--minutes", type=float, default=_FULL_MINUTES)
    minutes = parser.parse_args().minutes
    photos = [path.read_bytes() for path in pick(Path(os.environ["MAJANI_MIRROR"]), _PHOTOS)]
    with tempfile.TemporaryDirectory(prefix="majani-steady-") as name:
        work = Path(name)
        prepare_database(work)
        with serve(MAJANI, work, MAJANI.request(photos[0])) as server:
            per_s = _SHARE_OF_CAPACITY * capacity(server, photos)
            print(f"{per_s:.1f} requests/s, {100 * _SHARE_OF_CAPACITY:.0f} % of what it can answer", flush=True)
            log = keep_pace(server, mixture(photos), per_s=per_s, seconds=60 * minutes)
    verdict = judge(log.answers, log.samples, failures=len(log.failures))
    found = figures(verdict, minutes=minutes, answers=len(log.answers))
    print(*log.failures[:20], listing(found), "NOT flat" if verdict.is_bad else "flat", sep="\n")
    if minutes < _FULL_MINUTES:
        print(f"a short run of {minutes:g} minutes, which cannot tell much; nothing is recorded")
    else:
        record(found)
    return 1 if verdict.is_bad else 0


if __name__ == "__main__":
    sys.exit(main())
