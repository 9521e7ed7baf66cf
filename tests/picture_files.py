"""Picture files put together by hand: of parts that no encoder would write, or with headers that claim too much."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encoded(image: Image.Image, image_format: str = "JPEG", **options: Any) -> bytes:
    """The bytes of ``image`` as a file; JPEG at quality 90 unless told otherwise."""
    if image_format == "JPEG":
        options.setdefault("quality", 90)
    buffer = BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def assembled_png(header: bytes, compressed_pixels: bytes) -> bytes:
    """A PNG of these parts, with lengths and checksums in order."""
    return _PNG_SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", compressed_pixels) + chunk(b"IEND")


def with_segments(photo: bytes, segments: bytes) -> bytes:
    """A JPEG with these put before all others."""
    return photo[:2] + segments + photo[2:]


def segment(code: int, content: bytes = b"") -> bytes:
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, code, 2 + len(content)) + content


def with_chunks(photo: bytes, chunks: bytes) -> bytes:
    """A PNG with these put behind its header."""
    return photo[:33] + chunks + photo[33:]


def chunk(name: bytes, content: bytes = b"") -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def in_scans(count: int, size: tuple[int, int] = (16, 16)) -> bytes:
    """A progressive JPEG that claims this size, whose last scan is repeated until there are so many; at least 10."""
    photo = jpeg_claiming(*size, progressive=True)
    end, last = photo.rindex(b"\xff\xd9"), photo.rindex(b"\xff\xda")
    return photo[:end] + photo[last:end] * (count - photo.count(b"\xff\xda")) + photo[end:]


def in_one_scan_per_colour(width: int, height: int) -> bytes:
    """A sequential JPEG that claims this size, whose first scan, the only one that there is, holds its greys."""
    photo = jpeg_claiming(width, height)
    start = photo.index(b"\xff\xda")
    return photo[:start] + segment(0xDA, b"\1\1\0\0\x3f\0") + photo[start + 14 :]


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims this size; a decoder that believes it finds no pixels to decode."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return assembled_png(header, zlib.compress(b""))


def jpeg_claiming(width: int, height: int, image_format: str = "JPEG", *, progressive: bool = False) -> bytes:
    """A JPEG (or MPO) whose header claims this size; a decoder that believes it runs out of data."""
    options = {"save_all": True, "append_images": [Image.new("RGB", (16, 16))]} if image_format == "MPO" else {}
    data = bytearray(encoded(Image.new("RGB", (16, 16)), image_format, progressive=progressive, **options))
    start_of_frame = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    struct.pack_into(">HH", data, start_of_frame + 5, height, width)
    return bytes(data)
