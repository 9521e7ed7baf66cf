"""What all walks through screens share: languages, sizes and colours to see them in, and pictures for documents."""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import click
from playwright.sync_api import Browser, Page

from benchmarks.phone_app.audit import violations
from benchmarks.phone_app.browser import DESKTOP, PHONE, launch, phone

# Chromium's own camera, which shows a picture of its own and asks nobody.
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE},
    "desktop": {"viewport": DESKTOP, "is_mobile": False, "has_touch": False},
}


# Language, device and colour scheme. For tests, each once: what a screen breaks in one, it seldom mends in another.
Way: TypeAlias = tuple[str, str, str]
EACH_ONCE: tuple[Way, ...] = (("ar", "phone", "dark"), ("en", "desktop", "light"))
# For documents, a language written from the left and one from the right.
LIGHT: tuple[Way, ...] = (("en", "phone", "light"), ("en", "desktop", "light"), ("ar", "phone", "light"))
# What documents show of all screens that are walked through; beside the two of ``shop_window``.
SHOWN = {
    "en_phone": (
        *("ask", "camera", "answer_condition", "visit"),
        *("desk_queue", "desk_case"),
    ),
    "en_desktop": ("desk_case", "desk_agreement", "desk_overview"),
    "ar_phone": ("answer_uncertain", "desk_queue"),
}

_SMALL_OR_WIDE = """([within, touched]) => {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) found.push(`${document.documentElement.scrollWidth} px wide`);
  const isSeen = one => one.checkVisibility({ checkOpacity: true }) && one.getBoundingClientRect().width > 1;
  for (const one of document.querySelectorAll(`:is(${within}) *`)) {
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== "");
    if (!own || !isSeen(one)) continue;
    // A drawing is scaled, and what is written in it with it.
    const matrix = one instanceof SVGElement ? one.getScreenCTM() : null;
    const size = parseFloat(getComputedStyle(one).fontSize) * (matrix ? matrix.a : 1);
    if (size < (matrix ? 12 : 16)) found.push(`small, ${size} px: ${one.outerHTML.slice(0, 80)}`);
  }
  for (const one of document.querySelectorAll(`button, select, summary, ${touched}`)) {
    const { width, height } = one.getBoundingClientRect();
    const isTiny = isSeen(one) && (height < 44 || width < 44);
    if (isTiny) found.push(`${width} x ${height}: ${one.outerHTML.slice(0, 80)}`);
  }
  return found;
}"""


def small_or_wide(page: Page, within: str, touched: str) -> list[str]:
    """What is wider than the screen, too small to read in these elements, or too small for a thumb."""
    found: list[str] = page.evaluate(_SMALL_OR_WIDE, [within, touched])
    return found


def each_page(browser: Browser, ways: Sequence[Way] = EACH_ONCE, **options: object) -> Iterator[tuple[Page, str, str]]:
    """An empty page for each way, with its language and how the names of its pictures begin."""
    for language, device, scheme in ways:
        with phone(browser, **DEVICES[device], **options, device_scale_factor=1, color_scheme=scheme) as context:
            yield context.new_page(), language, f"{language}_{device}"


def write_album(
    prog: str,
    description: str | None,
    walk: Callable[[Browser, Path, Callable[[Page, str], None]], None],
    take: Callable[[Page, Path], None],
) -> None:
    """Take the pictures that documents show into the folder that the command line names; print what axe finds."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/screenshots"))
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    found: list[str] = []

    def look(page: Page, name: str) -> None:
        if any(name.removeprefix(f"{seen_as}_") in names for seen_as, names in SHOWN.items()):
            take(page, folder / f"{name}.jpg")
        found.extend(f"{name}: {violation}" for violation in violations(page))

    with tempfile.TemporaryDirectory(prefix="majani-screens-") as work, launch(*CAMERA) as browser:
        walk(browser, Path(work), look)
    click.echo("\n".join([*found, f"{len(found)} violations"]))
