"""Which photos belong together and must not straddle a split."""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.sources.description import Grouping, Source, SourceError, composed


def name_groups(photos: Sequence[tuple[Source, Path]]) -> Iterator[list[int]]:
    """Groups of positions whose file names, below the source's folder, tell of one leaf or burst.

    Each source has its own patterns.

    Raises:
        SourceError: If what a pattern takes for a frame or a time in a name is none.
    """
    series: defaultdict[tuple[str, tuple[str, ...], int, str], list[tuple[int, int]]] = defaultdict(list)
    gaps: dict[tuple[str, tuple[str, ...], int, str], int] = {}
    for position, (source, path) in enumerate(photos):
        try:
            placed = _place_in_series(source.grouping, path.stem)
        except (TypeError, ValueError) as error:
            text = f"{source.id}: by `grouping`, the name of {path} has no digits as frame, or no HHMMSS as time"
            raise SourceError(text) from error
        if placed is not None:
            number, name, frame = placed
            # Folders are part of the key, but a split folder is not: official splits may cut a burst.
            split = (source.parse_path(path) or {}).get("split")
            key = (source.id, tuple(folder for folder in path.parts[:-1] if composed(folder) != split), number, name)
            series[key].append((frame, position))
            gaps[key] = source.grouping[number].max_gap
    for key, frames in series.items():
        yield from _runs(sorted(frames), gaps[key])


def _place_in_series(patterns: Sequence[Grouping], stem: str) -> tuple[int, str, int] | None:
    for number, grouping in enumerate(patterns):
        match = re.search(grouping.pattern, stem)
        if match:
            found = match.groupdict()
            frame = int(found["frame"]) if "frame" in found else _seconds(found["time"])
            return number, found.get("series") or "", frame
    return None


def _seconds(clock: str) -> int:
    return int(clock[0:2]) * 3600 + int(clock[2:4]) * 60 + int(clock[4:6])


def _runs(frames: Sequence[tuple[int, int]], max_gap: int) -> Iterator[list[int]]:
    run = [frames[0][1]]
    for (before, _), (frame, position) in itertools.pairwise(frames):
        if frame - before <= max_gap:
            run.append(position)
        else:
            yield run
            run = [position]
    yield run
