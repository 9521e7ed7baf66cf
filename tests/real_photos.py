"""Real leaves of the mirror that farmers' answers are held to: one of each kind, of a folder the first by name.

From folders set aside for tests where a source has them. The labels are the sources' own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Truth, by folder.
_KINDS = {
    "ibean/test/angular_leaf_spot": "bean.angular_leaf_spot",
    "ibean/test/bean_rust": "bean.rust",
    "ibean/test/healthy": "bean.healthy",
    "bean_eastafrica/angular_leaf_spot": "bean.angular_leaf_spot",
    "bean_eastafrica/bean_rust": "bean.rust",
    "maize_armyworm/no_fall_armyworm": "maize.healthy",
    "plantdoc/test/Corn leaf blight": "maize.northern_leaf_blight",
    "plantdoc/test/Corn rust leaf": "maize.common_rust",
    "plantdoc/test/Corn Gray leaf spot": "maize.gray_leaf_spot",
    "plantdoc/test/Tomato leaf": "tomato.healthy",
    "plantdoc/test/Tomato leaf late blight": "tomato.late_blight",
    "plantdoc/test/Tomato Septoria leaf spot": "tomato.septoria_leaf_spot",
    "tomato_sylhet/healthy": "tomato.healthy",
    "tomato_sylhet/early_blight": "tomato.early_blight",
    "tomato_sylhet/late_blight": "tomato.late_blight",
    "plantdoc/test/Potato leaf early blight": "potato.early_blight",
    "plantdoc/test/Potato leaf late blight": "potato.late_blight",
    "potato_pld/early_blight": "potato.early_blight",
    "potato_pld/late_blight": "potato.late_blight",
    "potato_pld/healthy": "potato.healthy",
    "bracol/rust": "coffee.rust",
    "bracol/leaf_miner": "coffee.leaf_miner",
    "coffee_conilon/leaf_miner": "coffee.leaf_miner",
    "coffee_conilon/healthy": "coffee.healthy",
    "mangoleafbd/test/anthracnose": "mango.anthracnose",
    "banana/sigatoka": "banana.sigatoka",
    "citrus/greening": "citrus.greening",
    "citrus/canker": "citrus.canker",
    "orchard_apple/scab": "apple.scab",
    "orchard_apple/rust": "apple.cedar_apple_rust",
    "plantdoc/test/Apple rust leaf": "apple.cedar_apple_rust",
    "plantdoc/test/grape leaf": "grape.healthy",
    "plantdoc/test/grape leaf black rot": "grape.black_rot",
    "groundnut/late_leaf_spot": "groundnut.late_leaf_spot",
    "groundnut/rust": "groundnut.rust",
    "chilli/murda_complex_mites_trips": "chilli.murda_complex",
    "sugarcane/red_rot": "sugarcane.red_rot",
    "blackgram/yellow_mosaic": "blackgram.yellow_mosaic",
}
ARMYWORM, ARMYWORM_FOLDER = "maize.fall_armyworm", "maize_armyworm/fall_armyworm"
ARMYWORMS = 2


class RealPhoto(NamedTuple):
    """A leaf, its crop, and what its source says that it has."""

    file: Path
    crop: str
    truth: str


def real_photos(mirror: Path) -> Iterator[RealPhoto]:
    """Forty: of those with armyworm a bundle need not know the truth."""
    for folder, truth in _KINDS.items():
        yield _nth(mirror, folder, truth)
    for at in range(ARMYWORMS):
        yield _nth(mirror, ARMYWORM_FOLDER, ARMYWORM, at)


def _nth(mirror: Path, folder: str, truth: str, at: int = 0) -> RealPhoto:
    return RealPhoto(sorted((mirror / folder).glob("*.jpg"))[at], truth.partition(".")[0], truth)
