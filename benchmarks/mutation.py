"""Faults on purpose, one at a time, in the two modules on which everybody's answer rests: do the tests notice?

    python -m benchmarks.mutation

What is changed and which tests run stands in ``pyproject.toml`` (``tool.mutmut``). A few minutes; works in ``mutants``.
Faults that nothing noticed are listed: ``mutmut show NAME`` tells what each was. Some change nothing that anybody could
notice, such as the wording of an error.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchmarks.harness.measured import measured
from training.figures import listing, record

COMMAND = "python -m benchmarks.mutation"
ROOT = Path(__file__).parents[1]
_WORK = ROOT / "mutants"
_ROW = re.compile(r"^\s*(majani(?:\.\w+)+)\.x\S+__mutmut_\d+: (.+)$", re.MULTILINE)
# Tests that ran into their time limit or crashed have noticed too.
_NOTICED = ("killed", "timeout", "segfault")


def scores(results: str) -> Mapping[str, tuple[int, int]]:
    """Faults that tests noticed, and all, by module."""
    noticed: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    for module, state in _ROW.findall(results):
        planted[module] += 1
        noticed[module] += state.startswith(_NOTICED)
    return {module: (noticed[module], planted[module]) for module in sorted(planted)}


def modules() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    return [name.removesuffix(".py").replace("/", ".") for name in settings["only_mutate"]]


def _mutmut(*arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    return done.stdout


def main() -> None:
    shutil.rmtree(_WORK, ignore_errors=True)
    _mutmut("run", "--max-children", "2")
    results = _mutmut("results", "--all", "true")
    found = scores(results)
    if missing := set(modules()) - set(found):
        raise SystemExit(f"no faults were planted in {sorted(missing)}")
    figures = {
        f"mutation.{module.rpartition('.')[2]}": measured(
            f"faults planted in {module}: noticed by tests",
            round(100 * noticed / planted, 1),
            "%",
            n=planted,
            command=COMMAND,
        ).of_no_bundle()
        for module, (noticed, planted) in found.items()
    }
    record(figures)
    print("\n".join(line.strip() for line in results.splitlines() if "survived" in line or "no tests" in line))
    print(listing(figures))


if __name__ == "__main__":
    main()
