"""What all walks through screens share: languages, sizes and colours to see them in, and pictures for documents."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import click
from playwright.sync_api import Browser, Page

from benchmarks.phone_app.browser import DESKTOP, PHONE, phone

# Chromium's own camera, which shows a picture of its own and asks nobody.
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE},
    "desktop": {"viewport": DESKTOP, "is_mobile": False, "has_touch": False},
}


# Language, device and colour scheme. For tests, each once: what a screen breaks in one, it seldom mends in another.
Way: TypeAlias = tuple[str, str, str]
EACH_ONCE: tuple[Way, ...] = (("ar", "phone", "dark"), ("en", "desktop", "light"))
# For documents, a language written from the left and one from the right, on both devices.
LIGHT: tuple[Way, ...] = tuple((language, device, "light") for language in ("en", "ar") for device in DEVICES)


def each_page(browser: Browser, ways: Sequence[Way] = EACH_ONCE, **options: object) -> Iterator[tuple[Page, str, str]]:
    """An empty page for each way, with its language and how the names of its pictures begin."""
    for language, device, scheme in ways:
        context = phone(browser, **DEVICES[device], **options, device_scale_factor=1, color_scheme=scheme)
        try:
            yield context.new_page(), language, f"{language}_{device}"
        finally:
            context.close()


@contextmanager
def album(prog: str, description: str | None) -> Iterator[tuple[Path, list[str]]]:
    """The folder that the command line names, and a list for what axe finds, which is printed in the end."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/screenshots"))
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    found: list[str] = []
    yield folder, found
    click.echo("\n".join([*found, f"{len(found)} violations"]))
