"""Every published figure beside those of others, from ``reports/figures.json``; or measured anew.

    python -m benchmarks [ID ...]
    python -m benchmarks --measure [ID ...]

``ID`` is how the ids of the wanted figures begin, all without one. To measure means to run the commands that the
figures name, one after another: hours for all of them, so take a part, on a machine with nothing else to do.
"""

import argparse
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from training.figures import Figure, interval_of, read_figures, value_of
from training.report.baselines import Peer, read_peers


def chosen(figures: Mapping[str, Figure], beginnings: Sequence[str]) -> dict[str, Figure]:
    """The figures whose ids begin so; all if nothing is asked for."""
    for beginning in beginnings:
        if not any(key.startswith(beginning) for key in figures):
            raise KeyError(beginning)
    return {key: one for key, one in figures.items() if not beginnings or key.startswith(tuple(beginnings))}


def shown(figures: Mapping[str, Figure], peers: Sequence[Peer]) -> str:
    """Figures by the command that measures them, with date, machine and versions, and those of others beneath each."""
    lines: list[str] = []
    for command in sorted({figure.command for figure in figures.values()}):
        lines += ["", f"$ {command}"]
        measured_on = ""
        for key, one in figures.items():
            if one.command != command:
                continue
            versions = ", ".join(f"{name} {number}" for name, number in sorted(one.versions.items()))
            here = ", ".join(filter(None, (str(one.date), one.machine, versions)))
            if here != measured_on:
                lines.append(f"  ({here})")
                measured_on = here
            interval = f"  [{interval_of(one)}]" if interval_of(one) else ""
            count = "" if one.n is None else f"  n = {one.n}"
            lines.append(f"  {key}: {one.title}: {value_of(one)}{interval}{count}")
            lines += [f"      {_of_peer(peer)}" for peer in peers if peer.beside == key]
    return "\n".join(lines).lstrip("\n")


def _of_peer(peer: Peer) -> str:
    count = "" if peer.n is None else f", n = {peer.n}"
    differs = "" if peer.differs is None else f"; {peer.differs}"
    return f"{peer.value:g} {peer.unit}: {peer.who}{count}{differs} ({peer.source})"


def measure(commands: Sequence[str]) -> list[str]:
    """Run commands one after another, show what they print, and return those that failed.

    DVC's stages only evaluate, so what they found is published afterwards, if it is of the running bundle.
    """
    failed: list[str] = []
    for command in commands:
        print(f"$ {command}", flush=True)
        if any(subprocess.run(step, check=False).returncode for step in _steps(command)):  # noqa: S603 - our own words
            failed.append(command)
    return failed


def _steps(command: str) -> list[list[str]]:
    program, *words = shlex.split(command)
    if program == "dvc":
        # Of this environment, whichever else is on the path; and although nothing has changed.
        again = [sys.executable, "-m", "dvc", words[0], "--single-item", "--force", *words[1:]]
        return [again, [str(Path(sys.executable).with_name("majani-train")), "documents"]]
    return [[sys.executable if program == "python" else program, *words]]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="All published figures, beside others'.")
    parser.add_argument("ids", nargs="*", metavar="ID", help="how the ids of the wanted figures begin")
    parser.add_argument("--measure", action="store_true", help="run the commands behind them first")
    given = parser.parse_args(arguments)
    try:
        wanted = chosen(read_figures(), given.ids)
    except KeyError as error:
        parser.error(f"no figure begins with {error.args[0]!r}")
    failed = measure(sorted({one.command for one in wanted.values()})) if given.measure else []
    print(shown(chosen(read_figures(), given.ids), read_peers()))
    for command in failed:
        print(f"failed: {command}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
