"""What a HEIC file asks of a decoder, read before anything is decoded.

The decoder refuses a coded picture that is larger than the file says it is, but it decodes as many of them as the file
asks for and joins them on a canvas of any size: a file of a few kB could keep it busy for hours or fill gigabytes. So
the few boxes that say so are read here (ISO/IEC 14496-12 and 23008-12). Nothing else of the format is.
"""

import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from majani.errors import ErrorCode, PhotoError

# As `ftyp` names pictures coded with HEVC, single or in a sequence, and pictures of any coding.
_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"))
_CODED, _GRID = b"hvc1", b"grid"
# A 48-megapixel phone photo has about 200 parts and 15 boxes besides; the decoder stops at 1000 parts.
_MAX_ITEMS = 1000
_MAX_BOXES = 2000
# Each part of a picture, and its transparency.
_MAX_VISITS = 2 * _MAX_ITEMS + 2
# Descriptions take a few kB; a longer one would only make this reading slow.
_MAX_META_BYTES = 1024 * 1024
# As in the decoder: pieces that one item is stored in.
_MAX_EXTENTS = 32
_GRID_BYTES = 12


@dataclass(frozen=True)
class Claim:
    """What showing the picture takes.

    Attributes:
        canvas_px: Pixels of the largest picture that is put together, before it is cropped and turned.
        coded_px: Pixels of all coded pictures that have to be decoded for it.
    """

    canvas_px: int
    coded_px: int


@dataclass
class _Items:
    """The file's items by id, as far as they matter, and how often one was looked at."""

    primary: int = 0
    types: dict[int, bytes] = field(default_factory=dict)
    areas: dict[int, int] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    tiles: dict[int, Counter[int]] = field(default_factory=dict)
    companions: dict[int, set[int]] = field(default_factory=dict)
    visits: int = 0


def is_heif(data: bytes) -> bool:
    """Whether a file begins as HEIC does; what it is coded with shows only later."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS


def read_claim(data: bytes) -> Claim:
    """Read what the file's main picture takes, with what is laid over it, such as its transparency.

    Raises:
        PhotoError: ``photo_unsupported`` if it is made of anything but HEVC pictures and grids of them.
        ValueError: If the file contradicts itself.
        LookupError: If something is missing.
        struct.error: If the file ends too early.
    """
    items = _read_items(data)
    return _claim(items, items.primary, depth=0)


def _claim(items: _Items, item: int, *, depth: int) -> Claim:
    kind = items.types.get(item)
    if kind not in (_CODED, _GRID):
        raise PhotoError(ErrorCode.PHOTO_UNSUPPORTED, f"a HEIF picture of type {kind!r}; only HEVC can be read")
    # A grid of pictures with transparency each; nothing that a camera writes goes deeper. In that depth, too, each of
    # many may be laid over each.
    items.visits += 1
    if depth > 2 or items.visits > _MAX_VISITS:
        raise ValueError("pictures within pictures")
    canvas_px, coded_px = items.areas[item], items.areas[item]
    if kind == _GRID:
        rows, columns, size = _grid(items.contents[item])
        tiles = items.tiles[item]
        if tiles.total() != rows * columns:
            raise ValueError(f"{tiles.total()} tiles in a grid of {rows} x {columns}")
        if any(items.types.get(tile) != _CODED for tile in tiles):
            raise ValueError("a grid of anything but coded pictures")
        coded_px = sum(count * _claim(items, tile, depth=depth + 1).coded_px for tile, count in tiles.items())
        canvas_px = max(canvas_px, size)
    for companion in items.companions.get(item, ()):
        claim = _claim(items, companion, depth=depth + 1)
        canvas_px, coded_px = max(canvas_px, claim.canvas_px), coded_px + claim.coded_px
    return Claim(canvas_px, coded_px)


def _grid(content: bytes) -> tuple[int, int, int]:
    """Rows, columns, and the canvas's number of pixels."""
    _, flags, rows, columns = struct.unpack_from(">4B", content)
    width, height = struct.unpack_from(">II" if flags & 1 else ">HH", content, 4)
    return rows + 1, columns + 1, width * height


def _read_items(data: bytes) -> _Items:
    [(start, end)] = [(start, end) for name, start, end in _boxes(data, 0, len(data), cut=True) if name == b"meta"]
    if end - start > _MAX_META_BYTES:
        raise ValueError(f"a description of {end - start} bytes")
    boxes: dict[bytes, tuple[int, int]] = {}
    for name, first, last in _boxes(data, start + 4, end):
        if name in boxes and name in (b"pitm", b"iinf", b"iloc", b"iprp", b"iref", b"idat"):
            raise ValueError(f"{name!r} stands twice")
        boxes[name] = (first, last)
    items = _Items()
    items.primary = _Cursor(data, *boxes[b"pitm"]).item_id()
    _read_types(data, boxes[b"iinf"], items)
    _read_areas(data, boxes[b"iprp"], items)
    _read_contents(data, boxes, items)
    if b"iref" in boxes:
        _read_references(data, boxes[b"iref"], items)
    return items


def _boxes(data: bytes, start: int, end: int, *, cut: bool = False) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the content of each box.

    Args:
        data: The file.
        start: Of the first box.
        end: Behind the last one.
        cut: Whether the last box may end beyond ``end``, and bytes that are no box may follow, as in a file that was
            cut or has something appended; that is for the decoder to judge.
    """
    for _ in range(_MAX_BOXES):
        if start == end or (cut and end - start < 8):
            return
        length, name = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if length == 1:
            [length] = struct.unpack_from(">Q", data, body)
            body += 8
        stop = end if length == 0 else start + length
        stop = min(stop, end) if cut else stop
        if not body <= stop <= end:
            if cut and b"meta" not in data[start:end]:
                return
            raise ValueError(f"a box {name!r} of {length} bytes")
        yield name, body, stop
        start = stop
    raise ValueError(f"more than {_MAX_BOXES} boxes")


class _Cursor:
    """Reads numbers from a full box, one after the other."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self._data, self._at, self._end = data, start, end
        [head] = struct.unpack_from(">I", data, start)
        self.version, self.flags = head >> 24, head & 0xFFFFFF
        self._at += 4

    def number(self, size: int) -> int:
        """The next number of so many bytes; 0 if it has none."""
        if self._at + size > self._end:
            raise ValueError("a box that ends too early")
        self._at += size
        return int.from_bytes(self._data[self._at - size : self._at])

    def item_id(self, wide_from: int = 1) -> int:
        """The next item's id, which is longer from some version of the box on."""
        return self.number(4 if self.version >= wide_from else 2)

    def turns(self, size: int, *, most: int = _MAX_ITEMS) -> range:
        """As many turns as the next number says."""
        count = self.number(size)
        if count > most:
            raise ValueError(f"{count} entries; at most {most} fit")
        return range(count)

    @property
    def position(self) -> int:
        """Where the next number stands."""
        return self._at


def _read_types(data: bytes, box: tuple[int, int], items: _Items) -> None:
    cursor = _Cursor(data, *box)
    cursor.number(4 if cursor.version else 2)
    for name, start, end in _boxes(data, cursor.position, box[1]):
        entry = _Cursor(data, start, end)
        if name != b"infe" or entry.version < 2:
            raise ValueError(f"an item described by {name!r}, version {entry.version}")
        item = entry.item_id(wide_from=3)
        entry.number(2)
        if item in items.types:
            raise ValueError(f"item {item} stands twice")
        items.types[item] = entry.number(4).to_bytes(4)
        # All that follows is text. The decoder's binding ends the process over text that is none.
        data[entry.position - 4 : end].decode("utf-8")


def _read_areas(data: bytes, box: tuple[int, int], items: _Items) -> None:
    areas: list[int] = []
    for name, start, end in _boxes(data, *box):
        if name == b"ipco":
            for kind, first, last in _boxes(data, start, end):
                size = _Cursor(data, first, last) if kind == b"ispe" else None
                areas.append(size.number(4) * size.number(4) if size else 0)
        if name == b"ipma":
            cursor = _Cursor(data, start, end)
            for _ in cursor.turns(4):
                item = cursor.item_id()
                for _ in cursor.turns(1):
                    index = cursor.number(2) & 0x7FFF if cursor.flags & 1 else cursor.number(1) & 0x7F
                    area = areas[index - 1] if index else 0
                    items.areas[item] = max(area, items.areas.get(item, 0))


def _read_contents(data: bytes, boxes: Mapping[bytes, tuple[int, int]], items: _Items) -> None:
    """Take the first bytes of each item, from the file or from ``idat``."""
    cursor = _Cursor(data, *boxes[b"iloc"])
    sizes = cursor.number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if cursor.version else 0
    for _ in cursor.turns(2 if cursor.version < 2 else 4):
        item = cursor.item_id(wide_from=2)
        is_inside = bool(cursor.version and cursor.number(2) & 15)
        cursor.number(2)
        base = cursor.number(base_size) + (boxes[b"idat"][0] if is_inside else 0)
        if item in items.contents:
            raise ValueError(f"the place of item {item} stands twice")
        content = b""
        for _ in cursor.turns(2, most=_MAX_EXTENTS):
            cursor.number(index_size)
            start, length = base + cursor.number(offset_size), cursor.number(length_size)
            content += data[start : start + min(length, _GRID_BYTES)]
        items.contents[item] = content


def _read_references(data: bytes, box: tuple[int, int], items: _Items) -> None:
    head = _Cursor(data, *box)
    for name, start, end in _boxes(data, head.position, box[1]):
        # Its boxes have no version of their own.
        cursor = _Cursor(data, start - 4, end)
        cursor.version = head.version
        item = cursor.item_id()
        targets = [cursor.item_id() for _ in cursor.turns(2)]
        if name == b"dimg":
            if item in items.tiles:
                raise ValueError(f"the parts of item {item} stand twice")
            items.tiles[item] = Counter(targets)
        if name == b"auxl":
            for target in targets:
                items.companions.setdefault(target, set()).add(item)
