"""HEIC files for tests: encoded beforehand (see ``heic/README.md``), or put together from one encoded tile."""

import struct
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "heic"
TILE_PX = 512


@cache
def heic(name: str) -> bytes:
    """One of the files in ``heic/``, without its ending."""
    return (FOLDER / f"{name}.heic").read_bytes()


def without_turn(data: bytes) -> bytes:
    """The same file with its own turn made unknown, so that only EXIF tells of it."""
    assert b"irot" in data
    return data.replace(b"irot", b"free")


def grid_heic(
    rows: int,
    columns: int,
    canvas: tuple[int, int],
    *,
    claimed: tuple[int, int] | None = None,
    kind: bytes = b"grid",
    laid_over: Mapping[int, Sequence[int]] | None = None,
) -> bytes:
    """A grid of the same red tile again and again, as cameras join the parts of a photo.

    Args:
        rows: Of tiles, each ``TILE_PX`` square.
        columns: Likewise.
        canvas: Width and height of the picture that they are joined to.
        claimed: Its width and height as the file describes it elsewhere; the same unless told otherwise.
        kind: Type of the joined item.
        laid_over: Items over which an item is laid, as its transparency is; the grid is item 1, its tiles follow.
    """
    tile = heic("tile")
    coded = tile[_place(tile, b"mdat") :]
    grid = struct.pack(">4BII", 0, 1, rows - 1, columns - 1, *canvas)
    # The decoder refuses to use an item twice, but not two items that are the same bytes.
    tiles = range(2, 2 + rows * columns)
    sizes = [_full(b"ispe", 0, struct.pack(">II", *size)) for size in (claimed or canvas, (TILE_PX, TILE_PX))]
    properties = _box(b"ipco", b"".join(sizes) + _whole(tile, b"hvcC"))

    def meta(coded_at: int) -> bytes:
        types = [_full(b"infe", 2, struct.pack(">HH4sB", 1, 0, kind, 0))]
        types += [_full(b"infe", 2, struct.pack(">HH4sB", one, 0, b"hvc1", 0)) for one in tiles]
        places = struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(grid))
        places += b"".join(struct.pack(">HHHHII", one, 0, 0, 1, coded_at, len(coded)) for one in tiles)
        used = struct.pack(">HBB", 1, 1, 1) + b"".join(struct.pack(">HBBB", one, 2, 2, 0x83) for one in tiles)
        parts = struct.pack(f">HH{len(tiles)}H", 1, len(tiles), *tiles)
        references = _box(b"dimg", parts)
        for item, targets in (laid_over or {}).items():
            references += _box(b"auxl", struct.pack(f">HH{len(targets)}H", item, len(targets), *targets))
        count = 1 + len(tiles)
        boxes = (
            _full(b"hdlr", 0, struct.pack(">I4s12xB", 0, b"pict", 0)),
            _full(b"pitm", 0, struct.pack(">H", 1)),
            _full(b"iloc", 1, struct.pack(">HH", 0x4400, count) + places),
            _full(b"iinf", 0, struct.pack(">H", count) + b"".join(types)),
            _box(b"iprp", properties + _full(b"ipma", 0, struct.pack(">I", count) + used)),
            _full(b"iref", 0, references),
            _box(b"idat", grid),
        )
        return _full(b"meta", 0, b"".join(boxes))

    start = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    return start + meta(len(start) + len(meta(0)) + 8) + _box(b"mdat", coded)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def _full(name: bytes, version: int, content: bytes) -> bytes:
    return _box(name, bytes((version, 0, 0, 0)) + content)


def _place(data: bytes, name: bytes) -> int:
    return data.index(name) + 4


def _whole(data: bytes, name: bytes) -> bytes:
    start = data.index(name) - 4
    return data[start : start + int.from_bytes(data[start : start + 4])]
