"""Leaflets: one page A4 in every language, in letters that the reader knows, and the same advice as anywhere else."""

import importlib.util
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from majani.text.language import CAUSES
from serving.container import Services
from serving.i18n.phrasing import Wording
from serving.site.leaflet import main, write_page, write_pdf
from tests.absence import absent
from tests.serving.site.test_page import Tags

EXAMPLES = Path(__file__).parents[3] / "data/examples"
A4_PT = pytest.approx((595.3, 841.9), abs=0.5)
FONTS = {"ar": "Arabic", "bn": "Bengali", "hi": "Devanagari"}
# A page of each kind: urgent, without a cure, nothing wrong.
SHOWN = ["tomato.late_blight", "banana.panama_disease", "maize.healthy"]


@pytest.fixture(scope="module")
def printer() -> None:
    try:
        found = importlib.util.find_spec("weasyprint") is not None and write_pdf("<p>") != b""
    except OSError:
        found = False
    if not found:
        absent("leaflets need the extra 'leaflet' and Pango")


def with_photo(condition_id: str, wording: Wording, services: Services) -> str:
    advice = services.adviser.advise(condition_id, wording.language)
    return write_page(advice, wording, services.examples, photos=f"{EXAMPLES.as_uri()}/")


@pytest.mark.usefixtures("printer")
def test_leaflet_is_one_page_in_letters_of_its_script(wording: Wording, services: Services) -> None:
    """Those of conditions and of another cause with most to say, and those with a photo and most to say below it."""
    texts, own = wording.language.advice, FONTS.get(wording.language.tag, "Noto")
    longest = sorted(texts, key=lambda one: len(texts[one].model_dump_json()), reverse=True)
    others = set(FONTS.values()) - {own}
    pictured = [*[one for one in longest if one in services.examples.photos][:3], "potato.late_blight"]
    for one in {*SHOWN, *[one for one in longest if one not in CAUSES][:3], *pictured}:
        advice = services.adviser.advise(one, wording.language)
        document = pypdfium2.PdfDocument(write_pdf(with_photo(one, wording, services)))
        assert len(document) == 1, one
        assert document[0].get_size() == A4_PT
        # What a page shows can be read back letter by letter for few scripts; its outline can for all.
        assert [entry.get_title() for entry in document.get_toc()][:2] == [advice.name, wording.say("What to do today")]
        assert document.get_metadata_value("Title") == f"{advice.name} – Majani"
        letters = document[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
        fonts = {text.get_font().get_base_name() for text in letters}
        assert all("Noto-Sans" in font and not any(other in font for other in others) for font in fonts), fonts
        assert any(own in font for font in fonts)
        assert wording.language.tag in ("bn", "hi") or advice.name in document[0].get_textpage().get_text_range()
    cause = next(one for one in longest if one in CAUSES)
    assert len(pypdfium2.PdfDocument(write_pdf(with_photo(cause, wording, services)))) == 1, cause


def test_leaflet_of_another_cause_has_signs_and_what_never_to_do(client: FlaskClient) -> None:
    for cause in CAUSES:
        advice = client.get(f"/v1/advice/{cause}?language=sw").json
        tags = Tags(client.get(f"/leaflets/{cause}?language=sw").text)
        assert {*advice["signs"], *advice["today"], *advice["never"], advice["call"]} <= set(tags.texts)
        assert any(str(used.get("href", "")).endswith(f"signs.svg#{advice['sign']}") for used in tags.all("use"))
        assert any(advice["sources"][0]["title"] in text for text in tags.texts)


def test_leaflet_holds_the_advice_and_obeys_the_policy(
    wording: Wording, client: FlaskClient, services: Services
) -> None:
    tag = wording.language.tag
    advice = services.adviser.advise("tomato.late_blight", wording.language)
    page = client.get(f"/leaflets/tomato.late_blight?language={tag}")
    assert page.status_code == 200
    tags = Tags(page.text)
    for text in (advice.name, *advice.today, *advice.season, *advice.next_season, advice.call, wording.product(advice)):
        assert text in tags.texts
    assert any(advice.sources[0].title in text for text in tags.texts)
    assert tags.all("html") == [{"lang": tag, "dir": wording.language.direction}]
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert not tags.all("script") + tags.all("style")
    assert not [attributes for _, attributes in tags.found if "style" in attributes]
    for address in [link["href"] for link in tags.all("link")] + [image["src"] for image in tags.all("img")]:
        assert client.get(str(address)).status_code == 200


@pytest.mark.usefixtures("printer")
def test_leaflet_has_its_sign_and_a_photo_with_its_credit_if_there_is_one(
    services: Services, client: FlaskClient
) -> None:
    wording = Wording(services.adviser.languages["en"], services.catalogues["en"])
    plain = write_page(services.adviser.advise("bean.rust", wording.language), wording)
    pixels = pypdfium2.PdfDocument(write_pdf(plain))[0].render().to_numpy()
    # The blade of every drawn leaf; a bitmap has blue, green, red.
    assert (np.abs(pixels[..., :3].astype(int) - (0x5C, 0xAE, 0x6F)).max(axis=-1) < 4).sum() > 100
    document = pypdfium2.PdfDocument(write_pdf(with_photo("bean.rust", wording, services)))[0]
    assert len(list(document.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))) == 1
    credit = services.examples.sources[services.examples.photos["bean.rust"][0].source]
    text = "".join(document.get_textpage().get_text_range().split())
    assert all("".join(part.split()) in text for part in (*credit.authors, credit.title, credit.home, credit.licence))
    page = Tags(client.get("/leaflets/bean.rust").text)
    assert {credit.home, credit.licence_link} <= {str(link["href"]) for link in page.all("a")}
    assert Tags(client.get("/leaflets/cassava.mosaic").text).all("figure") == []


def test_every_leaflet_is_listed_and_crops_that_the_model_does_not_know_say_so(
    wording: Wording, client: FlaskClient, services: Services
) -> None:
    tag, taxonomy = wording.language.tag, services.adviser.taxonomy
    page = Tags(client.get(f"/leaflets?language={tag}").text)
    links = [str(link["href"]) for link in page.all("a")]
    listed = [*(condition.id for condition in taxonomy.conditions), *CAUSES]
    assert {f"/leaflets/{one}?language={tag}" for one in listed} <= set(links)
    unknown = len(taxonomy.crops) - len(services.diagnoser.manifest.crops)
    sentence = wording.say("Majani does not know this crop from photos yet.")
    assert page.texts.count(sentence) == unknown > 0
    missing = client.get(f"/leaflets/tomato.sunburn?language={tag}")
    assert (missing.status_code, missing.mimetype, "condition_unknown" in missing.text) == (404, "text/html", True)


@pytest.mark.usefixtures("printer")
def test_command_writes_a_pdf(tiny_bundle_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "leaflet.pdf"
    runner = CliRunner(env={"MAJANI_BUNDLE": str(tiny_bundle_dir)})
    done = runner.invoke(main, ["tomato.late_blight", "--language", "ar", "--output", str(file)])
    assert (done.exit_code, done.output) == (0, "")
    assert file.read_bytes().startswith(b"%PDF")
