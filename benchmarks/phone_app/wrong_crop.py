"""Real photos under the name of another crop: does the app promise anything about a crop that is not on them?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.phone_app.browser import SLOWDOWN, phone
from benchmarks.phone_app.walk import diagnose, ready_page

# By crop, a source whose photos show no other one.
_SOURCES = {
    "banana": "banana",
    "bean": "ibean",
    "chilli": "chilli",
    "coffee": "bracol",
    "groundnut": "groundnut",
    "sugarcane": "sugarcane",
}
# Without a common divisor with the number of crops, so that all of them are named.
_STEP = 5


@dataclass(frozen=True)
class Misnamed:
    """A photo of one crop, which the sender takes for another."""

    photo: Path
    crop: str
    named: str


def misnamed(mirror: Path, crops: Sequence[str], count: int) -> list[Misnamed]:
    """Photos of the mirror, the same ones each time, with the crops of a bundle by turns."""
    per_crop = -(-count // len(_SOURCES))
    found: list[Misnamed] = []
    for crop, source in _SOURCES.items():
        photos = sorted((mirror / source).rglob("*.jpg"))
        for photo in photos[:: len(photos) // per_crop][:per_crop]:
            others = [other for other in crops if other != crop]
            found.append(Misnamed(photo, crop, others[_STEP * len(found) % len(others)]))
    return found[:count]


def promised(browser: Browser, url: str, cases: Sequence[Misnamed]) -> list[Misnamed]:
    """Ask the app about each; returns those to which it names a condition, or says that there is none."""
    context = phone(browser)
    try:
        page = ready_page(context, url)
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        return [case for case in cases if diagnose(page, case.photo, case.named)["condition"] is not None]
    finally:
        context.close()
