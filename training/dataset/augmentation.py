"""Random changes to training photos; the only module that knows albumentations.

Each stands for something that happens in a field: the leaf framed differently, held at any angle, in shade or glare,
by a cheap lens, sent over a messenger that compresses.
"""

import os
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

# Its import otherwise asks the network for a newer release.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

import albumentations as A  # noqa: N812 - the library's customary name, after the setting above
import cv2

from majani.image.decode import Pixels
from training.settings import Phase


def training_augmentation(phase: Phase, *, seed: int) -> Callable[[Pixels], Pixels]:
    """Augmentation of one phase, from ``(H, W, 3)`` uint8 to ``(side_px, side_px, 3)`` uint8."""
    side_px = phase.side_px
    pipeline = A.Compose(
        [
            A.RandomResizedCrop(size=(side_px, side_px), scale=(phase.min_crop_area, 1.0), ratio=(0.75, 1.333)),
            A.SquareSymmetry(p=0.75),
            A.Affine(rotate=(-30, 30), shear=(-8, 8), p=0.25, border_mode=cv2.BORDER_REFLECT_101),
            A.OneOf(
                [
                    A.RandomBrightnessContrast(brightness_limit=(-0.4, 0.35), contrast_limit=0.3),
                    A.RandomGamma(gamma_limit=(55, 180)),
                    A.RandomShadow(),
                ],
                p=0.6,
            ),
            A.HueSaturationValue(hue_shift_limit=8, sat_shift_limit=30, val_shift_limit=15, p=0.4),
            A.OneOf(
                [
                    A.GaussianBlur(blur_limit=(3, 5)),
                    A.MotionBlur(blur_limit=(3, 5)),
                    A.Downscale(scale_range=(0.5, 0.9)),
                    A.GaussNoise(std_range=(0.02, 0.08)),
                    A.ImageCompression(quality_range=(40, 90)),
                ],
                p=0.3,
            ),
        ],
        seed=seed,
    )

    def augment(pixels: Pixels) -> Pixels:
        changed: npt.NDArray[np.uint8] = pipeline(image=pixels)["image"]
        return changed

    return augment
