"""Photos decoded once, and the leaves found in them, each kept in one memory-mapped array."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image
from tqdm import tqdm

from majani.image.decode import Pixels, decode
from majani.model.bundle import sha256_hex
from training.artifacts.files import RAW_DIR
from training.dataset.background import MASK_SIDE_PX, leaf_mask
from training.fingerprint import code_fingerprint

# Larger than any phase, so that random crops still have pixels to choose from.
CACHE_SIDE_PX = 256


def open_pixels(photos: pd.DataFrame, *, directory: Path) -> npt.NDArray[np.uint8]:
    """All photos of a table, squashed to a square as the shipped graph does; decoded once and kept on disk.

    Returns:
        Read-only ``(N, 256, 256, 3)`` uint8, in the table's order.
    """
    key = _key(*photos["sha256"])
    path = directory / f"pixels-{key}.npy"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        shape = (len(photos), CACHE_SIDE_PX, CACHE_SIDE_PX, 3)
        array = np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.uint8, shape=shape)
        for index, photo in enumerate(tqdm(photos["photo"], desc="decode", unit="photo")):
            array[index] = to_square(decode((RAW_DIR / str(photo)).read_bytes()), CACHE_SIDE_PX)
        array.flush()
        unfinished.rename(path)
    pixels: npt.NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return pixels


def open_masks(photos: pd.DataFrame, pixels: npt.NDArray[np.uint8], *, directory: Path) -> npt.NDArray[np.uint8]:
    """Where the leaf is in each laboratory photo of a table, found once and kept on disk.

    Returns:
        Read-only ``(N, 128, 128)`` uint8, see :func:`training.dataset.background.leaf_mask`; 0 for all other photos.
    """
    key = _key(*photos["sha256"], *photos["domain"])
    path = directory / f"masks-{key}.npy"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        array = np.lib.format.open_memmap(
            unfinished, mode="w+", dtype=np.uint8, shape=(len(photos), MASK_SIDE_PX, MASK_SIDE_PX)
        )
        for index in tqdm(np.flatnonzero(photos["domain"] == "lab"), desc="leaf masks", unit="photo"):
            array[index] = leaf_mask(pixels[index])
        array.flush()
        unfinished.rename(path)
    masks: npt.NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return masks


def _key(*parts: str) -> str:
    """Names what is kept by what it was made from; after a change of the code that makes it, it is made anew."""
    code = code_fingerprint("majani.image.container", "majani.image.decode", "training.dataset.background", __name__)
    return sha256_hex("".join([*parts, code]).encode())[:16]


def to_square(pixels: Pixels, side_px: int) -> Pixels:
    """The photo as a square, aspect given up, antialiased."""
    picture = Image.fromarray(pixels).resize((side_px, side_px), Image.Resampling.BILINEAR)
    return np.asarray(picture, dtype=np.uint8)
