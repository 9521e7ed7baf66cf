"""Reads the build of the phone app, which ``make app`` makes from ``web/``: its files and its entry.

It is read once, at start. Without a complete build, the page is the one for phones without JavaScript.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from flask import Flask, current_app
from pydantic import BaseModel, Field, ValidationError

PAGE_FILE = "index.html"
# Written by Vite: from the names of sources to those of built files, which have a checksum in them.
NAMES_FILE = ".vite/manifest.json"

_KEY = "majani_phone_app"

logger = logging.getLogger(__name__)


class AppBuildError(Exception):
    """Something of the build is missing or cannot be read."""


@dataclass(frozen=True)
class AppBuild:
    """The files of the built phone app below an absolute folder; ``script`` is the module that begins it."""

    directory: Path
    files: frozenset[str]
    script: str
    styles: tuple[str, ...]

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read a build, or raise AppBuildError if it is not whole."""
        files = frozenset(file.relative_to(directory).as_posix() for file in directory.rglob("*") if file.is_file())
        try:
            entry = _Names.model_validate_json((directory / NAMES_FILE).read_bytes()).page
        except (OSError, ValidationError) as error:
            raise AppBuildError(f"{NAMES_FILE} is missing or does not name what {PAGE_FILE} loads") from error
        missing = sorted({entry.file, *entry.css} - files)
        if missing:
            raise AppBuildError(f"{NAMES_FILE} names {missing}, which are not there")
        return cls(directory.absolute(), files, entry.file, entry.css)


class _Entry(BaseModel):
    file: str
    css: tuple[str, ...] = ()


class _Names(BaseModel):
    page: _Entry = Field(alias=PAGE_FILE)


def find_build(directory: Path) -> AppBuild | None:
    """The build, or None where there is none that can be used; the log says so."""
    # No warning, because some operators do not want the app.
    if not (directory / PAGE_FILE).is_file():
        logger.info("the phone app is not built in %s, so there is only the page; run `make app`", directory)
        return None
    try:
        return AppBuild.read(directory)
    except AppBuildError as error:
        logger.warning("the phone app in %s cannot be used, so there is only the page: %s", directory, error)
        return None


def init_app_build(app: Flask, build: AppBuild | None) -> None:
    """Make the build available to the pages of ``app``."""
    app.extensions[_KEY] = build


def app_build() -> AppBuild | None:
    """The build of the app that handles the current request."""
    return cast(AppBuild | None, current_app.extensions[_KEY])
