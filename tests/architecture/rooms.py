"""The rooms of the product and who imports whom, as a table and a picture for ``docs/architecture.md``.

python -m tests.architecture.rooms

A room is a folder with Python modules directly below ``majani``, ``training`` or ``serving``. It reads the
tree and the import graph. Imports for type checking only do not count.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from xml.sax.saxutils import escape

import grimp

from benchmarks.house import PRODUCT, ROOT, floors

PAGE = ROOT / "docs/architecture.md"
PICTURE = ROOT / "docs/rooms.svg"
_APPLICATIONS = ("training", "serving")
_TABLE = re.compile(r"(<!-- rooms of (\w+) -->\n).*?(<!-- end of rooms -->)", re.DOTALL)

# Of the picture, in px.
_BOX_W, _BOX_H, _GAP_X, _GAP_Y, _MARGIN, _TITLE_H = 112, 34, 12, 40, 12, 40

Arrows = Mapping[str, set[str]]


def rooms(package: str) -> list[str]:
    """Names of the package's rooms, such as ``training.fit``."""
    return sorted(f"{package}.{init.parent.name}" for init in (ROOT / package).glob("*/__init__.py"))


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PRODUCT, exclude_type_checking_imports=True)


def arrows(package: str) -> Arrows:
    """For each room of a package, the rooms of all packages that its modules import."""
    known = {room for name in PRODUCT for room in rooms(name)}

    def room_of(module: str) -> str:
        return ".".join(module.split(".")[:2])

    found: dict[str, set[str]] = {room: set() for room in rooms(package)}
    for module in _graph().modules:
        if room_of(module) in found:
            imported = map(room_of, _graph().find_modules_directly_imported_by(module))
            found[room_of(module)].update(room for room in imported if room in known and room != room_of(module))
    return found


def purpose(room: str) -> str:
    """First sentence of the room's ``__init__``."""
    text = ast.get_docstring(ast.parse((ROOT / room.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")))
    return " ".join((text or "").split("\n\n")[0].split()).replace("``", "`")


def table(package: str) -> str:
    """The Markdown table of one package's rooms."""
    rows = ["| room | what belongs there |", "|---|---|"]
    rows += [f"| `{room.replace('.', '/')}` | {purpose(room)} |" for room in rooms(package)]
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


def _own(package: str) -> Arrows:
    return {
        room: {target for target in targets if target.startswith(f"{package}.")}
        for room, targets in arrows(package).items()
    }


def _ordered(graph: Arrows, lines: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Every floor in the order in which its lines cross least, by the mean place of what each room imports."""
    ordered = levels(graph)
    place = {room: (number + 0.5) / len(level) for level in ordered for number, room in enumerate(level)}
    neighbours: dict[str, list[str]] = {room: [] for room in graph}
    for room, target in lines:
        neighbours[room].append(target)
        neighbours[target].append(room)
    for _ in range(8):
        for level in ordered:
            level.sort(
                key=lambda room: (
                    sum(place[other] for other in neighbours[room]) / len(neighbours[room])
                    if neighbours[room]
                    else place[room]
                )
            )
            place.update({room: (number + 0.5) / len(level) for number, room in enumerate(level)})
    return ordered


def _package_picture(package: str, left: int, top: int, width: int) -> tuple[list[str], int]:
    """Drawing of one package, and its height."""
    graph = _own(package)
    lines = drawn_arrows(graph)
    ordered = _ordered(graph, lines)
    height = _TITLE_H + len(ordered) * (_BOX_H + _GAP_Y) - _GAP_Y + _MARGIN
    corner: dict[str, tuple[int, int]] = {}
    for number, level in enumerate(reversed(ordered)):
        step = width / len(level)
        for index, room in enumerate(level):
            x = left + round(step * (index + 0.5) - _BOX_W / 2)
            corner[room] = (x, top + _TITLE_H + number * (_BOX_H + _GAP_Y))
    parts = [
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="8" class="package"/>',
        f'<text x="{left + 12}" y="{top + 24}" class="title">{escape(package)}/</text>',
    ]
    for room, target in lines:
        (x1, y1), (x2, y2) = corner[room], corner[target]
        x1, x2 = x1 + _BOX_W // 2, x2 + _BOX_W // 2
        y1 += _BOX_H
        bend = (y2 - y1) // 2
        parts.append(f'<path d="M{x1} {y1} C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2 - 4}" class="arrow"/>')
    for room, (x, y) in corner.items():
        name = escape(room.split(".")[1])
        parts.append(f'<rect x="{x}" y="{y}" width="{_BOX_W}" height="{_BOX_H}" rx="4" class="room"/>')
        parts.append(f'<text x="{x + _BOX_W // 2}" y="{y + 22}" class="name">{name}</text>')
    return parts, height


def picture() -> str:
    """All rooms as an SVG: the two applications side by side, the core below them."""
    widths = {
        package: 2 * _MARGIN + max(map(len, levels(_own(package)))) * (_BOX_W + _GAP_X) for package in _APPLICATIONS
    }
    left, top = _MARGIN, _MARGIN
    parts: list[str] = []
    heights: list[int] = []
    for package in _APPLICATIONS:
        drawn, height = _package_picture(package, left, top, widths[package])
        parts += drawn
        heights.append(height)
        left += widths[package] + _GAP_X
    whole = left - _GAP_X + _MARGIN
    core_top = top + max(heights) + _GAP_Y
    for index, package in enumerate(_APPLICATIONS):
        middle = _MARGIN + sum(widths[name] + _GAP_X for name in _APPLICATIONS[:index]) + widths[package] // 2
        parts.append(f'<path d="M{middle} {top + heights[index]} L{middle} {core_top - 4}" class="arrow"/>')
    drawn, height = _package_picture("majani", _MARGIN, core_top, whole - 2 * _MARGIN)
    parts += drawn
    total = core_top + height + _MARGIN
    style = (
        ".package{fill:#f6f8f4;stroke:#9db08c}.room{fill:#fff;stroke:#4f6b3a}.arrow{fill:none;stroke:#4f6b3a;"
        "stroke-width:1.2;marker-end:url(#head)}"
        "text{font-family:sans-serif;font-size:16px;fill:#1d2a14}.name{text-anchor:middle}.title{font-weight:bold}"
    )
    head = (
        '<marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#4f6b3a"/></marker>'
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {total}" role="img">',
            "<title>The rooms of Majani; an arrow points to what a room imports</title>",
            f"<style>{style}</style>",
            f"<defs>{head}</defs>",
            f'<rect width="{whole}" height="{total}" fill="#fff"/>',
            *parts,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page_with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    PICTURE.write_text(picture(), encoding="utf-8")
