"""Measure the overview and what stands beside it, and publish the figures.

python -m benchmarks.overview [speed] [growth] [outbreaks]
"""

import argparse
from collections.abc import Callable, Mapping

from benchmarks.overview import outbreaks, speed
from training.figures import Figure, listing, record

PARTS: Mapping[str, Callable[[], Mapping[str, Figure]]] = {
    "speed": lambda: speed.measure(cases=1_000_000, kinds=("sqlite", "postgresql"), name="speed"),
    "growth": lambda: speed.measure(cases=10_000_000, kinds=("postgresql",), name="growth", pages=speed.GROWING),
    "outbreaks": lambda: outbreaks.measure(years=5, outbreaks=200, seed=1),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overview", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, if none is named")
    for part in parser.parse_args().parts or PARTS:
        found = PARTS[part]()
        record(found)
        print(listing(found))


if __name__ == "__main__":
    main()
