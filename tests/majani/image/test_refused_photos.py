"""Photos that are broken, hostile, too large or none at all, each refused by its name."""

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from majani.errors import ErrorCode, PhotoError
from majani.image.decode import (
    MAX_BASELINE_JPEG_PIXELS,
    MAX_HELD_PIXELS,
    MAX_OTHER_JPEG_PIXELS,
    MAX_OTHER_PIXELS,
    MAX_PHOTO_BYTES,
    decode,
    held_pixels,
)
from tests.damage import check_refused_or_survived, damaged
from tests.majani.conftest import refused
from tests.picture_files import encoded, in_one_scan_per_colour, jpeg_claiming, png_claiming
from tests.pictures import PictureFactory, textured

PICTURES = PictureFactory()
UNSUPPORTED, BROKEN = ErrorCode.PHOTO_UNSUPPORTED, ErrorCode.PHOTO_BROKEN
TOO_MANY, HEIC = ErrorCode.PHOTO_TOO_MANY_PIXELS, ErrorCode.HEIC_NOT_SUPPORTED


def flat(width: int, height: int, image_format: str, **options: object) -> bytes:
    return encoded(Image.new("RGB", (width, height)), image_format, **options)


def cut(image_format: str, kept: int) -> bytes:
    return encoded(textured((60, 150, 45)), image_format)[:kept]


def of_brand(brand: bytes) -> bytes:
    return PICTURES.heic().replace(b"ftypheic", b"ftyp" + brand)


def test_limits_are_the_documented_ones() -> None:
    assert MAX_PHOTO_BYTES == 16_777_216
    assert MAX_BASELINE_JPEG_PIXELS == 64_000_000
    assert (MAX_OTHER_JPEG_PIXELS, MAX_OTHER_PIXELS, MAX_HELD_PIXELS) == (16_000_000, 13_000_000, 26_000_000)


@pytest.mark.parametrize(
    ("photo", "pixels"),
    [
        pytest.param(jpeg_claiming(4000, 3000), 0, id="baseline JPEG"),
        pytest.param(jpeg_claiming(4000, 3000, progressive=True), 12_000_000, id="progressive JPEG"),
        pytest.param(png_claiming(400, 300), 120_000, id="PNG"),
        pytest.param(b"no photo", 0, id="no photo"),
    ],
)
def test_what_is_held_whole_counts(photo: bytes, pixels: int) -> None:
    assert held_pixels(photo) == pixels


@pytest.mark.parametrize(
    ("photo", "code", "message"),
    [
        pytest.param(b"", ErrorCode.PHOTO_EMPTY, r" 0 bytes", id="empty"),
        pytest.param(
            bytes(MAX_PHOTO_BYTES + 1),
            ErrorCode.PHOTO_TOO_LARGE,
            rf"{MAX_PHOTO_BYTES + 1} bytes.* {MAX_PHOTO_BYTES} ",
            id="large",
        ),
        pytest.param(PICTURES.heic(), HEIC, "HEIC", id="HEIC"),
        pytest.param(PICTURES.png()[:20], BROKEN, r"^20 bytes", id="PNG, cut in its header"),
        pytest.param(PICTURES.strip(), UNSUPPORTED, r"900 x 30", id="strip"),
        pytest.param(PICTURES.bomb_png(), TOO_MANY, r"8000 x 6250 .*13000000", id="bomb"),
        pytest.param(
            PICTURES.truncated_jpeg(), BROKEN, rf"JPEG of {len(PICTURES.truncated_jpeg())} bytes", id="JPEG, cut"
        ),
        pytest.param(PICTURES.gif(), UNSUPPORTED, "JPEG, PNG, WEBP", id="GIF"),
    ],
)
def test_the_message_holds_the_values_involved(photo: bytes, code: ErrorCode, message: str) -> None:
    with refused(PhotoError, code) as caught:
        decode(photo)
    caught.match(message)


@pytest.mark.parametrize(
    "photo",
    [
        *(pytest.param(cut("JPEG", kept), id=f"{kept} bytes of a JPEG") for kept in (3, 40)),
        *(pytest.param(cut("PNG", kept), id=f"{kept} bytes of a PNG") for kept in (8, 20)),
        *(pytest.param(cut("WEBP", kept), id=f"{kept} bytes of a WebP") for kept in (12, 40)),
        pytest.param(PICTURES.truncated_png(), id="half a PNG"),
        pytest.param(PICTURES.truncated_webp(), id="half a WebP"),
        # Within the limit it is believed, and found to hold no such picture.
        pytest.param(png_claiming(4000, 3250), id="PNG without its 13 MP"),
    ],
)
def test_what_is_broken_is_said_to_be(photo: bytes) -> None:
    with refused(PhotoError, BROKEN):
        decode(photo)


@pytest.mark.parametrize(
    "photo",
    [
        pytest.param(PICTURES.text(), id="text"),
        *(pytest.param(flat(32, 32, one), id=one) for one in ("BMP", "TIFF", "ICO", "PPM", "JPEG2000")),
        *(pytest.param(of_brand(brand), id=brand.decode()) for brand in (b"avif", b"isom")),
        pytest.param(b"RIFF\x24\0\0\0WAVEfmt ", id="WAV"),
        pytest.param(b"\0\0\0\0\0\0\0\0WEBP", id="no RIFF"),
        pytest.param(b"\xff\xd8", id="half a JPEG mark"),
        pytest.param(b"\x89PNG", id="half a PNG mark"),
        *(pytest.param(flat(*size, "PNG"), id=f"strip {size}") for size in ((601, 30), (30, 601), (21, 1))),
    ],
)
def test_other_formats_and_strips_are_not_supported(photo: bytes) -> None:
    with refused(PhotoError, UNSUPPORTED):
        decode(photo)


@pytest.mark.parametrize("brand", [b"heic", b"hevx", b"mif1"])
def test_heic_has_its_own_code(brand: bytes) -> None:
    with refused(PhotoError, HEIC):
        decode(of_brand(brand))


def test_bytes_at_the_limit_are_taken() -> None:
    photo = PICTURES.leaf()
    assert decode(photo + bytes(MAX_PHOTO_BYTES - len(photo))).shape == (240, 320, 3)


@pytest.mark.parametrize(
    "photo",
    [
        pytest.param(jpeg_claiming(8001, 8000), id="baseline JPEG"),
        pytest.param(jpeg_claiming(8001, 8000, "MPO"), id="MPO"),
        pytest.param(jpeg_claiming(4001, 4000, progressive=True), id="progressive JPEG"),
        pytest.param(in_one_scan_per_colour(4001, 4000), id="JPEG, a scan per colour"),
        pytest.param(png_claiming(4000, 3251), id="PNG"),
        pytest.param(flat(4000, 3251, "WEBP", lossless=True, method=0), id="WebP"),
        pytest.param(png_claiming(10_000, 10_000), id="PNG, where Pillow warns"),
        pytest.param(png_claiming(60_000, 60_000), id="PNG, where Pillow refuses"),
    ],
)
def test_pixels_over_the_limit_are_refused_also_where_warnings_are_ignored(photo: bytes) -> None:
    with refused(PhotoError, TOO_MANY):
        decode(photo)
    with warnings.catch_warnings(), refused(PhotoError, TOO_MANY):
        warnings.simplefilter("ignore")
        decode(photo)


@pytest.mark.parametrize(
    ("photo", "shape"),
    [
        # The JPEG library completes missing rows in grey, so these decode at 1/8 scale.
        pytest.param(jpeg_claiming(8000, 8000), (500, 500, 3), id="baseline JPEG, 64 MP"),
        pytest.param(jpeg_claiming(8000, 8000, "MPO"), (500, 500, 3), id="MPO, 64 MP"),
        pytest.param(jpeg_claiming(4000, 4000, progressive=True), (500, 500, 3), id="progressive JPEG, 16 MP"),
        pytest.param(in_one_scan_per_colour(4000, 4000), (500, 500, 3), id="JPEG, a scan per colour, 16 MP"),
        pytest.param(flat(4000, 3250, "WEBP", lossless=True, method=0), (362, 445, 3), id="WebP, 13 MP"),
    ],
)
def test_pixels_within_the_limit_are_taken(photo: bytes, shape: tuple[int, int, int]) -> None:
    assert decode(photo).shape == shape


@given(data=st.data(), image_format=st.sampled_from(["JPEG", "progressive JPEG", "PNG", "WEBP"]))
@settings(max_examples=300)
def test_damage_is_refused_or_survived(data: st.DataObject, image_format: str) -> None:
    options = {"progressive": True} if image_format.startswith("progressive") else {}
    photo = encoded(textured((60, 150, 45), (24, 16)), image_format.rpartition(" ")[2], **options)
    check_refused_or_survived(damaged(data, photo))
