"""Cases at the desk: shown with what helps, reviewed in one touch, corrected, never lost."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_app
from serving.services import Services
from serving.store.review_record import NewReview, ReviewVerdict
from serving.store.reviews import Reviews
from serving.store.tables import NOTE_LENGTH
from tests.pictures import PictureFactory
from tests.serving.review.conftest import DAY, FORM_TOKEN, ask, sign_in

BUTTON = re.compile(r'<button type="submit" name="label" value="([\w.]+)"')


@pytest.fixture
def reviews(services: Services) -> Reviews:
    return Reviews(services.engine)


@pytest.fixture
def colleague(app: APIFlask, services: Services, reviewer: FlaskClient) -> FlaskClient:  # noqa: ARG001
    """A second browser; the first has the first access token."""
    client = app.test_client()
    sign_in(client, AccessTokens(services.engine).create("desk 2", Role.EXTENSION, DAY))
    return client


def say(client: FlaskClient, case_id: str, **fields: str) -> TestResponse:
    """Fill in the form of a case and send it."""
    found = FORM_TOKEN.search(client.get(f"/desk/cases/{case_id}").text)
    assert found is not None
    return client.post(f"/desk/cases/{case_id}", data={"form_token": found[1], **fields})


def said(reviews: Reviews, case_id: str) -> list[NewReview]:
    return [one.review for one in reviews.of_case(case_id)]


class TestPage:
    def test_offers_what_the_model_takes_seriously(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        page = reviewer.get(f"/desk/cases/{ask(client, pictures.yellow(), consent='photos')['id']}?language=en").text
        offered = BUTTON.findall(page)
        assert set(offered[:2]) == {"bean.healthy", "bean.rust"}
        assert offered[-5:] == ["other", "unknown_plant", "not_a_plant", "cannot_tell", "bad_photo"]
        # Whatever the texts have a name for, also what this model does not know.
        assert '<option value="coffee.rust">' in page
        assert "Yes:" not in page

    def test_confirming_is_the_first_choice(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        page = reviewer.get(f"/desk/cases/{ask(client, pictures.red(), consent='photos')['id']}?language=en").text
        assert BUTTON.findall(page)[0] == "bean.rust"
        assert "<span>Yes: Bean rust</span>" in page

    def test_shows_known_photos_of_each_with_their_source(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        page = reviewer.get(f"/desk/cases/{ask(client, pictures.red(), consent='photos')['id']}").text
        [first, *_] = re.findall(r'src="(/desk/known/\d+)"', page)
        known = reviewer.get(first)
        assert known.mimetype == "image/jpeg"
        # The likest of three reds, and not one of the greens.
        red, green, _ = Image.open(BytesIO(known.data)).convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
        assert red > green
        assert 'href="https://example.org/drawn"' in page
        assert "(CC0-1.0)" in page
        assert reviewer.get("/desk/known/999").status_code == 404

    def test_known_photo_that_is_gone_takes_nothing_with_it(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory, services: Services
    ) -> None:
        assert services.references is not None
        services.references.photo(0).unlink()
        assert reviewer.get("/desk/known/0").status_code == 404
        case = ask(client, pictures.red(), consent="photos")
        assert reviewer.get(f"/desk/cases/{case['id']}").status_code == 200

    def test_shows_what_the_farmer_says(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        case = ask(client, pictures.red(), consent="photos", crop="bean")
        client.put(
            f"/v1/diagnoses/{case['id']}/feedback",
            json={"verdict": "wrong", "condition": "coffee.rust"},
            headers={"Authorization": f"Bearer {case['token']}"},
        )
        page = reviewer.get(f"/desk/cases/{case['id']}?language=en").text
        assert "The farmer says the answer is wrong" in page
        assert "The farmer says it is: Common bean" in page
        # One touch away, although the model does not even know it.
        assert "coffee.rust" in BUTTON.findall(page)
        assert "says the farmer" in page

    def test_photos_and_heatmaps_are_there(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        case = ask(client, pictures.red(), pictures.dark(), consent="photos")
        own = f"/desk/cases/{case['id']}"
        photo, small = (reviewer.get(f"{own}/{name}/0") for name in ("photos", "thumbnails"))
        assert (photo.mimetype, small.mimetype) == ("image/jpeg", "image/jpeg")
        assert max(Image.open(BytesIO(small.data)).size) <= 192
        assert len(small.data) < len(photo.data)
        assert {answer.headers["Cache-Control"] for answer in (photo, small)} == {"no-store"}
        assert reviewer.get(f"{own}/heatmaps/0").mimetype == "image/png"
        # Too dark to be used, so nothing was seen on it; and there is no third.
        for missing in ("heatmaps/1", "photos/2", "thumbnails/2"):
            assert reviewer.get(f"{own}/{missing}").status_code == 404
        page = reviewer.get(f"{own}?language=en").text
        assert page.count("<figure>") == 2
        assert page.count('class="heat"') == 1

    def test_without_kept_photos_there_is_nothing_to_say(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory, reviews: Reviews
    ) -> None:
        case = ask(client, pictures.red())
        page = reviewer.get(f"/desk/cases/{case['id']}?language=en").text
        assert "The photos of this case are not kept." in page
        assert BUTTON.findall(page) == []
        token = FORM_TOKEN.search(page)
        assert token is not None
        answer = reviewer.post(f"/desk/cases/{case['id']}", data={"form_token": token[1], "label": "bean.rust"})
        assert answer.status_code == 422
        assert said(reviews, case["id"]) == []

    @pytest.mark.parametrize("case_id", ["a" * 22, "a%00b", "é"])
    def test_unknown_case(self, case_id: str, reviewer: FlaskClient) -> None:
        for path in (f"/desk/cases/{case_id}", f"/desk/cases/{case_id}/photos/0"):
            answer = reviewer.get(path)
            assert answer.status_code == 404
            assert "diagnosis_unknown" in answer.text

    def test_works_without_known_photos(self, services: Services, tmp_path: Path) -> None:
        app = create_app(services.settings.model_copy(update={"references_dir": tmp_path / "absent"}))
        client, browser = app.test_client(), app.test_client()
        sign_in(browser, AccessTokens(services.engine).create("desk", Role.EXTENSION, DAY))
        page = browser.get(f"/desk/cases/{ask(client, PictureFactory().red(), consent='photos')['id']}").text
        assert BUTTON.findall(page)[0] == "bean.rust"
        assert "/desk/known/" not in page
        assert browser.get("/desk/known/0").status_code == 404


class TestReview:
    @pytest.mark.parametrize(
        ("fields", "kept"),
        [
            ({"label": "bean.rust"}, NewReview(ReviewVerdict.CONDITION, "bean.rust")),
            ({"label": "other", "condition": "coffee.rust"}, NewReview(ReviewVerdict.CONDITION, "coffee.rust")),
            # A list that was touched and then left alone.
            ({"label": "bean.rust", "condition": "coffee.rust"}, NewReview(ReviewVerdict.CONDITION, "bean.rust")),
            ({"label": "cannot_tell"}, NewReview(ReviewVerdict.CANNOT_TELL)),
            ({"label": "bad_photo", "note": "  too near\n "}, NewReview(ReviewVerdict.BAD_PHOTO, note="too near")),
            # As browsers send what they count as full: a line break is one character to them. No database has a NUL.
            (
                {"label": "bad_photo", "note": "x\r\n" * (NOTE_LENGTH // 2 - 1) + "\0x"},
                NewReview(ReviewVerdict.BAD_PHOTO, note="x\n" * (NOTE_LENGTH // 2 - 1) + "x"),
            ),
            ({"label": "unknown_plant", "note": " "}, NewReview(ReviewVerdict.UNKNOWN_PLANT)),
            ({"label": "not_a_plant"}, NewReview(ReviewVerdict.NOT_A_PLANT)),
        ],
        ids=lambda value: "+".join(value.values())[:30] if isinstance(value, dict) else None,
    )
    def test_is_kept_and_leads_on(
        self,
        fields: dict[str, str],
        kept: NewReview,
        reviewer: FlaskClient,
        client: FlaskClient,
        pictures: PictureFactory,
        reviews: Reviews,
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        answer = say(reviewer, case["id"], **fields)
        assert (answer.status_code, answer.location) == (303, f"/desk/next?saved={case['id']}")
        assert said(reviews, case["id"]) == [kept]

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"label": ""},
            {"label": "other"},
            {"label": "other", "condition": "bean.nothing"},
            {"label": "bean.nothing"},
            {"label": "condition"},
            {"label": "other", "condition": "not_a_plant"},
            {"label": "other", "condition": "a\0b"},
        ],
        ids=str,
    )
    def test_without_a_choice_keeps_the_note_and_nothing_else(
        self,
        fields: dict[str, str],
        reviewer: FlaskClient,
        client: FlaskClient,
        pictures: PictureFactory,
        reviews: Reviews,
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        answer = say(reviewer, case["id"], note="half a page", **fields)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert ">half a page</textarea>" in answer.text
        assert said(reviews, case["id"]) == []

    def test_a_note_may_be_long_but_not_endless(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory, reviews: Reviews
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        assert say(reviewer, case["id"], label="bean.rust", note="x" * (NOTE_LENGTH + 1)).status_code == 422
        assert said(reviews, case["id"]) == []
        assert say(reviewer, case["id"], label="bean.rust", note="é" * NOTE_LENGTH).status_code == 303

    def test_what_somebody_writes_stays_text(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        say(reviewer, case["id"], label="bean.rust", note="</textarea><script>alert(1)</script>")
        assert "<script>alert" not in reviewer.get(f"/desk/cases/{case['id']}").text

    def test_can_be_corrected(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory, reviews: Reviews
    ) -> None:
        case, other = (ask(client, pictures.red(), consent="photos") for _ in range(2))
        saved = say(reviewer, case["id"], label="bad_photo", note="hm").location
        page = reviewer.get(f"{saved}&language=en", follow_redirects=True)
        assert page.request.path == f"/desk/cases/{other['id']}"
        assert "Saved: Bad photo" in page.text
        assert f'href="/desk/cases/{case["id"]}"' in page.text
        again = reviewer.get(f"/desk/cases/{case['id']}?language=en").text
        assert "You said: Bad photo" in again
        assert ">hm</textarea>" in again
        say(reviewer, case["id"], label="bean.rust")
        assert said(reviews, case["id"]) == [NewReview(ReviewVerdict.CONDITION, "bean.rust")]

    def test_is_not_swayed_by_others(
        self,
        reviewer: FlaskClient,
        colleague: FlaskClient,
        client: FlaskClient,
        pictures: PictureFactory,
        reviews: Reviews,
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        say(reviewer, case["id"], label="cannot_tell", note="seen from above only")
        before = colleague.get(f"/desk/cases/{case['id']}?language=en").text
        assert "seen from above only" not in before
        assert "Others said" not in before
        say(colleague, case["id"], label="bean.rust")
        after = colleague.get(f"/desk/cases/{case['id']}?language=en").text
        assert "seen from above only" in after
        assert len(said(reviews, case["id"])) == 2

    def test_two_at_the_same_time_lose_nothing(
        self,
        reviewer: FlaskClient,
        colleague: FlaskClient,
        client: FlaskClient,
        pictures: PictureFactory,
        reviews: Reviews,
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        with ThreadPoolExecutor(2) as pool:
            answers = list(
                pool.map(
                    lambda pair: say(pair[0], case["id"], label=pair[1]).status_code,
                    [(reviewer, "bean.rust"), (colleague, "bad_photo")],
                )
            )
        assert answers == [303, 303]
        assert {review.label for review in said(reviews, case["id"])} == {"bean.rust", "bad_photo"}

    def test_of_a_case_that_was_deleted_meanwhile(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        found = FORM_TOKEN.search(reviewer.get(f"/desk/cases/{case['id']}").text)
        assert found is not None
        client.delete(f"/v1/diagnoses/{case['id']}", headers={"Authorization": f"Bearer {case['token']}"})
        answer = reviewer.post(f"/desk/cases/{case['id']}", data={"form_token": found[1], "label": "bean.rust"})
        assert answer.status_code == 404
        assert "Its sender may have deleted it" in answer.text


class TestQueue:
    def test_shows_what_waits_and_why(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        sure, unsure, private = (
            ask(client, pictures.red(), consent="photos"),
            ask(client, pictures.grey(), consent="photos"),
            ask(client, pictures.grey()),
        )
        page = reviewer.get("/desk?language=en").text
        places = [page.find(f'href="/desk/cases/{case["id"]}"') for case in (unsure, sure, private)]
        assert 0 < places[0] < places[1]
        assert places[2] == -1
        assert "The model is not sure" in page[places[0] : places[1]]
        assert "2 cases wait for you." in page

    @pytest.mark.parametrize(
        ("language", "waiting"), [("en", "1 case waits for you."), ("sw", "Kisa 1 kinakusubiri."), ("ar", "حالة واحدة")]
    )
    def test_counts_in_the_readers_language(
        self, language: str, waiting: str, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        ask(client, pictures.red(), consent="photos")
        assert waiting in reviewer.get(f"/desk?language={language}").text

    def test_goes_on_until_nothing_is_left(
        self, reviewer: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        cases = {ask(client, pictures.red(), consent="photos")["id"] for _ in range(3)}
        seen, address = [], "/desk/next"
        while (location := reviewer.get(address).location).startswith("/desk/cases/"):
            seen.append(location.removeprefix("/desk/cases/").partition("?")[0])
            address = say(reviewer, seen[-1], label="bean.rust").location
        assert set(seen) == cases
        assert len(seen) == len(cases)
        last = reviewer.get(f"{location}&language=en").text
        assert "Nothing waits for you." in last
        assert "Saved: Bean rust" in last
        assert last.count("Bean rust</a>") == 3

    def test_two_reviewers_are_led_to_different_cases(
        self, reviewer: FlaskClient, colleague: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        for _ in range(2):
            ask(client, pictures.red(), consent="photos")
        assert reviewer.get("/desk/next").location != colleague.get("/desk/next").location

    def test_somebody_elses_saved_case_is_not_told(
        self, reviewer: FlaskClient, colleague: FlaskClient, client: FlaskClient, pictures: PictureFactory
    ) -> None:
        case = ask(client, pictures.red(), consent="photos")
        say(reviewer, case["id"], label="bean.rust")
        assert 'class="saved"' not in colleague.get(f"/desk?saved={case['id']}").text
        assert 'class="saved"' not in reviewer.get("/desk?saved=a%00b").text
