"""The operator's districts, for the pages that name places."""

from typing import cast

from flask import Flask, current_app

from serving.overview.boundaries import Boundaries

_KEY = "majani_boundaries"


def init_boundaries(app: Flask, boundaries: Boundaries) -> None:
    """Make ``boundaries`` available to the views of ``app``."""
    app.extensions[_KEY] = boundaries


def boundaries() -> Boundaries:
    """The boundaries of the app that handles the current request."""
    return cast(Boundaries, current_app.extensions[_KEY])
