"""Photo bytes to pixels: sound photos of every format and size, and what hostile ones cost."""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from majani.image import decode as decode_module
from majani.image.decode import decode, decode_sizes
from tests.picture_files import encoded
from tests.pictures import PictureFactory, textured


class TestSoundPhotos:
    @pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
    def test_gives_upright_rgb_bytes_that_may_be_written(self, image_format: str) -> None:
        pixels = decode(encoded(textured((10, 200, 30)), image_format))
        assert (pixels.shape, pixels.dtype) == ((240, 320, 3), np.uint8)
        assert pixels.flags.c_contiguous
        assert pixels.flags.writeable
        np.testing.assert_allclose(pixels.mean(axis=(0, 1)), (12, 200, 30), atol=3)

    @pytest.mark.parametrize(("image_format", "off"), [("PNG", 0), ("WEBP", 0), ("MPO", 3)])
    def test_of_several_pictures_takes_the_first(self, image_format: str, off: int) -> None:
        first, other = Image.new("RGB", (32, 32), "red"), Image.new("RGB", (32, 32), "blue")
        pixels = decode(encoded(first, image_format, save_all=True, append_images=[other], lossless=True))
        assert pixels.shape == (32, 32, 3)
        np.testing.assert_allclose(pixels[0, 0], (255, 0, 0), atol=off)

    def test_ignores_bytes_behind_the_picture(self, pictures: PictureFactory) -> None:
        np.testing.assert_array_equal(decode(pictures.leaf() + b"\0" * 100), decode(pictures.leaf()))

    @pytest.mark.parametrize("size", [(1, 1), (1, 20), (20, 1), (600, 30)])
    def test_takes_the_smallest_and_narrowest_that_count_as_photos(self, size: tuple[int, int]) -> None:
        assert decode(encoded(Image.new("RGB", size), "PNG")).shape == (size[1], size[0], 3)


class TestSize:
    @pytest.mark.parametrize(
        ("size", "as_png", "as_jpeg"),
        [
            ((359, 700), (359, 700), (359, 700)),
            ((360, 360), (360, 360), (360, 360)),
            ((719, 719), (719, 719), (719, 719)),
            ((720, 900), (360, 450), (360, 450)),
            # JPEG scales by powers of two, and 540 is not twice 360 any more.
            ((1120, 1080), (374, 360), (560, 540)),
        ],
    )
    def test_default_short_side(self, size: tuple[int, int], as_png: tuple[int, int], as_jpeg: tuple[int, int]) -> None:
        for image_format, (width, height) in {"PNG": as_png, "JPEG": as_jpeg}.items():
            assert decode(encoded(Image.new("RGB", size), image_format)).shape == (height, width, 3), image_format

    @given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 64), st.sampled_from(["JPEG", "PNG"]))
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
        # In sizes of which neither divides the other.
        pixels, larger = decode_sizes(encoded(image, "PNG", compress_level=1), (short_side_px, 253))
        np.testing.assert_array_equal(pixels, np.asarray(shown.reduce(10)))
        np.testing.assert_array_equal(larger, np.asarray(shown.reduce(4)))

    @pytest.mark.parametrize(("image_format", "openings"), [("JPEG", 2), ("PNG", 1), ("WEBP", 1)])
    def test_several_sizes_are_those_of_several_decodings(
        self, image_format: str, openings: int, pictures: PictureFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        photo = pictures.exif_rotated(6, image_format)
        alone = [decode(photo, short_side_px=side_px) for side_px in (8, 30)]
        opened: list[bytes] = []
        original = decode_module._open

        def count(data: bytes) -> Image.Image:
            opened.append(data)
            return original(data)

        monkeypatch.setattr(decode_module, "_open", count)
        for pixels, expected in zip(decode_sizes(photo, (8, 30)), alone, strict=True):
            np.testing.assert_array_equal(pixels, expected)
        assert len(opened) == openings

    def test_scaled_decoding_shows_what_full_decoding_shows(self, pictures: PictureFactory) -> None:
        with Image.open(BytesIO(pictures.jpeg_12mp())) as image:
            full = np.asarray(image.convert("RGB").reduce(8), dtype=np.int16)
        pixels = decode(pictures.jpeg_12mp()).astype(np.int16)
        assert pixels.shape == full.shape == (375, 500, 3)
        difference = np.abs(pixels - full)
        assert difference.mean() < 1
        assert difference.max() <= 16


class TestCost:
    """In a process of its own, where the peak of memory is this one photo's."""

    @pytest.mark.parametrize(
        ("method", "allowed_mb"),
        # Held whole, these would take 50 and 50 MB at least.
        # The tiles of the second bomb would take a gigabyte; a HEIC is held whole, once as it is coded and once in RGB.
        # An empty scan of 16 megapixels takes 2 ms; of the transparent picture, three more copies took 48 MB.
        [
            ("bomb_png", 4),
            ("baseline_jpeg_50mp", 16),
            ("transparent_png_4mp", 28),
            ("many_scans_jpeg", 4),
            ("many_segments_jpeg", 20),
            ("exif_pieces_jpeg", 20),
            ("many_chunks_png", 20),
        ],
    )
    def test_of_huge_ones_is_small(
        self, pictures: PictureFactory, tmp_path: Path, method: str, allowed_mb: int
    ) -> None:
        photo, small = tmp_path / "photo", tmp_path / "small"
        photo.write_bytes(getattr(pictures, method)())
        small.write_bytes(pictures.leaf())
        script = """if True:
            import resource, sys, time
            from pathlib import Path
            from majani.errors import PhotoError
            from majani.image.decode import decode
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
        # A process begins with its parent's peak of memory, so the parent is a shell and not this one.
        command = ["sh", "-c", '"$0" "$@"; exit $?', sys.executable, "-c", script, str(photo), str(small)]
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        used_mb, seconds = map(float, done.stdout.split())
        assert used_mb <= allowed_mb
        assert seconds < 1
