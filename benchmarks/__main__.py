"""Every published figure beside those of others, from ``reports/figures.json``, with the command that measures it.

    python -m benchmarks [ID ...]

``ID`` is how the ids of the wanted figures begin, all without one.
"""

import argparse
from collections.abc import Mapping, Sequence

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


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="All published figures, beside others'.")
    parser.add_argument("ids", nargs="*", metavar="ID", help="how the ids of the wanted figures begin")
    given = parser.parse_args(arguments)
    try:
        print(shown(chosen(read_figures(), given.ids), read_peers()))
    except KeyError as error:
        parser.error(f"no figure begins with {error.args[0]!r}")


if __name__ == "__main__":
    main()
