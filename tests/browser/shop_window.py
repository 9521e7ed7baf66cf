"""What a stranger sees first: a real leaf, the running bundle, and one case from the question to the expert's word.

python -m tests.browser.shop_window [PHOTO]

It writes ``docs/screenshots/readme.jpg`` and ``recording.webp``. The photo has to leave the bundle unsure, or there is
nothing for an expert to settle; PHOTO may be one of :data:`CROP` whose licence lets it be shown. By default it is a
test photo of iBean (Makerere AI Lab, MIT) in the mirror (MAJANI_MIRROR), which no network has learned.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import click
import requests
from PIL import Image
from playwright.sync_api import Page

from benchmarks.harness.service import ROOT
from benchmarks.phone_app.browser import launch, phone
from benchmarks.phone_app.service import Service, run_service
from benchmarks.phone_app.walk import ask, choose, get_ready, kept_cases, name_crop, open_app
from tests.browser.app.steps import wait_for_examples

LEAF = "ibean/test/angular_leaf_spot/angular_leaf_spot_test.36.jpg"
CROP, TRUTH = "bean", "bean.angular_leaf_spot"
MAX_PICTURE_BYTES, MAX_RECORDING_BYTES = 300_000, 1_000_000
# Of the phone's screen in points: sharp where the README shows three beside each other.
_SCALE = 1.5
_FRAME_MS = 2_500
_MARGIN, _AROUND = 20, (221, 230, 218)


def screens(page: Page, service: Service, leaf: Path) -> list[bytes]:
    """Walk one case from the question to the expert's word: eight screens."""
    seen: list[bytes] = []

    def look(place: str = "main h1") -> None:
        """Take the screen with this at its top."""
        page.locator(place).first.evaluate(
            "one => { document.activeElement.blur(); one.scrollIntoView(); scrollBy(0, -16); }"
        )
        page.wait_for_timeout(400)
        seen.append(page.screenshot())

    page.set_default_timeout(120_000)
    open_app(page, service.url)
    get_ready(page)
    wait_for_examples(page, 100)
    look()
    choose(page, [leaf])
    name_crop(page, CROP)
    look()
    page.locator("#consent").check()
    look("#consent")
    ask(page)
    diagnosis = kept_cases(page)[-1]["diagnosis"]
    if diagnosis["outcome"] != "uncertain" or page.locator(".candidates").count() == 0:
        raise SystemExit(f"{leaf.name}: the running bundle is sure ({diagnosis['outcome']}); name another photo")
    look(".answer")
    look(".candidates")
    look(".practices")
    # Beside a question there is no room for it.
    if not page.locator("[data-do=ask-expert]").is_visible():
        page.locator("details.kept > summary").tap()
    page.locator("[data-do=ask-expert]").tap()
    page.locator("[data-expert=asked]").wait_for()
    look("[data-expert=asked]")
    _review(page, service)
    # Closer together, two contacts are one (`web/src/store/expert.ts`).
    page.wait_for_timeout(2_000)
    page.reload()
    page.locator(".expert[data-verdict=condition]").wait_for()
    look(".expert")
    return seen


def _review(page: Page, service: Service) -> None:
    """An expert says at the desk what the photo's publisher says it shows."""
    while not (found := service.rows("SELECT public_id FROM cases")):
        page.wait_for_timeout(500)
    answer = requests.post(
        f"{service.url}/desk/cases/{found[0][0]}",
        headers={"Authorization": f"Bearer {service.make_token()}"},
        data={"label": TRUTH, "remark": "undersides"},
        allow_redirects=False,
        timeout=60,
    )
    answer.raise_for_status()


def side_by_side(screens: Sequence[bytes]) -> Image.Image:
    """Screens of one size, with a margin around each."""
    opened = [Image.open(BytesIO(screen)) for screen in screens]
    width, height = opened[0].size
    sheet = Image.new("RGB", (_MARGIN + (width + _MARGIN) * len(opened), height + 2 * _MARGIN), _AROUND)
    for number, screen in enumerate(opened):
        sheet.paste(screen, (_MARGIN + number * (width + _MARGIN), _MARGIN))
    return sheet


def recording(frames: list[bytes]) -> bytes:
    """The screens one after the other, in the size of the phone's points, as an animated WebP."""
    pictures = [Image.open(BytesIO(frame)).convert("RGB") for frame in frames]
    small = [one.resize((one.width * 2 // 3, one.height * 2 // 3), Image.Resampling.LANCZOS) for one in pictures]
    written = BytesIO()
    small[0].save(
        written, "WEBP", save_all=True, append_images=small[1:], duration=_FRAME_MS, loop=0, quality=70, method=4
    )
    return written.getvalue()


def main() -> None:
    """Write the picture and the recording."""
    leaf = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(os.environ["MAJANI_MIRROR"], LEAF)
    with (
        tempfile.TemporaryDirectory(prefix="majani-window-") as work,
        launch() as browser,
        run_service(Path(work), examples=ROOT / "data/examples") as service,
    ):
        seen = screens(phone(browser, device_scale_factor=_SCALE).new_page(), service, leaf)
    picture = BytesIO()
    side_by_side([seen[3], seen[5], seen[7]]).save(picture, "JPEG", quality=75, optimize=True)
    for name, content, most in (
        ("readme.jpg", picture.getvalue(), MAX_PICTURE_BYTES),
        ("recording.webp", recording(seen), MAX_RECORDING_BYTES),
    ):
        click.echo(f"{name}: {len(content)} bytes")
        if len(content) > most:
            raise SystemExit(f"{name} is larger than {most} bytes")
        (ROOT / "docs/screenshots" / name).write_bytes(content)


if __name__ == "__main__":
    main()
