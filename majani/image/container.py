"""The parts of a JPEG or PNG file, reduced to the picture before anything is decoded.

Besides the picture a file may hold millions of notes, an EXIF block in hundreds of pieces, or thousands of passes over
the picture. Reading these can take minutes and much memory. So the decoder gets only the parts of the picture, and this
module reads only the orientation from EXIF. WebP needs none of this, because its library reads a file once.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from majani.errors import ErrorCode, PhotoError

JPEG_START, PNG_START = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
# Photos have about 20 segments; colour profiles and depth maps, cut in pieces of 64 kB, up to 256 in a file of 16 MB.
_MAX_SEGMENTS = 1000
# The tables take 2 kB, a preview in the first segment up to 64 kB.
_MAX_HEAD_BYTES = 128 * 1024
# Progressive encoders write about 10 scans, the most thorough about 20. Each is a pass over all pixels.
_MAX_SCANS = 32
# Encoders cut a PNG into chunks of 8 kB or more, which makes 2,048 in 16 MB.
_MAX_CHUNKS = 20_000

_PICTURE_CHUNKS = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))
_SOF_SEQUENTIAL, _SOF_PROGRESSIVE = (0xC0, 0xC1), 0xC2
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_EOI, _SOS, _APP1 = 0xD9, 0xDA, 0xE1
_NOTES = frozenset((*range(0xE0, 0xF0), 0xFE))
# The decoder needs the notes that name the colour space.
_COLOUR_NOTES = ((0xE0, b"JFIF"), (0xEE, b"Adobe"))
# A marker with a content, or the file's end. Within a scan, FF is followed by 0 or is a restart mark (D0 to D7).
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
_ORIENTATION_TAG, _SHORT = 0x0112, 3


@dataclass(frozen=True)
class Contents:
    """The pieces of a file that make its picture, its first EXIF block, and whether rows can be decoded in one pass."""

    pieces: Sequence[bytes | memoryview]
    exif: bytes = b""
    is_streamed: bool = False

    def data(self) -> bytes:
        """A file of the picture alone."""
        return b"".join(self.pieces)


def read_contents(data: bytes) -> Contents:
    """Reduce a JPEG or PNG to its picture; anything else stays as it is.

    Raises:
        PhotoError: ``photo_broken`` if it is in more pieces than any photo, or a JPEG ends before its picture begins;
            ``photo_unsupported`` for a JPEG that is coded as no camera does it.
    """
    if data.startswith(JPEG_START):
        return _read_jpeg(data)
    return _read_png(data) if data.startswith(PNG_START) else Contents([data])


def read_orientation(exif: bytes) -> int:
    """EXIF orientation 1..8; a damaged block is no reason to refuse a sound photo, so it counts as upright (1)."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        [start] = struct.unpack_from(f"{order}I", tiff, 4)
        [count] = struct.unpack_from(f"{order}H", tiff, start)
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, number, value = struct.unpack_from(f"{order}HHIH", tiff, place)
            if (tag, kind, number) == (_ORIENTATION_TAG, _SHORT, 1):
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _read_jpeg(data: bytes) -> Contents:
    head, exif, coding, components = [data[:2]], b"", 0, 0
    place = 2
    for _ in range(_MAX_SEGMENTS):
        code, start, end = _segment(data, place)
        content = data[start + 4 : end]
        if code in _SOF:
            coding, components = code, content[5] if len(content) > 5 else 0
        if code == _APP1 and not exif and content.startswith(b"Exif\0\0"):
            exif = content
        if code == _SOS:
            is_streamed = _is_sequential(coding) and content[:1] == bytes((components,))
            if not is_streamed:
                _refuse_many_scans(data, end)
            if (size := sum(map(len, head))) > _MAX_HEAD_BYTES:
                raise PhotoError(ErrorCode.PHOTO_BROKEN, f"a JPEG with {size} bytes of tables")
            # The app and messengers write no notes, so the file is used as it is.
            return Contents([data] if size == start else [*head, memoryview(data)[start:]], exif, is_streamed)
        if code not in _NOTES or any(code == note and content.startswith(by) for note, by in _COLOUR_NOTES):
            head.append(data[start:end])
        place = end
    raise PhotoError(ErrorCode.PHOTO_BROKEN, f"a JPEG with more than {_MAX_SEGMENTS} segments before its picture")


def _segment(data: bytes, place: int) -> tuple[int, int, int]:
    """Code, start and end of the next segment; bytes between segments are skipped, as decoders do."""
    marker = _MARKER.search(data, place)
    if marker is None or marker.end() + 2 > len(data):
        raise PhotoError(ErrorCode.PHOTO_BROKEN, f"a JPEG of {len(data)} bytes that ends before its picture")
    start, after = marker.span()
    return data[after - 1], start, after + max(2, int.from_bytes(data[after : after + 2]))


def _is_sequential(coding: int) -> bool:
    """Whether no later scan refines the colours of an earlier one."""
    if coding in _SOF_SEQUENTIAL:
        return True
    if coding == _SOF_PROGRESSIVE:
        return False
    # Lossless and arithmetic coding: browsers do not show these either.
    raise PhotoError(ErrorCode.PHOTO_UNSUPPORTED, f"a JPEG of coding {coding:#x}")


def _refuse_many_scans(data: bytes, place: int) -> None:
    """Count the scans up to the end of the picture; cameras put more pictures behind it."""
    scans = 1
    for _ in range(_MAX_SEGMENTS):
        marker = _MARKER.search(data, place)
        if marker is None or data[marker.end() - 1] == _EOI:
            return
        scans += data[marker.end() - 1] == _SOS
        if scans > _MAX_SCANS:
            break
        place = marker.end() + max(2, int.from_bytes(data[marker.end() : marker.end() + 2]))
    # No camera or program writes this at any size, so the code is not about pixels.
    raise PhotoError(ErrorCode.PHOTO_BROKEN, f"a JPEG of more than {_MAX_SCANS} scans or {_MAX_SEGMENTS} segments")


def _read_png(data: bytes) -> Contents:
    view, kept, exif = memoryview(data), [memoryview(PNG_START)], b""
    place = len(PNG_START)
    for _ in range(_MAX_CHUNKS):
        # The decoder judges a cut file.
        if place + 8 > len(data):
            break
        length, name = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if name in _PICTURE_CHUNKS:
            kept.append(view[place:end])
        if name == b"eXIf" and not exif:
            exif = data[place + 8 : end - 4]
        if name == b"IEND":
            break
        place = end
    else:
        raise PhotoError(ErrorCode.PHOTO_BROKEN, f"a PNG of more than {_MAX_CHUNKS} chunks")
    return Contents(kept, exif)
