"""The picture at the head of the README: a leaf is asked about, named, and another one is not.

python -m tests.browser.readme_picture [docs/screenshots/readme.jpg]

The leaves are drawn and the bundle is the tests' own: no photograph leaves the machine with it.
"""

import argparse
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from benchmarks.phone_app.browser import launch, phone
from benchmarks.phone_app.service import run_service
from benchmarks.phone_app.walk import ask, choose, get_ready, open_app
from benchmarks.serving_speed.server import prepare_database
from majani.model.bundle import write_bundle
from tests.browser.app.steps import go
from tests.drawn_leaf import drawn_leaf
from tests.picture_files import encoded
from tests.tiny_bundle import tiny_bundle

# Colour of the blade and number of spots. The tests' own bundle knows colours only; here less red is enough for rust.
_RUSTY, _DOUBTFUL = ((140, 150, 60), 30), ((81, 126, 55), 8)
_FOLLOWS = {"bean.rust": (60.0, -28.0, -30.0)}
_GAP_PX = 40
_GROUND = (222, 229, 219)


def screens(page: Page, url: str) -> Iterator[bytes]:
    """PNGs of what is on the screen."""
    open_app(page, url)
    get_ready(page)
    for colour, spots in (_RUSTY, _DOUBTFUL):
        go(page, "")
        leaf = encoded(drawn_leaf(colour, spots=spots, seed=4))
        choose(page, [{"name": "leaf.jpg", "mimeType": "image/jpeg", "buffer": leaf}])
        if (colour, spots) == _RUSTY:
            yield page.screenshot()
        ask(page)
        yield page.screenshot()


def beside_each_other(pictures: list[bytes]) -> Image.Image:
    """One picture of several of the same height."""
    opened = [Image.open(BytesIO(one)).convert("RGB") for one in pictures]
    width = sum(one.width for one in opened) + _GAP_PX * (len(opened) + 1)
    whole = Image.new("RGB", (width, opened[0].height + 2 * _GAP_PX), _GROUND)
    left = _GAP_PX
    for one in opened:
        whole.paste(one, (left, _GAP_PX))
        left += one.width + _GAP_PX
    return whole


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.readme_picture", description=__doc__)
    parser.add_argument("picture", nargs="?", type=Path, default=Path("docs/screenshots/readme.jpg"))
    target = parser.parse_args().picture
    with tempfile.TemporaryDirectory(prefix="majani-readme-") as work, launch() as browser:
        write_bundle(tiny_bundle(_FOLLOWS), Path(work) / "bundle")
        prepare_database(Path(work))
        with run_service(Path(work), bundle=Path(work) / "bundle") as service:
            context = phone(browser, locale="en")
            whole = beside_each_other(list(screens(context.new_page(), service.url)))
            context.close()
    whole.save(target, quality=80)


if __name__ == "__main__":
    main()
