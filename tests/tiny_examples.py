"""Example photos for the tiny bundle: drawn ones, of conditions that it confuses."""

from pathlib import Path

from majani.text.example_photos import ExampleSource
from tests.drawn_leaf import drawn_leaf
from tests.picture_files import encoded
from training.release.example_photos import write

_LEAVES = {"bean.rust": (215, 75, 45), "bean.angular_leaf_spot": (140, 130, 60), "bean.healthy": (50, 170, 45)}
_CREDIT = ExampleSource(
    title="Drawn leaves",
    authors=("A. Drawer", "B. Drawer"),
    home="https://example.org/drawn",
    licence="CC0 1.0",
    licence_link="https://creativecommons.org/publicdomain/zero/1.0/",
)


def write_tiny_examples(directory: Path) -> Path:
    """Write the folder."""
    photos = [
        (condition, "drawn", encoded(drawn_leaf(colour, spots=9, seed=seed)))
        for condition, colour in _LEAVES.items()
        for seed in (1, 2)
    ]
    write(directory, photos, {"drawn": _CREDIT})
    return directory
