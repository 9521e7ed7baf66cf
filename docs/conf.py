"""How Sphinx makes a site of these pages: ``make site``. Nothing is fetched from elsewhere when the site is read."""

import re
from pathlib import Path

from sphinx.application import Sphinx

from majani.text.example_photos import LIST_FILE, ExamplePhotos

project = "Majani"
html_title = "Majani"
html_favicon = "../serving/static/leaf.svg"
html_theme = "furo"
html_show_sphinx = False
extensions = ["myst_parser"]
# Headings are linked to by what they say.
myst_heading_anchors = 3
# Their headings begin at the level at which they are included.
suppress_warnings = ["myst.header"]

# Written by `majani-train example-photos`; photos are not in the repository.
_EXAMPLES = Path(__file__).parents[1] / "build/examples"
_PHOTOS = re.compile(r"<!-- photos: (.+?) -->")


def _show_photos(_app: Sphinx, page: str, source: list[str]) -> None:
    """Real photos with their credit in place of comments such as ``<!-- photos: bean.rust -->``, if there are any."""
    listed = _EXAMPLES / LIST_FILE
    if not listed.exists():
        return
    examples = ExamplePhotos.model_validate_json(listed.read_bytes())
    folder = "../" * (page.count("/") + 1) + "build/examples"

    def show(comment: re.Match[str]) -> str:
        return "\n\n".join(
            f"![{condition}]({folder}/{photo.file})\n*{condition}: {', '.join(of.authors)}, [{of.title}]({of.home}), "
            f"[{of.licence}]({of.licence_link})*"
            for condition in comment[1].split(", ")
            for photo in examples.photos.get(condition, ())[:1]
            for of in (examples.sources[photo.source],)
        )

    source[0] = _PHOTOS.sub(show, source[0])


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _show_photos)
