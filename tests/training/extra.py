"""An environment in which nothing but the packages of one extra can be imported."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement


def distributions(extra: str) -> dict[str, Distribution]:
    """All that ``pip install 'majani[extra]'`` brings, by name; without Majani itself."""
    found: dict[str, Distribution] = {}

    def add(requirement: Requirement) -> None:
        name = re.sub("[-_.]+", "-", requirement.name).lower()
        if name not in found:
            found[name] = distribution(requirement.name)
            for needed in required(found[name], requirement.extras or {""}):
                add(needed)

    for needed in required(distribution("majani"), {"", extra}):
        add(needed)
    return found


def required(of: Distribution, extras: set[str]) -> Iterator[Requirement]:
    for requirement in map(Requirement, of.requires or ()):
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement


def files(of: Distribution) -> Iterator[tuple[Path, Path]]:
    """Each of its files: where it belongs in ``site-packages``, and where it is."""
    for file in of.files or ():
        if ".." not in file.parts and Path(str(file.locate())).is_file():
            yield Path(file), Path(str(file.locate()))


def install(extra: str, folder: Path) -> int:
    """Link the packages into a folder; returns their bytes."""
    size = 0
    for of in distributions(extra).values():
        for name, file in files(of):
            size += file.stat().st_size
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(file)
    return size
