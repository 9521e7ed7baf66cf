"""HEIC: recognised by content, upright once, and refused before it costs anything."""

import struct
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from majani.errors import ErrorCode, PhotoError
from majani.image.decode import MAX_PHOTO_BYTES, TARGET_SHORT_SIDE_PX, decode
from majani.image.heif import Claim, is_heif, read_claim
from tests.damage import check_refused_or_survived, damaged
from tests.heic import TILE_PX, grid_heic, heic, without_turn
from tests.pictures import QUADRANTS, PictureFactory

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
Spoil = Callable[[bytes], bytes]


def code_of(data: bytes) -> ErrorCode:
    with pytest.raises(PhotoError) as caught:
        decode(data)
    return caught.value.code


class TestSoundPhotos:
    def test_shows_what_the_same_picture_shows_as_png(self, pictures: PictureFactory) -> None:
        pixels = decode(pictures.heic())
        assert pixels.shape == (240, 320, 3)
        assert pixels.dtype == np.uint8
        assert pixels.flags.c_contiguous
        assert pixels.flags.writeable
        # The grain is lost in coding, so means of 8 x 8 pixels are compared.
        small, expected = (Image.fromarray(one).reduce(8) for one in (pixels, decode(pictures.png())))
        assert np.abs(np.asarray(small, dtype=int) - np.asarray(expected, dtype=int)).mean() < 2

    @pytest.mark.parametrize("name", ["two", "sequence"])
    def test_of_several_pictures_the_first_is_taken(self, name: str) -> None:
        np.testing.assert_allclose(decode(heic(name)).mean(axis=(0, 1)), RED, atol=3)

    def test_transparency_is_laid_on_white(self) -> None:
        pixels = decode(heic("alpha"))
        assert pixels.shape == (48, 64, 3)
        np.testing.assert_allclose(pixels[:, :30].mean(axis=(0, 1)), BLUE, atol=4)
        np.testing.assert_allclose(pixels[:, 34:].mean(axis=(0, 1)), WHITE, atol=4)

    @pytest.mark.parametrize(
        ("name", "expected"), [("ten_bit", (0xC0, 0x80, 0x40)), ("ten_bit_grey", (0x40, 0x40, 0x40))]
    )
    def test_ten_bits_are_scaled_not_clipped(self, name: str, expected: tuple[int, int, int]) -> None:
        np.testing.assert_allclose(decode(heic(name)).mean(axis=(0, 1)), expected, atol=3)

    def test_bytes_behind_the_picture_are_ignored(self, pictures: PictureFactory) -> None:
        for rest in (b"\0" * 100, b"\0\0\0\5tail", b"end"):
            np.testing.assert_array_equal(decode(pictures.heic() + rest), decode(pictures.heic()))

    @pytest.mark.parametrize(("rows", "columns", "canvas"), [(6, 8, (4000, 3000)), (3, 4, (2000, 1501))])
    def test_tiles_are_joined_and_reduced(self, rows: int, columns: int, canvas: tuple[int, int]) -> None:
        pixels = decode(grid_heic(rows, columns, canvas))
        factor = min(canvas) // TARGET_SHORT_SIDE_PX
        assert pixels.shape == (-(-canvas[1] // factor), -(-canvas[0] // factor), 3)
        np.testing.assert_allclose(pixels, np.broadcast_to((200, 40, 40), pixels.shape), atol=3)

    def test_reduction_in_strips_is_reduction_of_the_whole(self, pictures: PictureFactory) -> None:
        whole = Image.fromarray(decode(pictures.heic())).reduce(3)
        np.testing.assert_array_equal(decode(pictures.heic(), short_side_px=80), np.asarray(whole))

    def test_pillow_is_left_as_it_was(self, pictures: PictureFactory) -> None:
        decode(pictures.heic())
        assert "HEIF" not in Image.OPEN
        assert ".heic" not in Image.registered_extensions()


class TestOrientation:
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_is_set_upright_once(self, orientation: int) -> None:
        pixels = decode(heic(f"quadrants_{orientation}"))
        assert pixels.shape == (64, 96, 3)
        for place, y, x in (("top_left", 16, 24), ("top_right", 16, 72), ("bottom_left", 48, 24)):
            np.testing.assert_allclose(pixels[y, x], QUADRANTS[place], atol=6, err_msg=place)

    def test_of_exif_alone_is_not_heeded(self) -> None:
        data = heic("quadrants_6")
        assert b"Exif" in data
        assert decode(without_turn(data)).shape == (96, 64, 3)


class TestRecognition:
    @pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"mif1", b"msf1"])
    def test_is_by_content(self, brand: bytes) -> None:
        data = heic("tile").replace(b"ftypheic", b"ftyp" + brand)
        assert is_heif(data)
        assert decode(data).shape == (TILE_PX, TILE_PX, 3)

    @pytest.mark.parametrize("brand", [b"avif", b"isom", b"qt  "])
    def test_of_others_fails(self, brand: bytes) -> None:
        assert code_of(heic("tile").replace(b"ftypheic", b"ftyp" + brand)) == ErrorCode.PHOTO_UNSUPPORTED

    @pytest.mark.parametrize("kind", [b"av01", b"iovl", b"unci", b"jpeg"])
    def test_of_a_picture_that_is_coded_otherwise_fails(self, kind: bytes) -> None:
        assert code_of(grid_heic(1, 1, (512, 512), kind=kind)) == ErrorCode.PHOTO_UNSUPPORTED


class TestClaim:
    @pytest.mark.parametrize(
        ("data", "claim"),
        [
            pytest.param(heic("leaf"), Claim(320 * 240, 320 * 240), id="one picture"),
            pytest.param(heic("alpha"), Claim(64 * 64, 2 * 64 * 64), id="with transparency"),
            pytest.param(grid_heic(6, 8, (4000, 3000)), Claim(12_000_000, 48 * TILE_PX**2), id="tiles"),
            pytest.param(grid_heic(6, 8, (4000, 3000), claimed=(9, 9)), Claim(12_000_000, 48 * TILE_PX**2), id="lie"),
            pytest.param(grid_heic(1, 1, (9, 9), claimed=(4000, 3000)), Claim(12_000_000, TILE_PX**2), id="boast"),
        ],
    )
    def test_is_what_decoding_takes(self, data: bytes, claim: Claim) -> None:
        assert read_claim(data) == claim

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            pytest.param(grid_heic(10, 10, (5001, 5000)), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="canvas"),
            pytest.param(
                grid_heic(10, 10, (5001, 5000), claimed=(512, 512)),
                ErrorCode.PHOTO_TOO_MANY_PIXELS,
                id="canvas, not admitted",
            ),
            pytest.param(grid_heic(14, 14, (512, 512)), ErrorCode.PHOTO_TOO_MANY_PIXELS, id="hidden tiles"),
            pytest.param(heic("strip"), ErrorCode.PHOTO_UNSUPPORTED, id="strip"),
            pytest.param(bytes(4) + b"ftypheic", ErrorCode.PHOTO_BROKEN, id="nothing but its mark"),
            pytest.param(heic("leaf") + bytes(MAX_PHOTO_BYTES), ErrorCode.PHOTO_TOO_LARGE, id="bytes"),
        ],
    )
    def test_is_held_to_the_limits(self, data: bytes, code: ErrorCode) -> None:
        assert code_of(data) == code

    def test_at_the_limit_is_believed(self) -> None:
        assert decode(grid_heic(10, 10, (5000, 5000))).shape == (385, 385, 3)

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda data: data.replace(b"pitm", b"free"), id="no main picture"),
            pytest.param(lambda data: data.replace(b"iloc", b"free"), id="no places"),
            pytest.param(lambda data: data.replace(b"iloc", b"pitm"), id="two main pictures"),
            pytest.param(lambda data: data.replace(b"ispe", b"free"), id="no sizes"),
            pytest.param(lambda data: data.replace(b"meta", b"free"), id="no description"),
            pytest.param(lambda data: data + data[24:], id="two descriptions"),
            pytest.param(lambda data: data.replace(b"idat", b"free"), id="no grid"),
            pytest.param(lambda data: data.replace(b"dimg", b"cdsc"), id="no tiles"),
            pytest.param(lambda data: data.replace(b"hvc1", b"grid"), id="grids within a grid"),
            pytest.param(lambda data: data.replace(b"dimg", b"auxl"), id="laid over what it is laid over by"),
        ],
    )
    def test_that_contradicts_itself_is_broken(self, spoil: Spoil) -> None:
        sound = grid_heic(2, 2, (1000, 1000))
        assert decode(sound).shape == (500, 500, 3)
        assert code_of(spoil(sound)) == ErrorCode.PHOTO_BROKEN

    def test_of_a_picture_that_cannot_be_opened_is_no_claim_of_another(self) -> None:
        # The decoder leaves out the main picture, which lacks its configuration, and offers the next.
        assert code_of(grid_heic(1, 1, (512, 512), kind=b"hvc1")) == ErrorCode.PHOTO_BROKEN

    @pytest.mark.parametrize("kind", [b"\xffxif", b"Exi\x80", b"\xff\xff\0\0"])
    def test_of_a_type_that_is_no_text_is_broken(self, kind: bytes) -> None:
        # In a process of its own: the binding ends it.
        data = heic("quadrants_6").replace(b"Exif", kind, 1)
        script = (
            "import sys; from majani.errors import PhotoError; from majani.image.decode import decode\n"
            "try: decode(sys.stdin.buffer.read())\n"
            "except PhotoError as error: print(error.code)"
        )
        done = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (0, b"photo_broken\n")

    def test_of_the_same_thing_laid_over_it_again_and_again_is_one(self) -> None:
        data = grid_heic(1, 2, (1000, 512), laid_over={2: [1] * 1000, 3: [2] * 1000})
        # The picture's two tiles, the one that is laid over it, and another over each use of that.
        assert read_claim(data) == Claim(1000 * 512, 5 * TILE_PX**2)

    def test_of_many_things_laid_over_many_others_is_not_reckoned(self) -> None:
        laid_over = {item: [1] for item in range(2, 300)} | {item: range(2, 300) for item in range(300, 990)}
        data = grid_heic(31, 32, (1000, 1000), laid_over=laid_over)
        with pytest.raises(ValueError, match="within pictures"):
            read_claim(data)
        assert code_of(data) == ErrorCode.PHOTO_BROKEN

    @pytest.mark.parametrize("name", [b"iloc", b"iinf", b"ipma"])
    @pytest.mark.timeout(20)
    def test_of_endless_lists_is_cheap(self, name: bytes) -> None:
        data = bytearray(heic("leaf"))
        place = data.index(name) + 8
        struct.pack_into(">I", data, place, 0xFFFFFFFF)
        assert code_of(bytes(data)) == ErrorCode.PHOTO_BROKEN


class TestDamage:
    @pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 0.95])
    def test_truncated_is_broken(self, share: float) -> None:
        data = heic("leaf")
        assert code_of(data[: int(share * len(data))]) == ErrorCode.PHOTO_BROKEN

    @given(data=st.data(), name=st.sampled_from(["quadrants_6", "alpha", "sequence", "ten_bit", "grid"]))
    @settings(max_examples=400)
    def test_is_refused_or_survived(self, data: st.DataObject, name: str) -> None:
        photo = grid_heic(2, 2, (600, 600)) if name == "grid" else heic(name)
        check_refused_or_survived(damaged(data, photo))


def test_importing_decodes_nothing_and_registers_nothing() -> None:
    script = "from PIL import Image; import majani.image.decode; assert 'HEIF' not in Image.OPEN"
    subprocess.run([sys.executable, "-c", script], check=True)
