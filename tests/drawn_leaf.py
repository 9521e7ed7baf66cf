"""Draws leaves with spots, for screenshots and for photos that need no permission."""

from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Colour: TypeAlias = tuple[int, int, int]
Look: TypeAlias = tuple[Colour, int]

# Blade and spots of leaves that the tiny bundle calls healthy, rust, and neither.
HEALTHY: Look = ((50, 170, 45), 0)
RUST: Look = ((215, 75, 45), 30)
DOUBTFUL: Look = ((105, 135, 60), 20)
_SOIL: Colour = (104, 84, 66)


def drawn_leaf(
    colour: Colour,
    *,
    spots: int = 0,
    spot_colour: Colour = (110, 60, 30),
    size: tuple[int, int] = (720, 540),
    seed: int = 0,
) -> Image.Image:
    """A leaf of this colour on soil."""
    width, height = size
    chance = np.random.default_rng(seed)
    image = Image.new("RGB", size, _SOIL)
    blade = Image.new("RGB", size, colour)
    draw = ImageDraw.Draw(blade)
    vein: Colour = (min(colour[0] + 40, 255), min(colour[1] + 40, 255), min(colour[2] + 40, 255))
    draw.line([(0.08 * width, 0.5 * height), (0.93 * width, 0.5 * height)], vein, 6)
    for place in np.linspace(0.18, 0.8, 8):
        for side in (-1, 1):
            end = ((place + 0.13) * width, (0.5 + side * 0.4) * height)
            draw.line([(place * width, 0.5 * height), end], vein, 3)
    for x, y, radius in zip(
        chance.uniform(0.2, 0.8, spots), chance.normal(0.5, 0.14, spots), chance.uniform(6, 22, spots), strict=True
    ):
        for grown, shade in ((1.5, (205, 180, 70)), (1.0, spot_colour)):
            reach = radius * grown
            draw.ellipse([x * width - reach, y * height - reach, x * width + reach, y * height + reach], shade)
    outline = Image.new("L", size, 0)
    points = [(place, 0.42 * np.sin(np.pi * place) ** 0.8) for place in np.linspace(0, 1, 60)]
    edge = [((0.06 + 0.88 * x) * width, (0.5 + y) * height) for x, y in points]
    edge += [((0.06 + 0.88 * x) * width, (0.5 - y) * height) for x, y in reversed(points)]
    ImageDraw.Draw(outline).polygon(edge, fill=255)
    image.paste(blade, mask=outline)
    turned = image.rotate(chance.uniform(-25, 25), Image.Resampling.BICUBIC, fillcolor=_SOIL)
    soft = np.asarray(turned.filter(ImageFilter.GaussianBlur(1)), dtype=np.float64)
    # Enough grain to count as sharp, and light from one side.
    light = np.linspace(1.06, 0.9, width)[np.newaxis, :, np.newaxis]
    grain = chance.normal(0, 9, (height, width, 1))
    return Image.fromarray((soft * light + grain).clip(0, 255).astype(np.uint8))
