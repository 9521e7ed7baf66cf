"""Answers as notebooks show them, read as a browser reads them."""

from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from majani.decision.diagnoser import Diagnoser
from majani.decision.wording import describe_diagnosis
from majani.model.bundle import Bundle
from tests.pictures import PictureFactory
from tests.tiny_bundle import tiny_bundle

ROOT = Path(__file__).parents[3]
MAX_BYTES = 200_000


class Page(HTMLParser):
    """Its elements, its text, and its pictures, decoded."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.text = ""
        self.pictures: list[Image.Image] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if source := dict(attributes).get("src"):
            head, _, content = source.partition(",")
            assert head == "data:image/jpeg;base64"
            self.pictures.append(Image.open(BytesIO(b64decode(content, validate=True))))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.mirror
@pytest.mark.parametrize("count", [1, 5])
def test_real_photos_have_their_answer_and_pictures(mirror: Path, count: int) -> None:
    shipped = Diagnoser.from_pretrained(ROOT / "models/current")
    paths = sorted(mirror.glob("ibean/test/bean_rust/*.jpg"))[:count]
    examination = shipped.examine(paths, "bean")
    html = examination._repr_html_()
    page = Page(html)
    assert len(html) < MAX_BYTES
    assert page.elements == {"img", "pre", "b"}
    names = [f"Photo {number}" for number in range(1, count + 1)]
    assert page.text.splitlines() == describe_diagnosis(examination.diagnosis, photo_names=names)
    assert len(page.pictures) == count
    assert page.text == Page(examination.diagnosis._repr_html_()).text
    heatmap = examination.evidence[0].heatmap
    assert heatmap is not None
    shown = np.asarray(page.pictures[0]).astype(int)
    place = np.array(np.unravel_index(heatmap.argmax(), heatmap.shape)) + 0.5
    row, column = (place * shown.shape[:2] / heatmap.shape).astype(int)
    assert shown[row, column].argmax() == 2, "blue where the evidence is strongest"


def test_noise_stays_small(diagnoser: Diagnoser) -> None:
    photos = [*np.random.default_rng(7).integers(0, 256, (5, 600, 600, 3), dtype=np.uint8)]
    for count in (1, 5):
        assert len(diagnoser.examine(photos[:count])._repr_html_()) < MAX_BYTES


def test_a_bundle_cannot_put_markup_into_a_page(pictures: PictureFactory) -> None:
    bundle, name = tiny_bundle(), "<script>alert('&')</script>"
    classes = tuple(entry.model_copy(update={"name": name}) for entry in bundle.manifest.classes)
    evil = Bundle(bundle.manifest.model_copy(update={"classes": classes}), bundle.model)
    page = Page(Diagnoser(evil).examine(pictures.red())._repr_html_())
    assert page.elements == {"img", "pre", "b"}
    assert name in page.text


def test_photos_that_were_not_used_are_shown_if_they_can_be(diagnoser: Diagnoser, pictures: PictureFactory) -> None:
    photos = ["absent.jpg", pictures.gif(), pictures.dark(), pictures.red(), pictures.red()]
    page = Page(diagnoser.examine(photos)._repr_html_())
    assert len(page.pictures) == 3
