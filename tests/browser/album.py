"""What all walks through screens share: languages, sizes and colours to see them in, and pictures for documents."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from playwright.sync_api import Browser, Page

from benchmarks.phone_app.browser import DESKTOP, PHONE, phone

# Written from the left, and from the right.
LANGUAGES = ("en", "ar")
SCHEMES = ("light", "dark")
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE},
    "desktop": {"viewport": DESKTOP, "is_mobile": False, "has_touch": False},
}


def each_page(browser: Browser, schemes: Sequence[str] = SCHEMES) -> Iterator[tuple[Page, str, str]]:
    """An empty page for every language and device, with its language and how the names of its pictures begin.

    Each scheme is seen with each language and with each device, but not with each of both.
    """
    for row, language in enumerate(LANGUAGES):
        for column, (device, options) in enumerate(DEVICES.items()):
            scheme = schemes[(row + column) % len(schemes)]
            context = phone(browser, **options, device_scale_factor=1, color_scheme=scheme)
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
