"""The rooms of the product and who imports whom, as a table and a picture for ``docs/architecture.md``.

python -m tests.architecture.rooms

A room is a folder with Python modules directly below ``majani``, ``training`` or ``serving``. It reads the
tree and the import graph. Imports for type checking only do not count.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/architecture.md"
PICTURE = ROOT / "docs/rooms.svg"
_APPLICATIONS = ("training", "serving")
_TABLE = re.compile(r"(<!-- rooms of (\w+) -->\n).*?(<!-- end of rooms -->)", re.DOTALL)
# Of the picture, in px.
_BOX_W, _BOX_H, _GAP_X, _GAP_Y, _MARGIN, _TITLE_H = 112, 34, 12, 40, 12, 40
_HEAD = """\
<title>The rooms of Majani; an arrow points to what a room imports</title>
<style>.package{fill:#f6f8f4;stroke:#9db08c}.room{fill:#fff;stroke:#4f6b3a}.arrow{fill:none;stroke:#4f6b3a;\
stroke-width:1.2;marker-end:url(#head)}\
text{font-family:sans-serif;font-size:16px;fill:#1d2a14}.name{text-anchor:middle}.title{font-weight:bold}</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0 0 L8 4 L0 8 z" fill="#4f6b3a"/></marker></defs>"""

Arrows = Mapping[str, set[str]]


def imports_between_rooms(package: str) -> dict[str, set[str]]:
    """For each room of a package, the rooms that it imports; a room is a folder or a module directly below."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=True, cache_dir=None)
    room_of = {module: ".".join(module.split(".")[:2]) for module in graph.modules - {package}}
    rooms: dict[str, set[str]] = {room: set() for room in room_of.values()}
    for module, room in room_of.items():
        rooms[room] |= {room_of[other] for other in graph.find_modules_directly_imported_by(module) - {package}}
    return {room: imported - {room} for room, imported in rooms.items()}


def floors(rooms: Mapping[str, set[str]]) -> dict[str, int]:
    """By room, 1 + the longest chain of imports below it; rooms of a circle, and those above it, are missing."""
    found: dict[str, int] = {}
    while ready := [room for room in rooms.keys() - found.keys() if rooms[room] <= found.keys()]:
        found |= {room: 1 + max((found[below] for below in rooms[room]), default=0) for room in ready}
    return found


def rooms(package: str) -> list[str]:
    """Names of the package's rooms, such as ``training.fit``."""
    return sorted(f"{package}.{init.parent.name}" for init in (ROOT / package).glob("*/__init__.py"))


@cache
def arrows(package: str) -> Arrows:
    """For each room of a package, the rooms of the same package that its modules import."""
    known = set(rooms(package))
    imports = imports_between_rooms(package)
    return {room: imports.get(room, set()) & known for room in known}


def table(package: str) -> str:
    """The Markdown table of one package's rooms, with the first sentence of each one's ``__init__``."""
    rows = ["| room | what belongs there |", "|---|---|"]
    for room in rooms(package):
        folder = room.replace(".", "/")
        text = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8"))) or ""
        purpose = " ".join(text.split("\n\n")[0].split()).replace("``", "`")
        rows.append(f"| `{folder}` | {purpose} |")
    return "\n".join(rows) + "\n"


def page_with_tables(page: str) -> str:
    """The page with every table between markers made anew."""
    return _TABLE.sub(lambda found: found[1] + table(found[2]) + found[3], page)


def levels(graph: Arrows) -> list[list[str]]:
    """Rooms from the lowest floor up: a room stands above all rooms that it imports."""
    found = floors(graph)
    return [sorted(room for room in graph if found[room] == floor) for floor in sorted(set(found.values()))]


def drawn_arrows(graph: Arrows) -> list[tuple[str, str]]:
    """The arrows without those that a longer way shows as well, so that the picture can be read."""

    def below(room: str) -> set[str]:
        return graph[room].union(*map(below, graph[room]))

    return [
        (room, target)
        for room in sorted(graph)
        for target in sorted(graph[room])
        if not any(target in below(other) for other in graph[room])
    ]


def _ordered(graph: Arrows, lines: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Every floor in the order in which its lines cross least, by the mean place of what each room imports."""
    ordered = levels(graph)
    place = {room: (number + 0.5) / len(level) for level in ordered for number, room in enumerate(level)}
    neighbours: dict[str, list[str]] = {room: [] for room in graph}
    for room, target in lines:
        neighbours[room].append(target)
        neighbours[target].append(room)

    def mean_place(room: str) -> float:
        around = [place[other] for other in neighbours[room]] or [place[room]]
        return sum(around) / len(around)

    for _ in range(8):
        for level in ordered:
            level.sort(key=mean_place)
            place.update({room: (number + 0.5) / len(level) for number, room in enumerate(level)})
    return ordered


def _arrow(path: str) -> str:
    return f'<path d="{path}" class="arrow"/>'


def _package_picture(package: str, left: int, top: int, width: int) -> tuple[list[str], int]:
    """Drawing of one package, and its height."""
    lines = drawn_arrows(arrows(package))
    ordered = _ordered(arrows(package), lines)
    height = _TITLE_H + len(ordered) * (_BOX_H + _GAP_Y) - _GAP_Y + _MARGIN
    parts = [
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="8" class="package"/>',
        f'<text x="{left + 12}" y="{top + 24}" class="title">{package}/</text>',
    ]
    corner = {
        room: (
            left + round(width / len(level) * (index + 0.5) - _BOX_W / 2),
            top + _TITLE_H + number * (_BOX_H + _GAP_Y),
        )
        for number, level in enumerate(reversed(ordered))
        for index, room in enumerate(level)
    }
    for room, target in lines:
        x1, x2 = (corner[one][0] + _BOX_W // 2 for one in (room, target))
        y1, y2 = corner[room][1] + _BOX_H, corner[target][1]
        bend = (y2 - y1) // 2
        parts.append(_arrow(f"M{x1} {y1} C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2 - 4}"))
    for room, (x, y) in corner.items():
        parts.append(f'<rect x="{x}" y="{y}" width="{_BOX_W}" height="{_BOX_H}" rx="4" class="room"/>')
        parts.append(f'<text x="{x + _BOX_W // 2}" y="{y + 22}" class="name">{room.split(".")[1]}</text>')
    return parts, height


def picture() -> str:
    """All rooms as an SVG: the two applications side by side, the core below them."""
    parts: list[str] = []
    left, ends = _MARGIN, []
    for package in _APPLICATIONS:
        width = 2 * _MARGIN + max(map(len, levels(arrows(package)))) * (_BOX_W + _GAP_X)
        drawn, height = _package_picture(package, left, _MARGIN, width)
        parts += drawn
        ends.append((left + width // 2, _MARGIN + height))
        left += width + _GAP_X
    whole = left - _GAP_X + _MARGIN
    core_top = max(bottom for _, bottom in ends) + _GAP_Y
    parts += [_arrow(f"M{middle} {bottom} L{middle} {core_top - 4}") for middle, bottom in ends]
    drawn, height = _package_picture("majani", _MARGIN, core_top, whole - 2 * _MARGIN)
    total = core_top + height + _MARGIN
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {total}" role="img">'
    ground = f'<rect width="{whole}" height="{total}" fill="#fff"/>'
    return "\n".join([start, _HEAD, ground, *parts, *drawn, "</svg>\n"])


if __name__ == "__main__":
    PAGE.write_text(page_with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    PICTURE.write_text(picture(), encoding="utf-8")
