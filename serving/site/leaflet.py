"""What to do about one condition as one page to print and hand out, on the web or as a PDF.

``python -m serving.site.leaflet tomato.late_blight --language ar --output leaflet.pdf`` needs the extra ``leaflet``;
the page at ``/leaflets/<condition>`` does not. Both are the same page, with the same advice.
"""

import re
import sys
from functools import cache
from pathlib import Path
from typing import BinaryIO

import click
from jinja2 import Environment, FileSystemLoader
from PIL import ImageFile

from majani.errors import MajaniError
from majani.model.bundle import read_bundle
from majani.taxonomy import HEALTHY
from majani.text.advice import Advice, Product
from majani.text.example_photos import ExamplePhotos
from serving.i18n.catalogue import load_catalogues
from serving.i18n.examples import NO_EXAMPLES, find_examples
from serving.i18n.phrasing import Wording
from serving.i18n.texts import LANGUAGES_DIR, read_adviser
from serving.settings import Office, Settings

_HERE = Path(__file__).parents[1]
_STATIC = "static/"
_USED_SIGN = re.compile(rf'<use href="{_STATIC}signs\.svg#(\w+)"[^>]*/>')


def write_page(
    advice: Advice,
    wording: Wording,
    examples: ExamplePhotos = NO_EXAMPLES,
    *,
    static: str = _STATIC,
    photos: str = "",
    office: Office | None = None,
) -> str:
    """The leaflet as HTML; ``static`` and ``photos`` tell where styles and examples lie, with a slash at the end."""
    # Where there is a sentence about products, it says as much; a healthy plant needs neither.
    has_caution = advice.product is Product.NONE and not advice.id.endswith(f".{HEALTHY}")
    content = {"advice": advice, "has_caution": has_caution, "words": wording, "say": wording.say, "office": office}
    for photo in examples.photos.get(advice.id, ())[:1]:
        content |= {"photo": f"{photos}{photo.file}", "credit": examples.sources[photo.source]}
    return _templates().get_template("leaflet.html").render(content, language=wording.language, static=static)


def write_pdf(page: str) -> bytes:
    """Print a page of :func:`write_page` with the default ``static``; needs the extra ``leaflet`` and Pango."""
    # Only here, because the service does without it.
    from weasyprint import HTML  # noqa: PLC0415

    # Its import makes Pillow fill up half a photo with grey, in the whole process; here half a photo is an error.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    # WeasyPrint draws nothing that lies in another file.
    page = _USED_SIGN.sub(lambda used: _signs()[used[1]], page)
    return bytes(HTML(string=page, base_url=str(_HERE / "leaflet.html")).write_pdf())


@click.command()
@click.argument("condition_id", metavar="CONDITION")
@click.option("--language", "tag", default="en", show_default=True, help="Tag of the language, such as sw.")
@click.option("--output", required=True, type=click.File("wb", lazy=True), help="PDF to write; '-' for stdout.")
def main(condition_id: str, tag: str, output: BinaryIO) -> None:
    """Write what to do about CONDITION, such as tomato.late_blight, as one page to print."""
    settings = Settings.from_environment()
    try:
        adviser = read_adviser(settings.texts_dir, read_bundle(settings.bundle).manifest)
        catalogues = load_catalogues(settings.texts_dir / LANGUAGES_DIR)
        if tag not in adviser.languages:
            raise click.BadParameter(f"choose from {', '.join(adviser.languages)}", param_hint="--language")
        wording = Wording(adviser.languages[tag], catalogues[tag])
        advice, photos = adviser.advise(condition_id, wording.language), settings.examples_dir.absolute()
        page = write_page(advice, wording, find_examples(photos), photos=f"{photos.as_uri()}/", office=settings.office)
    except MajaniError as error:
        click.echo(f"error: {error.code}: {error}", err=True)
        sys.exit(1)
    output.write(write_pdf(page))


@cache
def _signs() -> dict[str, str]:
    drawn = (_HERE / "static/signs.svg").read_text(encoding="utf-8")
    return dict(re.findall(r'<symbol id="(\w+)"[^>]*>(.*?)</symbol>', drawn, re.DOTALL))


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)


if __name__ == "__main__":
    main()
