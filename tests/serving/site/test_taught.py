"""What a district has taught and nobody has a text on: named to everybody, with the office in place of advice."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.i18n.answer_words import AnswerWords
from serving.i18n.messages import ASK_OFFICER
from serving.i18n.phrasing import Wording
from serving.settings import Office
from tests.picture_files import encoded
from tests.pictures import textured
from tests.serving.conftest import post_form

RED = encoded(textured((200, 20, 20)))


@pytest.fixture
def app(district_app: Flask) -> Flask:
    return district_app


def test_it_is_named_in_the_api_on_the_page_and_at_the_desk(
    client: FlaskClient, tokens: AccessTokens, services: Services
) -> None:
    english = Wording(services.adviser.languages["en"], services.catalogues["en"])
    farmer = post_form(client, "/v1/diagnoses", [RED], crop="bean", district="kitui").get_json()
    assert (farmer["grade"], farmer["condition"]["id"], farmer["advice_url"]) == ("most_likely", "bean.streak", None)
    assert ("treak" in farmer["display"]["title"], english.say(ASK_OFFICER) in farmer["display"]["lines"]) == (
        True,
        True,
    )
    # One alone of its crop can't be told from anything.
    for crop, shown in (("bean", "most_likely"), ("kola", "not_clear")):
        page = post_form(client, "/?language=sw", [RED], crop=crop, district="kitui").text
        assert (f'data-grade="{shown}"' in page, "treak" in page, 'class="product"' in page) == (True, True, False)
    # Without photos nobody is to judge it first.
    desk = {"Authorization": f"Bearer {tokens.create('tablet', Role.EXTENSION, timedelta(days=1))}"}
    seen = client.get(f"/desk/cases/{farmer['id']}", headers=desk).text
    assert ('data-grade="most_likely"' in seen, "treak" in seen) == (True, True)


def test_where_there_are_no_buttons_the_office_has_its_number(services: Services) -> None:
    answering = services.districts.find("kitui")
    assert answering is not None
    office = Office(name="Ukulima", telephone="+254700000000", messenger="sms")
    wording = Wording(services.adviser.languages["sw"], services.catalogues["sw"], office)
    assert office.telephone in AnswerWords(answering.diagnose(RED, "bean"), wording, services.adviser).ask_officer
