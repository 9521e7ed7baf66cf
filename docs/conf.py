"""How Sphinx makes a site of these pages: ``make site``. Nothing is fetched from elsewhere when the site is read."""

import json
import re
from importlib.resources import files
from pathlib import Path

from sphinx.application import Sphinx

from majani.text.example_photos import LIST_FILE, ExamplePhotos
from serving.api.description import read_description

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

_EXAMPLES = Path(__file__).parents[1] / "data/examples"
_PHOTOS = re.compile(r"<!-- photos: (.+?) -->")


def _link_reference(_app: Sphinx, _page: str, source: list[str]) -> None:
    """A link in place of the comment: the page is made when all others are there, so no other link could be checked."""
    source[0] = source[0].replace("<!-- reference -->", '<a href="reference.html">Here it is as a page.</a>')


def _show_photos(_app: Sphinx, page: str, source: list[str]) -> None:
    """Real photos with their credit in place of comments such as ``<!-- photos: bean.rust -->``."""
    examples = ExamplePhotos.model_validate_json((_EXAMPLES / LIST_FILE).read_bytes())
    folder = "../" * (page.count("/") + 1) + "data/examples"

    def show(comment: re.Match[str]) -> str:
        return "\n\n".join(
            f"![{condition}]({folder}/{photo.file})\n*{condition}: {', '.join(of.authors)}, [{of.title}]({of.home}), "
            f"[{of.licence}]({of.licence_link})*"
            for condition in comment[1].split(", ")
            for photo in examples.photos.get(condition, ())[:1]
            for of in (examples.sources[photo.source],)
        )

    source[0] = _PHOTOS.sub(show, source[0])


def _write_reference(app: Sphinx, failure: Exception | None) -> None:
    """The API's description as one page, which fetches nothing: Swagger UI with all that it needs in the file."""
    if failure is not None or app.builder.name != "html":
        return
    ui = files("flask_swagger_ui") / "dist"
    style, script = ((ui / f"swagger-ui{name}").read_text(encoding="utf-8") for name in (".css", "-bundle.js"))
    options = {"dom_id": "#reference", "spec": read_description(), "supportedSubmitMethods": [], "validatorUrl": None}
    # Within a page, nothing else ends a script.
    written = json.dumps(options, ensure_ascii=False).replace("</", r"<\/")
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>Majani: the API</title><style>{style}</style><div id="reference"></div>'
        f"<script>{script}</script><script>SwaggerUIBundle({written})</script></html>"
    )
    (Path(app.outdir) / "reference.html").write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _show_photos)
    app.connect("source-read", _link_reference)
    app.connect("build-finished", _write_reference)
