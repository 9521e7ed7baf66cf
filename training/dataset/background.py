"""Leaves of laboratory photos put before other backgrounds, so that the network cannot learn the table they lay on.

A handful of background pixels is enough to tell half of PlantVillage's classes apart (Noyan 2022,
https://arxiv.org/abs/2206.04374): its folders were photographed on different days.
"""

import cv2
import numpy as np
import numpy.typing as npt

from majani.image.decode import Pixels

MASK_SIDE_PX = 128
# Chroma further than this from that of the photo's edge is taken for leaf at first; Lab units of OpenCV.
_FIRST_DISTANCE = 14
_ROUNDS = 3
_EDGE_PX = 3
# Shares of the photo. A leaf smaller than this was not found, a larger one leaves no background worth replacing.
_MIN_LEAF, _MAX_LEAF = 0.08, 0.85
# Share of the photo's rim that a leaf which lies on a table may cover: a stalk does, a leaf that fills the photo more.
_MAX_RIM = 0.15


def leaf_mask(pixels: Pixels) -> npt.NDArray[np.uint8]:
    """Where the leaf is in a photo of one leaf on a plain ground.

    Returns:
        ``(128, 128)`` uint8, 255 on the leaf; all 0 if leaf and ground cannot be told apart safely.
    """
    small = cv2.resize(pixels, (MASK_SIDE_PX, MASK_SIDE_PX), interpolation=cv2.INTER_AREA)
    chroma = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 1:].astype(np.float32)
    rim = _rim()
    distance = np.linalg.norm(chroma - np.median(chroma[rim], axis=0), axis=-1)
    marks = np.where(distance > _FIRST_DISTANCE, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    nothing = np.zeros((MASK_SIDE_PX, MASK_SIDE_PX), dtype=np.uint8)
    if not _MIN_LEAF <= float((marks == cv2.GC_PR_FGD).mean()) <= _MAX_LEAF:
        return nothing
    everything = (0, 0, MASK_SIDE_PX, MASK_SIDE_PX)
    cv2.grabCut(small, marks, everything, np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_MASK)
    leaf = _largest_part(np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8))
    if not _MIN_LEAF <= float(leaf.mean()) <= _MAX_LEAF or float(leaf[rim].mean()) > _MAX_RIM:
        return nothing
    return leaf * np.uint8(255)


def replace_background(pixels: Pixels, mask: npt.NDArray[np.uint8], background: Pixels) -> Pixels:
    """The leaf of a :func:`leaf_mask` before another photo of the same size, ``(S, S, 3)`` uint8."""
    side = pixels.shape[0]
    # Enlarging makes the edge soft, as a lens would.
    share = cv2.resize(mask, (side, side), interpolation=cv2.INTER_LINEAR).astype(np.float32)[..., None] / 255
    return np.round(pixels * share + background * (1 - share)).astype(np.uint8)


def _largest_part(leaf: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(leaf)
    if count > 1:
        leaf = (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    return cv2.morphologyEx(leaf, cv2.MORPH_CLOSE, np.ones((5, 5), dtype=np.uint8)).astype(np.uint8)


def _rim() -> npt.NDArray[np.bool_]:
    rim = np.ones((MASK_SIDE_PX, MASK_SIDE_PX), dtype=bool)
    rim[_EDGE_PX:-_EDGE_PX, _EDGE_PX:-_EDGE_PX] = False
    return rim
