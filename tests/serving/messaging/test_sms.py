"""People with SMS alone: what they can ask without a photo, and how often it is answered and paid for."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from serving.container import Services
from serving.i18n.messages import CAUTION
from serving.messaging.command import STOPPED
from serving.messaging.short_message import fold, segments
from tests.serving.messaging import sms_gateway
from tests.serving.messaging.local_server import Reply
from tests.serving.messaging.rapidpro_flows import Contact, RapidProFlows
from tests.serving.messaging.sms_gateway import Person, SmsGateway

TAGS = sorted(folder.name for folder in (Path(__file__).parents[3] / "data/languages").iterdir())


@pytest.fixture
def farmer(client: FlaskClient) -> Person:
    return Person(client)


def test_sms_is_answered_as_the_provider_asks(farmer: Person, gateway: SmsGateway) -> None:
    assert farmer.writes("STOP").status_code == 200
    [sent] = gateway.sent
    assert sent == {
        "username": sms_gateway.USERNAME,
        "from": sms_gateway.SHORT_CODE,
        "to": farmer.number,
        "message": STOPPED % {"start": "START"},
    }


@pytest.mark.parametrize("tag", TAGS)
def test_help_says_what_an_sms_can_do_for_little_money(
    tag: str, farmer: Person, gateway: SmsGateway, services: Services
) -> None:
    farmer.writes(tag if tag != "hi" else "hindi")
    farmer.writes("my leaves are yellow")
    text, language = gateway.texts[1], services.adviser.languages[tag]
    assert "WhatsApp +254 700 000000" in text
    assert len(segments(text)) <= 4
    crops = [fold(crop.name) for crop in language.names.crops.values()]
    # Other scripts have room for some.
    assert sum(crop in text for crop in crops) > 8
    if fold(language.name).isascii():
        assert [crop for crop in crops if crop not in text] == []


@pytest.mark.parametrize("tag", TAGS)
def test_crop_and_number_lead_to_advice_in_every_language(
    tag: str, farmer: Person, gateway: SmsGateway, services: Services
) -> None:
    language, catalogue = services.adviser.languages[tag], services.catalogues[tag]
    farmer.writes(tag if tag != "hi" else "hindi")
    farmer.writes(language.names.crops["bean"].name)
    numbered = dict(re.findall(r"(\d) ([^,.\n]+)", gateway.texts[1]))
    assert fold(numbered["2"]) == fold(language.names.conditions["bean.rust"].name)
    # What the list gives as an example.
    assert fold(f"{language.names.crops['bean'].name} 1") in gateway.texts[1]
    farmer.writes(f"{language.names.crops['bean'].name}  2.")
    advice = fold(f"{language.advice['bean.rust'].text_short}\n{catalogue.gettext(CAUTION)}")
    assert gateway.texts[2] == advice
    assert len(segments(advice)) <= 2


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("corn", "Maize: 1 "),
        ("muhogo", "Cassava: 1 "),
        ("Beans 9", "An SMS"),
        ("bean 9", "Common bean: 1 "),
        ("bean 0", "Common bean: 1 "),
        ("MAIZE1", "Maize"),
        ("12", "An SMS"),
    ],
)
def test_crop_is_known_by_any_of_its_names(text: str, begins: str, farmer: Person, gateway: SmsGateway) -> None:
    farmer.writes(text)
    assert gateway.texts[0].startswith(begins)


@pytest.mark.parametrize("secret", ["", "part-of-the-addres", "sécret"])
def test_only_who_knows_the_address_may_deliver(secret: str, farmer: Person, gateway: SmsGateway) -> None:
    response = farmer.delivers(farmer.sms("bean"), secret)
    assert (response.status_code, response.get_json()["code"]) == (401, "token_invalid")
    assert farmer.delivers({"text": "bean"}).status_code == 422
    assert gateway.sent == []


def test_sms_delivered_again_is_not_answered_again(farmer: Person, gateway: SmsGateway) -> None:
    sms = farmer.sms("bean")
    assert [farmer.delivers(sms).status_code for _ in range(3)] == [200] * 3
    assert len(gateway.sent) == 1


def test_answer_that_finds_the_provider_down_goes_out_with_the_next_delivery(
    farmer: Person, gateway: SmsGateway
) -> None:
    sms = farmer.sms("bean")
    gateway.server.spoil("messaging", *[Reply(503)] * 3)
    response = farmer.delivers(sms)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")
    assert [farmer.delivers(sms).status_code for _ in range(2)] == [200] * 2
    assert len(gateway.sent) == 3 + 1


def test_answer_that_the_provider_refuses_is_logged_without_the_number(
    farmer: Person, gateway: SmsGateway, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.status = "InvalidPhoneNumber"
    sms = farmer.sms("bean")
    assert [farmer.delivers(sms).status_code for _ in range(2)] == [200] * 2
    assert len(gateway.sent) == 1
    assert "refused" in caplog.text
    assert farmer.number not in caplog.text


def test_contact_with_a_telephone_number_in_rapidpro_gets_texts_for_sms(
    flows: RapidProFlows, client: FlaskClient
) -> None:
    text = {
        scheme: contact.asks(contact.message("?"))["text"]
        for scheme in ("tel", "telegram")
        for contact in [Contact(flows, client, scheme=scheme, language="fra")]
    }
    assert text["tel"] == fold(text["tel"])
    assert "SMS" in text["tel"]
    assert "SMS" not in text["telegram"]
