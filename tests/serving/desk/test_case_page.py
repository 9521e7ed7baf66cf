"""What is shown of a case at the desk: the photos, what the model and the farmer say, known photos beside them."""

import re
from io import BytesIO
from pathlib import Path

from flask.testing import FlaskClient
from PIL import Image

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.persistence.reviews import Reviews
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp
from tests.serving.desk.conftest import DAY, Kept, ask, said, say, sign_in

# The model's own words, and percentages.
ANSWER, PERCENT = re.compile(r'class="card answer'), re.compile(r"\d+%")
BUTTON = re.compile(r'<button type="submit" name="label" value="([\w.]+)"')


def test_offers_the_same_number_in_an_order_that_is_not_the_models(reviewer: FlaskClient, kept: Kept) -> None:
    for photo in ("red", "leaf", "yellow"):
        case = kept(photo)
        page = reviewer.get(f"/desk/cases/{case['id']}?language=en").text
        offered = BUTTON.findall(page)
        assert offered[:-5] == sorted(named["id"] for named in case["candidates"][:4])
        assert offered[-5:] == ["other", "unknown_plant", "not_a_plant", "cannot_tell", "bad_photo"]
        # Whatever the texts have a name for, also what this model does not know.
        assert '<option value="coffee.rust">' in page
        assert 'class="confirm"' not in page


def test_the_model_answers_after_the_own_verdict_only(
    reviewer: FlaskClient, colleague: FlaskClient, kept: Kept
) -> None:
    case = kept("red")
    address = f"/desk/cases/{case['id']}?language=en"
    blind, queue = reviewer.get(address).text, reviewer.get("/desk?language=en").text
    assert ANSWER.findall(blind) == PERCENT.findall(blind) == []
    assert f"/desk/cases/{case['id']}" in queue
    assert "Bean rust" not in queue
    say(reviewer, case["id"], label="bean.healthy")
    seen = reviewer.get(address).text
    assert len(ANSWER.findall(seen)) == 1
    assert PERCENT.findall(seen) == []
    assert 'class="confirm"' in seen
    # The verdict of one reviewer opens nothing to another.
    still_blind = colleague.get(address).text
    assert ANSWER.findall(still_blind) == PERCENT.findall(still_blind) == []


def test_shows_known_photos_of_each_with_their_source(reviewer: FlaskClient, case_id: str) -> None:
    page = reviewer.get(f"/desk/cases/{case_id}").text
    [first, *_] = re.findall(r'src="(/desk/known/\d+)"', page)
    known = reviewer.get(first)
    assert known.mimetype == "image/jpeg"
    # The likest of three reds, and not one of the greens.
    red, green, _ = Image.open(BytesIO(known.data)).convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    assert red > green
    assert 'href="https://example.org/drawn"' in page
    assert "(CC0-1.0)" in page
    assert reviewer.get("/desk/known/999").status_code == 404


def test_without_known_photos_examples_stand_in(make_app: MakeApp, tmp_path: Path, pictures: PictureFactory) -> None:
    app = make_app(tmp_path)
    services: Services = app.extensions["majani"]
    credit, reviewer = services.examples.sources["ibean"], app.test_client()
    sign_in(reviewer, AccessTokens(services.engine).create("desk 1", Role.EXTENSION, DAY))
    page = reviewer.get(f"/desk/cases/{ask(app.test_client(), pictures.red(), consent='photos')['id']}").text
    [first, *_] = re.findall(r'src="(/v1/examples/\w+\.webp)"', page)
    assert reviewer.get(first).mimetype == "image/webp"
    assert all(part in page for part in (*credit.authors, credit.home, credit.licence_link))


def test_shows_what_the_farmer_says(reviewer: FlaskClient, client: FlaskClient, kept: Kept) -> None:
    case = kept("grey", crop="bean")
    own, headers = f"/v1/diagnoses/{case['id']}", {"Authorization": f"Bearer {case['token']}"}
    client.put(f"{own}/feedback", json={"verdict": "wrong", "condition": "coffee.rust"}, headers=headers)
    assert "data-state" not in reviewer.get(f"/desk/cases/{case['id']}").text
    client.put(f"{own}/follow-up", json={"done": "partly", "state": "worse"}, headers=headers)
    page = reviewer.get(f"/desk/cases/{case['id']}").text
    assert 'data-done="partly" data-state="worse"' in page
    assert 'class="feedback" data-verdict="wrong"' in page
    assert 'data-crop="bean"' in page
    # The list begins with the crop of the case, and has the others.
    assert re.findall(r'<option value="(\w+)" selected>', page) == ["bean"]
    assert 'data-crop="coffee">' in page
    # One touch away, although the model does not even know it.
    assert "coffee.rust" in BUTTON.findall(page)


def test_a_crop_that_no_model_has_learned_reaches_the_experts_unanswered(reviewer: FlaskClient, kept: Kept) -> None:
    case = kept("red", crop="rice")
    assert (case["outcome"], case["crop_hint"], case["candidates"]) == ("unknown_plant", "rice", [])
    page = reviewer.get(f"/desk/cases/{case['id']}").text
    assert 'data-crop="rice"' in page
    assert re.findall(r'<option value="(\w+)" selected>', page) == ["rice"]
    assert case["id"] in reviewer.get("/desk?crop=rice").text
    # No photo of it was learned: it comes first.
    sure = kept("red")["id"]
    queue = reviewer.get("/desk").text
    assert 0 < queue.find(case["id"]) < queue.find(sure)
    # What is no leaf stays none.
    assert kept("blue", crop="rice")["outcome"] == "not_a_plant"


def test_photos_and_heatmaps_are_there_and_a_damaged_photo_has_no_thumbnail(
    reviewer: FlaskClient, services: Services, tmp_path: Path, kept: Kept
) -> None:
    case = kept("red", "dark")
    own = f"/desk/cases/{case['id']}"
    photo, small = (reviewer.get(f"{own}/{name}/0") for name in ("photos", "thumbnails"))
    assert (photo.mimetype, small.mimetype) == ("image/jpeg", "image/jpeg")
    assert Image.open(BytesIO(small.data)).size == (256, 256)
    assert len(small.data) < len(photo.data)
    assert {answer.headers["Cache-Control"] for answer in (photo, small)} == {"no-store"}
    assert reviewer.get(f"{own}/heatmaps/0").mimetype == "image/png"
    # Too dark to be used, so nothing was seen on it; and there is no third.
    for missing in ("heatmaps/1", "photos/2", "thumbnails/2"):
        assert reviewer.get(f"{own}/{missing}").status_code == 404
    page = reviewer.get(f"{own}?language=en").text
    assert page.count("<figure>") == 2
    assert page.count('class="heat"') == 1
    file = tmp_path / "photos" / str(services.repository.cases.find(case["id"]).photos[0].path)
    file.write_bytes(file.read_bytes()[:200])
    assert reviewer.get(f"{own}/thumbnails/0").status_code == 404


def test_without_kept_photos_there_is_nothing_to_say(reviewer: FlaskClient, kept: Kept, reviews: Reviews) -> None:
    case = kept("red", consent="")
    page = reviewer.get(f"/desk/cases/{case['id']}?language=en").text
    assert 'id="no-photos"' in page
    assert BUTTON.findall(page) == []
    assert say(reviewer, case["id"], label="bean.rust").status_code == 422
    assert said(reviews, case["id"]) == []
