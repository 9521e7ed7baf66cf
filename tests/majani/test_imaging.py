"""Photo bytes to pixels: sound, odd, broken and hostile files."""

import os
import struct
import subprocess
import sys
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from majani.errors import ErrorCode, PhotoError
from majani.imaging import MAX_BASELINE_JPEG_PIXELS, MAX_OTHER_PIXELS, MAX_PHOTO_BYTES, decode
from tests.damage import damaged
from tests.pictures import (
    QUADRANTS,
    PictureFactory,
    encoded,
    in_one_scan_per_colour,
    jpeg_claiming,
    png_claiming,
    textured,
)

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def code_of(data: bytes) -> ErrorCode:
    with pytest.raises(PhotoError) as caught:
        decode(data)
    return caught.value.code


class TestSoundPhotos:
    @pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
    def test_gives_upright_rgb_bytes_that_may_be_written(self, image_format: str) -> None:
        pixels = decode(encoded(textured((10, 200, 30)), image_format))
        assert pixels.shape == (240, 320, 3)
        assert pixels.dtype == np.uint8
        assert pixels.flags.c_contiguous
        assert pixels.flags.writeable
        np.testing.assert_allclose(pixels.mean(axis=(0, 1)), (12, 200, 30), atol=3)

    @pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
    def test_of_an_animation_takes_the_first_frame(self, image_format: str) -> None:
        frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
        data = encoded(frames[0], image_format, save_all=True, append_images=frames[1:], lossless=True)
        assert tuple(decode(data)[0, 0]) == RED

    def test_of_a_multi_picture_jpeg_takes_the_first(self) -> None:
        data = encoded(
            Image.new("RGB", (32, 32), "red"), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))]
        )
        pixels = decode(data)
        assert pixels.shape == (32, 32, 3)
        np.testing.assert_allclose(pixels[0, 0], RED, atol=3)

    def test_ignores_bytes_behind_the_picture(self, pictures: PictureFactory) -> None:
        np.testing.assert_array_equal(decode(pictures.leaf() + b"\0" * 100), decode(pictures.leaf()))

    @pytest.mark.parametrize("size", [(1, 1), (1, 20), (20, 1), (600, 30)])
    def test_takes_the_smallest_and_narrowest_that_count_as_photos(self, size: tuple[int, int]) -> None:
        assert decode(encoded(Image.new("RGB", size), "PNG")).shape == (size[1], size[0], 3)


class TestSize:
    @pytest.mark.parametrize(
        ("size", "expected"),
        [
            ((359, 700), (359, 700)),
            ((360, 360), (360, 360)),
            ((719, 719), (719, 719)),
            ((720, 900), (360, 450)),
            ((1120, 1080), (374, 360)),
        ],
        ids=lambda size: f"{size[0]}x{size[1]}",
    )
    @pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
    def test_default_short_side(self, image_format: str, size: tuple[int, int], expected: tuple[int, int]) -> None:
        if (image_format, size) == ("JPEG", (1120, 1080)):
            expected = (560, 540)  # JPEG scales by powers of two, and 540 is not twice 360 any more
        height, width, _ = decode(encoded(Image.new("RGB", size), image_format)).shape
        assert (width, height) == expected

    @given(
        width=st.integers(1, 300),
        height=st.integers(1, 300),
        short_side_px=st.integers(1, 64),
        image_format=st.sampled_from(["JPEG", "PNG"]),
    )
    @settings(max_examples=100)
    def test_short_side_is_bounded(self, width: int, height: int, short_side_px: int, image_format: str) -> None:
        longer, shorter = max(width, height), min(width, height)
        if longer > 20 * shorter:
            return
        pixels = decode(encoded(Image.new("L", (width, height)), image_format), short_side_px=short_side_px)
        side_px = min(pixels.shape[:2])
        assert min(short_side_px, shorter) <= side_px < max(2 * short_side_px, 2)
        assert (pixels.shape[0] >= pixels.shape[1]) == (height >= width) or side_px == max(pixels.shape[:2])

    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "1"])
    def test_reduction_in_strips_is_reduction_of_the_whole(self, mode: str) -> None:
        size, short_side_px = (1901, 1013), 100
        image = Image.fromarray(np.random.default_rng(5).integers(0, 256, (*size[::-1], 4), dtype=np.uint8))
        image = image.convert("RGB").convert(mode) if mode in ("P", "1") else image.convert(mode)
        shown = Image.alpha_composite(Image.new("RGBA", size, "white"), image.convert("RGBA")).convert("RGB")
        pixels = decode(encoded(image, "PNG", compress_level=1), short_side_px=short_side_px)
        np.testing.assert_array_equal(pixels, np.asarray(shown.reduce(10)))

    def test_scaled_decoding_shows_what_full_decoding_shows(self, pictures: PictureFactory) -> None:
        with Image.open(BytesIO(pictures.jpeg_12mp())) as image:
            full = np.asarray(image.convert("RGB").reduce(8), dtype=np.int16)
        pixels = decode(pictures.jpeg_12mp()).astype(np.int16)
        assert pixels.shape == full.shape == (375, 500, 3)
        difference = np.abs(pixels - full)
        assert difference.mean() < 1
        assert difference.max() <= 16


class TestOrientation:
    @pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_is_set_upright(self, pictures: PictureFactory, orientation: int, image_format: str) -> None:
        pixels = decode(pictures.exif_rotated(orientation, image_format))
        assert pixels.shape == (64, 96, 3)
        quadrants = {
            "top_left": pixels[16, 24],
            "top_right": pixels[16, 72],
            "bottom_left": pixels[48, 24],
            "bottom_right": pixels[48, 72],
        }
        for place, colour in QUADRANTS.items():
            np.testing.assert_allclose(quadrants[place], colour, atol=6, err_msg=place)

    def test_is_set_upright_after_reduction(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        image = Image.new("RGB", (1600, 1100), "red")
        image.paste((0, 0, 255), (800, 0, 1600, 1100))
        pixels = decode(encoded(image, exif=exif))
        assert pixels.shape == (800, 550, 3)
        np.testing.assert_allclose(pixels[0, 0], RED, atol=6)
        np.testing.assert_allclose(pixels[-1, 0], BLUE, atol=6)

    @pytest.mark.parametrize("value", [0, 9, 65535])
    def test_that_does_not_exist_counts_as_upright(self, value: int) -> None:
        exif = Image.Exif()
        exif[0x0112] = value
        assert decode(encoded(Image.new("RGB", (30, 20)), exif=exif)).shape == (20, 30, 3)

    @pytest.mark.parametrize(("field_type", "count"), [(2, 2), (3, 2)], ids=["text", "two numbers"])
    def test_of_another_type_counts_as_upright(self, field_type: int, count: int) -> None:
        directory = struct.pack(">HHHI", 1, 0x0112, field_type, count) + b"\0\x06\0\x06" + bytes(12)
        block = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + directory
        assert decode(encoded(Image.new("RGB", (30, 20)), exif=block)).shape == (20, 30, 3)

    @pytest.mark.parametrize(
        "block",
        [
            b"Exif\0\0",
            b"Exif\0\0MM",
            b"Exif\0\0garbage without end",
            b"Exif\0\0II*\0\xff\xff\xff\x7f",
            b"Exif\0\0MM\0*" + b"\xff" * 40,
        ],
        ids=["bare", "cut", "garbage", "far offset", "many tags"],
    )
    @pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
    def test_in_a_damaged_block_counts_as_upright(self, image_format: str, block: bytes) -> None:
        assert decode(encoded(Image.new("RGB", (30, 20)), image_format, exif=block)).shape == (20, 30, 3)


class TestColour:
    @pytest.mark.parametrize(
        ("value", "grey"), [(0, 0), (0x00FF, 0), (0x0100, 1), (0x8000, 128), (0xFFFF, 255)], ids=hex
    )
    def test_sixteen_bit_grey_is_scaled_not_clipped(self, pictures: PictureFactory, value: int, grey: int) -> None:
        pixels = decode(pictures.png16(value))
        assert pixels.shape == (48, 64, 3)
        assert (pixels == grey).all()

    def test_sixteen_bit_grey_is_reduced_too(self) -> None:
        data = encoded(Image.fromarray(np.full((300, 400), 0x4000, dtype=np.uint16)), "PNG")
        pixels = decode(data, short_side_px=100)
        assert pixels.shape == (100, 134, 3)
        assert (pixels == 0x40).all()

    def test_sixteen_bit_colour(self, pictures: PictureFactory) -> None:
        assert (decode(pictures.png16_rgb()) == (0xC0, 0x80, 0x40)).all()

    def test_transparent_palette_entry_becomes_white(self, pictures: PictureFactory) -> None:
        pixels = decode(pictures.palette_png_transparent())
        assert (pixels[:, :32] == RED).all()
        assert (pixels[:, 32:] == WHITE).all()

    @pytest.mark.parametrize(("alpha", "expected"), [(0, WHITE), (255, BLUE), (51, (204, 204, 255))])
    def test_transparency_is_laid_on_white(
        self, pictures: PictureFactory, alpha: int, expected: tuple[int, int, int]
    ) -> None:
        np.testing.assert_allclose(decode(pictures.rgba_png(alpha)), np.full((48, 64, 3), expected), atol=1)

    @pytest.mark.parametrize(
        "image",
        [Image.new("LA", (9, 9), (0, 0)), Image.new("L", (9, 9), 7), Image.new("RGB", (9, 9), (7, 7, 7))],
        ids=["grey and alpha", "grey key", "colour key"],
    )
    def test_other_kinds_of_transparency_become_white(self, image: Image.Image) -> None:
        key = {"LA": None, "L": 7, "RGB": (7, 7, 7)}[image.mode]
        assert (decode(encoded(image, "PNG", transparency=key)) == WHITE).all()

    def test_transparent_webp_becomes_white(self) -> None:
        assert (decode(encoded(Image.new("RGBA", (9, 9), (0, 0, 255, 0)), "WEBP", lossless=True)) == WHITE).all()

    def test_opaque_palette_keeps_its_colours(self) -> None:
        image = Image.new("P", (9, 9))
        image.putpalette([255, 0, 0])
        assert (decode(encoded(image, "PNG")) == RED).all()

    def test_cmyk_becomes_rgb(self, pictures: PictureFactory) -> None:
        pixels = decode(pictures.cmyk_jpeg())
        assert pixels.shape == (48, 64, 3)
        np.testing.assert_allclose(pixels.mean(axis=(0, 1)), RED, atol=4)

    @pytest.mark.parametrize(("mode", "colour", "grey"), [("L", 90, 90), ("1", 1, 255)])
    def test_grey_becomes_rgb(self, mode: str, colour: int, grey: int) -> None:
        assert (decode(encoded(Image.new(mode, (9, 9), colour), "PNG")) == grey).all()


class TestRefusals:
    def test_limits_are_the_documented_ones(self) -> None:
        assert MAX_PHOTO_BYTES == 16_777_216
        assert MAX_BASELINE_JPEG_PIXELS == 64_000_000
        assert MAX_OTHER_PIXELS == 25_000_000

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
            ("truncated_heic", ErrorCode.PHOTO_BROKEN),
            ("bomb_png", ErrorCode.PHOTO_TOO_MANY_PIXELS),
        ],
    )
    def test_name_what_is_wrong(self, pictures: PictureFactory, method: str, code: ErrorCode) -> None:
        assert code_of(getattr(pictures, method)()) == code

    @pytest.mark.parametrize("image_format", ["BMP", "TIFF", "ICO", "PPM", "JPEG2000"])
    def test_other_formats(self, image_format: str) -> None:
        assert code_of(encoded(Image.new("RGB", (32, 32)), image_format)) == ErrorCode.PHOTO_UNSUPPORTED

    def test_message_holds_the_values_involved(self, pictures: PictureFactory) -> None:
        with pytest.raises(PhotoError, match=r"900 x 30"):
            decode(pictures.strip())
        with pytest.raises(PhotoError, match=r"8000 x 6250 .*25000000"):
            decode(pictures.bomb_png())
        with pytest.raises(PhotoError, match=rf"JPEG of {len(pictures.truncated_jpeg())} bytes"):
            decode(pictures.truncated_jpeg())
        with pytest.raises(PhotoError, match="JPEG, PNG, WEBP, HEIC"):
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
                jpeg_claiming(5001, 5000, progressive=True),
                ErrorCode.PHOTO_TOO_MANY_PIXELS,
                id="progressive JPEG, over",
            ),
            pytest.param(
                in_one_scan_per_colour(5001, 5000), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="JPEG, a scan per colour, over"
            ),
            # Within the limit it is believed, and found to hold no such picture.
            pytest.param(png_claiming(5000, 5000), ErrorCode.PHOTO_BROKEN, id="PNG, 25 MP"),
            pytest.param(png_claiming(5001, 5000), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="PNG, over"),
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
            pytest.param(jpeg_claiming(5000, 5000, progressive=True), (625, 625, 3), id="progressive JPEG, 25 MP"),
            pytest.param(in_one_scan_per_colour(5000, 5000), (625, 625, 3), id="JPEG, a scan per colour, 25 MP"),
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
        try:
            pixels = decode(damaged(data, photo))
        except PhotoError:
            return
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3


class TestCost:
    """In a process of its own, where the peak of memory is this one photo's."""

    @pytest.mark.parametrize(
        ("method", "allowed_mb"),
        # Held whole, these would take 50 and 50 MB at least.
        # The tiles of the second bomb would take a gigabyte; a HEIC is held whole, once as it is coded and once in RGB.
        # An empty scan of 25 megapixels takes 2 ms; of the transparent picture, three more copies took 48 MB.
        [
            ("bomb_png", 4),
            ("baseline_jpeg_50mp", 16),
            ("heic_bomb", 4),
            ("heic_12mp", 80),
            ("transparent_png_4mp", 28),
            ("many_scans_jpeg", 4),
            ("many_segments_jpeg", 20),
            ("exif_pieces_jpeg", 20),
            ("many_chunks_png", 20),
        ],
    )
    def test_of_huge_photos_is_small(
        self, pictures: PictureFactory, tmp_path: Path, method: str, allowed_mb: int
    ) -> None:
        photo = tmp_path / "photo"
        photo.write_bytes(getattr(pictures, method)())
        script = """if True:
            import resource, sys, time
            from pathlib import Path
            from majani.errors import PhotoError
            from majani.imaging import decode
            data = Path(sys.argv[1]).read_bytes()
            decode(Path(sys.argv[2]).read_bytes())
            used_kb, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
            try:
                decode(data)
            except PhotoError:
                pass
            seconds = time.process_time() - started
            print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used_kb) / 1024, seconds)
        """
        small = tmp_path / "small"
        small.write_bytes(pictures.leaf())
        done = subprocess.run(
            # A process begins with its parent's peak of memory, so the parent is a shell and not this one.
            ["sh", "-c", '"$0" "$@"; exit $?', sys.executable, "-c", script, str(photo), str(small)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        used_mb, seconds = map(float, done.stdout.split())
        assert used_mb <= allowed_mb
        assert seconds < 1
