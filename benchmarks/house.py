"""The shape of the house: rooms, import floors, modules per folder, lines of code.

python -m benchmarks.house
"""

from collections.abc import Mapping
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PRODUCT, MEASURING = ("majani", "training", "serving"), ("tests", "benchmarks")


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


def modules_per_folder(package: str) -> dict[str, int]:
    """By folder, the Python modules directly in it, without ``__init__``."""
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    return {str(folder.relative_to(ROOT)): len({*folder.glob("*.py")} - {folder / "__init__.py"}) for folder in folders}


def lines(package: str) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / package).rglob("*.py"))


if __name__ == "__main__":
    for name in PRODUCT:
        rooms, sizes = imports_between_rooms(name), modules_per_folder(name)
        found, largest = floors(rooms), max(sizes, key=sizes.__getitem__)
        deepest = f"{max(found.values())} floors" if len(found) == len(rooms) else "a circle of imports"
        print(f"{name}: {len(rooms)} rooms, {deepest}, at most {sizes[largest]} modules ({largest})")
    for names in (PRODUCT, MEASURING):
        each = {name: lines(name) for name in names}
        print(f"lines: {', '.join(f'{name} {many}' for name, many in each.items())}; together {sum(each.values())}")
