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
from tests.picture_files import encoded, in_one_scan_per_colour, jpeg_claiming, png_claiming
from tests.pictures import PictureFactory, textured


def code_of(data: bytes) -> ErrorCode:
    with pytest.raises(PhotoError) as caught:
        decode(data)
    return caught.value.code


def _flat_webp(width: int, height: int) -> bytes:
    return encoded(Image.new("RGB", (width, height)), "WEBP", lossless=True, method=0)


class TestRefusals:
    def test_limits_are_the_documented_ones(self) -> None:
        assert MAX_PHOTO_BYTES == 16_777_216
        assert MAX_BASELINE_JPEG_PIXELS == 64_000_000
        assert MAX_OTHER_JPEG_PIXELS == 16_000_000
        assert MAX_OTHER_PIXELS == 13_000_000
        assert MAX_HELD_PIXELS == 26_000_000

    @pytest.mark.parametrize(
        ("photo", "pixels"),
        [
            pytest.param(jpeg_claiming(4000, 3000), 0, id="baseline JPEG"),
            pytest.param(jpeg_claiming(4000, 3000, progressive=True), 12_000_000, id="progressive JPEG"),
            pytest.param(png_claiming(400, 300), 120_000, id="PNG"),
            pytest.param(b"no photo", 0, id="no photo"),
        ],
    )
    def test_what_is_held_whole_counts(self, photo: bytes, pixels: int) -> None:
        assert held_pixels(photo) == pixels

    @pytest.mark.parametrize(
        ("method", "code"),
        [
            ("empty", ErrorCode.PHOTO_EMPTY),
            ("text", ErrorCode.PHOTO_UNSUPPORTED),
            ("gif", ErrorCode.PHOTO_UNSUPPORTED),
            ("strip", ErrorCode.PHOTO_UNSUPPORTED),
            ("truncated_jpeg", ErrorCode.PHOTO_BROKEN),
            ("truncated_png", ErrorCode.PHOTO_BROKEN),
            ("truncated_webp", ErrorCode.PHOTO_BROKEN),
            ("heic", ErrorCode.HEIC_NOT_SUPPORTED),
            ("bomb_png", ErrorCode.PHOTO_TOO_MANY_PIXELS),
        ],
    )
    def test_name_what_is_wrong(self, pictures: PictureFactory, method: str, code: ErrorCode) -> None:
        assert code_of(getattr(pictures, method)()) == code

    @pytest.mark.parametrize("image_format", ["BMP", "TIFF", "ICO", "PPM", "JPEG2000"])
    def test_other_formats(self, image_format: str) -> None:
        assert code_of(encoded(Image.new("RGB", (32, 32)), image_format)) == ErrorCode.PHOTO_UNSUPPORTED

    @pytest.mark.parametrize(
        ("brand", "code"),
        [
            (b"heic", ErrorCode.HEIC_NOT_SUPPORTED),
            (b"hevx", ErrorCode.HEIC_NOT_SUPPORTED),
            (b"mif1", ErrorCode.HEIC_NOT_SUPPORTED),
            (b"avif", ErrorCode.PHOTO_UNSUPPORTED),
            (b"isom", ErrorCode.PHOTO_UNSUPPORTED),
        ],
    )
    def test_only_heic_has_its_own_code(self, pictures: PictureFactory, brand: bytes, code: ErrorCode) -> None:
        assert code_of(pictures.heic().replace(b"ftypheic", b"ftyp" + brand)) == code

    def test_message_holds_the_values_involved(self, pictures: PictureFactory) -> None:
        with pytest.raises(PhotoError, match=r" 0 bytes"):
            decode(pictures.empty())
        with pytest.raises(PhotoError, match=rf"{MAX_PHOTO_BYTES + 1} bytes.* {MAX_PHOTO_BYTES} "):
            decode(bytes(MAX_PHOTO_BYTES + 1))
        with pytest.raises(PhotoError, match="HEIC"):
            decode(pictures.heic())
        with pytest.raises(PhotoError, match=r"^20 bytes"):
            decode(pictures.png()[:20])
        with pytest.raises(PhotoError, match=r"900 x 30"):
            decode(pictures.strip())
        with pytest.raises(PhotoError, match=r"8000 x 6250 .*13000000"):
            decode(pictures.bomb_png())
        with pytest.raises(PhotoError, match=rf"JPEG of {len(pictures.truncated_jpeg())} bytes"):
            decode(pictures.truncated_jpeg())
        with pytest.raises(PhotoError, match="JPEG, PNG, WEBP"):
            decode(pictures.gif())

    @pytest.mark.parametrize(
        ("image_format", "kept"), [("JPEG", 3), ("JPEG", 40), ("PNG", 8), ("PNG", 20), ("WEBP", 12), ("WEBP", 40)]
    )
    def test_photo_cut_within_its_header_is_broken(self, image_format: str, kept: int) -> None:
        assert code_of(encoded(textured((60, 150, 45)), image_format)[:kept]) == ErrorCode.PHOTO_BROKEN

    @pytest.mark.parametrize(
        "data",
        [b"RIFF\x24\0\0\0WAVEfmt ", b"\0\0\0\0\0\0\0\0WEBP", b"\xff\xd8", b"\x89PNG"],
        ids=["WAV", "no RIFF", "half a JPEG mark", "half a PNG mark"],
    )
    def test_files_that_merely_resemble_a_photo(self, data: bytes) -> None:
        assert code_of(data) == ErrorCode.PHOTO_UNSUPPORTED

    @pytest.mark.parametrize("size", [(601, 30), (30, 601), (21, 1)], ids=str)
    def test_strips(self, size: tuple[int, int]) -> None:
        assert code_of(encoded(Image.new("RGB", size), "PNG")) == ErrorCode.PHOTO_UNSUPPORTED

    def test_bytes_at_the_limit(self, pictures: PictureFactory) -> None:
        photo = pictures.leaf()
        full = photo + bytes(MAX_PHOTO_BYTES - len(photo))
        assert decode(full).shape == (240, 320, 3)
        assert code_of(full + b"\0") == ErrorCode.PHOTO_TOO_LARGE

    @pytest.mark.parametrize(
        ("photo", "code"),
        [
            pytest.param(jpeg_claiming(8001, 8000), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="baseline JPEG, over"),
            pytest.param(jpeg_claiming(8001, 8000, "MPO"), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="MPO, over"),
            pytest.param(
                jpeg_claiming(4001, 4000, progressive=True),
                ErrorCode.PHOTO_TOO_MANY_PIXELS,
                id="progressive JPEG, over",
            ),
            pytest.param(
                in_one_scan_per_colour(4001, 4000), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="JPEG, a scan per colour, over"
            ),
            # Within the limit it is believed, and found to hold no such picture.
            pytest.param(png_claiming(4000, 3250), ErrorCode.PHOTO_BROKEN, id="PNG, 13 MP"),
            pytest.param(png_claiming(4000, 3251), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="PNG, over"),
            pytest.param(_flat_webp(4000, 3251), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="WebP, over"),
            pytest.param(png_claiming(10_000, 10_000), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="PNG, where Pillow warns"),
            pytest.param(png_claiming(60_000, 60_000), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="PNG, where Pillow refuses"),
        ],
    )
    def test_pixels_at_the_limit(self, photo: bytes, code: ErrorCode) -> None:
        assert code_of(photo) == code

    @pytest.mark.parametrize(
        ("photo", "shape"),
        [
            # The JPEG library completes missing rows in grey, so these decode at 1/8 scale.
            pytest.param(jpeg_claiming(8000, 8000), (500, 500, 3), id="baseline JPEG, 64 MP"),
            pytest.param(jpeg_claiming(8000, 8000, "MPO"), (500, 500, 3), id="MPO, 64 MP"),
            pytest.param(jpeg_claiming(4000, 4000, progressive=True), (500, 500, 3), id="progressive JPEG, 16 MP"),
            pytest.param(in_one_scan_per_colour(4000, 4000), (500, 500, 3), id="JPEG, a scan per colour, 16 MP"),
            pytest.param(_flat_webp(4000, 3250), (362, 445, 3), id="WebP, 13 MP"),
        ],
    )
    def test_pixels_within_the_limit(self, photo: bytes, shape: tuple[int, int, int]) -> None:
        assert decode(photo).shape == shape

    def test_pixels_over_the_limit_where_warnings_are_ignored(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert code_of(png_claiming(10_000, 10_000)) == ErrorCode.PHOTO_TOO_MANY_PIXELS

    @given(data=st.data(), image_format=st.sampled_from(["JPEG", "PNG", "WEBP"]))
    @settings(max_examples=300)
    def test_damage_is_refused_or_survived(self, data: st.DataObject, image_format: str) -> None:
        photo = encoded(textured((60, 150, 45), (24, 16)), image_format)
        check_refused_or_survived(damaged(data, photo))
