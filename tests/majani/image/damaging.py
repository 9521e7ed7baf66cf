"""Ways in which a photo gets damaged, by accident or on purpose; the same seed gives the same damage."""

import struct
import zlib
from collections.abc import Callable, Sequence
from random import Random

_HEADER_BYTES = 64
# Where files of all accepted formats say how long or how large something is.
_DESCRIBED_BYTES = 4096
_EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_MOST_AT_ONCE = 3
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def mutate(originals: Sequence[bytes], seed: int) -> tuple[str, bytes]:
    """What was done to one of some sound photos, in one to three ways, and the result."""
    chance = Random(seed)
    number = chance.randrange(len(originals))
    data = originals[number]
    done = [f"photo {number}"]
    for _ in range(chance.randint(1, _MOST_AT_ONCE)):
        way = chance.choice(WAYS)
        data = way(data, chance, originals)
        done.append(way.__name__)
    # Otherwise nearly every damaged PNG would be refused by its checksums, and nothing behind them be tried.
    if data.startswith(_PNG_SIGNATURE) and chance.random() < 0.5:
        data = _with_checksums(data)
        done.append("checksums put right")
    return ", ".join(done), data


def flip_bits(data: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A few bits turned over anywhere."""
    damaged = bytearray(data)
    for _turn in range(chance.choice((1, 1, 4, 16, 64))):
        if damaged:
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def cut(data: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """The end missing, as after a broken connection."""
    return data[: chance.randint(0, len(data))]


def splice(data: bytes, chance: Random, originals: Sequence[bytes]) -> bytes:
    """The beginning of one photo and the end of another."""
    other = chance.choice(originals)
    return data[: chance.randint(0, len(data))] + other[chance.randint(0, len(other)) :]


def damage_header(data: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Some of the first bytes replaced, but mostly not those that tell the format."""
    damaged = bytearray(data)
    for _turn in range(chance.randint(1, 8)):
        place = chance.randrange(0 if chance.random() < 0.1 else 12, _HEADER_BYTES)
        if place < len(damaged):
            damaged[place] = chance.randrange(256)
    return bytes(damaged)


def damage_length(data: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A number where lengths and sizes stand replaced by an extreme one."""
    size = chance.choice((1, 2, 4))
    extreme = chance.choice(_EXTREMES) % (1 << 8 * size)
    number = extreme.to_bytes(size)[:: chance.choice((1, -1))]
    place = chance.randrange(min(len(data), _DESCRIBED_BYTES) + 1)
    return data[:place] + number + data[place + size :]


def damage_exif(data: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """What the camera wrote about the photo overwritten, in a file that has that."""
    start = max(data.find(b"Exif\0\0"), data.find(b"eXIf"), data.find(b"EXIF"))
    if start < 0:
        return flip_bits(data, chance, ())
    damaged = bytearray(data)
    for _turn in range(chance.randint(1, 12)):
        place = start + 4 + chance.randrange(60)
        if place < len(damaged):
            damaged[place] = chance.choice((0, 0xFF, 0x7F, 0x80, chance.randrange(256)))
    return bytes(damaged)


def append(data: bytes, chance: Random, originals: Sequence[bytes]) -> bytes:
    """Something behind the end."""
    rest = (bytes(chance.randint(1, 5000)), chance.randbytes(chance.randint(1, 5000)), chance.choice(originals))
    return data + chance.choice(rest)


def insert_zeros(data: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A run of zeros between, as from a faulty memory card."""
    place = chance.randint(0, len(data))
    return data[:place] + bytes(chance.choice((1, 16, 512, 4096))) + data[place:]


def overwrite_with_zeros(data: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A run of zeros instead of what was there."""
    place, count = chance.randint(0, len(data)), chance.choice((1, 16, 512, 4096))
    return data[:place] + bytes(min(count, len(data) - place)) + data[place + count :]


WAYS: tuple[Callable[[bytes, Random, Sequence[bytes]], bytes], ...] = (
    flip_bits,
    cut,
    splice,
    damage_header,
    damage_length,
    damage_exif,
    append,
    insert_zeros,
    overwrite_with_zeros,
)


def _with_checksums(png: bytes) -> bytes:
    """A PNG with the checksum of each chunk put right, as far as its lengths lead."""
    mended, place = bytearray(png), len(_PNG_SIGNATURE)
    while place + 12 <= len(mended):
        [length] = struct.unpack_from(">I", mended, place)
        end = place + 8 + length
        if end + 4 > len(mended):
            break
        struct.pack_into(">I", mended, end, zlib.crc32(mended[place + 4 : end]))
        place = end + 4
    return bytes(mended)
