"""What the operator says of the place, and how long experts take there."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import update

from majani.errors import TaxonomyError
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.models import Review
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from serving.settings import Messenger, Office, Settings, what_is_wrong
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp, post_form

NUMBER = "+254700000000"
OFFICE = {"office_name": "Extension office", "office_telephone": NUMBER}


def test_office_and_crops_are_told_to_phones_and_pages(make_app: MakeApp, tmp_path: Path) -> None:
    client = make_app(tmp_path, **OFFICE, office_messenger="whatsapp", crops_first="tomato, cassava").test_client()
    office = {"name": "Extension office", "telephone": NUMBER, "messenger": "whatsapp"}
    told = {"office": office, "first_crops": ["tomato", "cassava"], "answer_days": None}
    assert client.get("/v1/office").json == told
    for page in (client.get("/").text, client.get("/leaflets/bean.rust").text):
        assert f'href="tel:{NUMBER}"' in page
        assert 'href="https://wa.me/254700000000?text=' in page
    assert client.get("/").text.index('value="tomato"') < client.get("/").text.index('value="bean"')


def test_without_an_office_nobody_is_named_and_what_is_set_is_told_of_retention(
    make_app: MakeApp, tmp_path: Path
) -> None:
    kept = {"diagnosis_retention_days": 7, "photo_retention_days": 365, "visit_retention_days": 14}
    client = make_app(tmp_path, **kept).test_client()
    assert client.get("/v1/office").json == {"office": None, "first_crops": [], "answer_days": None}
    assert "tel:" not in client.get("/").text
    assert client.get("/v1/retention").json == {"diagnosis_days": 7, "photo_days": 365, "visit_days": 14}


def test_a_message_opens_in_the_messenger() -> None:
    addresses: dict[Messenger, str] = {
        "sms": f"sms:{NUMBER}?body=Is%20it%20rust%3F",
        "whatsapp": "https://wa.me/254700000000?text=Is%20it%20rust%3F",
        "telegram": f"https://t.me/{NUMBER}?text=Is%20it%20rust%3F",
    }
    assert {
        one: Office(name="Extension office", telephone=NUMBER, messenger=one).message("Is it rust?")
        for one in addresses
    } == addresses


def test_what_cannot_be_called_and_a_crop_that_nobody_knows_are_refused_by_name(
    make_app: MakeApp, tmp_path: Path
) -> None:
    for given, said in (
        ({**OFFICE, "office_telephone": "0700 000000"}, "MAJANI_OFFICE_TELEPHONE: Value error, a number"),
        ({"office_name": "Office"}, "Value error, MAJANI_OFFICE_NAME and MAJANI_OFFICE_TELEPHONE"),
        ({**OFFICE, "office_messenger": "signal"}, "MAJANI_OFFICE_MESSENGER: "),
    ):
        with pytest.raises(ValidationError) as failure:
            Settings.model_validate(given)
        assert what_is_wrong(failure.value).startswith(said)
    with pytest.raises(TaxonomyError, match=r"MAJANI_CROPS_FIRST: .*beans"):
        make_app(tmp_path, crops_first="maize,beans")


def test_days_are_the_median_of_those_who_asked(make_app: MakeApp, tmp_path: Path, pictures: PictureFactory) -> None:
    app = make_app(tmp_path)
    client, engine = app.test_client(), app.extensions["majani"].engine
    access, reviews = AccessTokens(engine), Reviews(engine)
    reviewer = access.find(access.create("desk", Role.EXTENSION, timedelta(days=1))).id
    heard = []
    # One that nobody answers, then one after 1 day, 2, 3 and 4.
    for days in range(5):
        case = post_form(client, "/v1/diagnoses", [pictures.grey()], consent="photos").json
        client.put(f"/v1/diagnoses/{case['id']}/expert", headers={"Authorization": f"Bearer {case['token']}"})
        if days:
            reviews.save(case["id"], reviewer, NewReview(ReviewVerdict.CANNOT_TELL))
            with engine.begin() as connection:
                latest = update(Review).where(Review.id == days)
                connection.execute(latest.values(reviewed_at=reviews._moment() + timedelta(days=days)))
        heard.append(client.get("/v1/office").json["answer_days"])
    assert heard[:4] == [None] * 4
    assert heard[4] in (3, 4)
