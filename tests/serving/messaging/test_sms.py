"""People with SMS alone: what they can ask without a photo, how often it is answered, and what one SMS holds."""

import re
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from limits import parse

from majani.decision.diagnosis import Diagnosis, Named
from majani.decision.grades import Grade
from majani.decision.rules import Outcome
from serving.app import create_app
from serving.container import Services
from serving.i18n.answer_words import AnswerWords
from serving.i18n.messages import CAUTION, SOMETHING_ELSE
from serving.i18n.phrasing import Wording
from serving.messaging import conversation
from serving.messaging.answer_text import describe
from serving.messaging.crop_advice import CropAdvice
from serving.messaging.short_message import fold, segments, shorten
from tests.serving.messaging import sms_gateway
from tests.serving.messaging.conftest import Platforms, Setup
from tests.serving.messaging.local_server import Reply
from tests.serving.messaging.rapidpro_flows import Contact
from tests.serving.messaging.sms_gateway import Person

TAGS = sorted(folder.name for folder in (Path(__file__).parents[3] / "data/languages").iterdir())


@pytest.fixture
def farmer(platforms: Platforms, client: FlaskClient) -> Person:
    return Person(platforms.gateway, client)


@pytest.fixture
def wordings(services: Services) -> dict[str, Wording]:
    languages = services.adviser.languages
    return {tag: Wording(language, services.catalogues[tag]) for tag, language in languages.items()}


@pytest.mark.parametrize("tag", TAGS)
def test_help_says_what_an_sms_can_do_for_little_money(tag: str, wordings: dict[str, Wording]) -> None:
    text, language = CropAdvice(wordings, "WhatsApp +254 700 000000").help_by_sms(wordings[tag]), wordings[tag].language
    assert "WhatsApp +254 700 000000" in text
    assert len(segments(text)) <= 4
    crops = [fold(crop.name) for crop in language.names.crops.values()]
    # Other scripts have room for some.
    assert sum(crop in text for crop in crops) > 8
    if fold(language.name).isascii():
        assert [crop for crop in crops if crop not in text] == []


@pytest.mark.parametrize("tag", TAGS)
def test_what_is_most_likely_costs_no_more_than_help(
    tag: str, wordings: dict[str, Wording], services: Services
) -> None:
    wording = wordings[tag]
    for condition in services.adviser.taxonomy.conditions:
        named = Named(id=condition.id, name="", crop=condition.crop, crop_name="", probability=0.9)
        answer = Diagnosis(
            outcome=Outcome.HEALTHY if named.is_healthy else Outcome.CONDITION,
            grade=Grade.MOST_LIKELY,
            probability=named.probability,
            ranked=(named,),
            in_list=1,
            photos=(),
            model_version="1",
        )
        words = AnswerWords(answer, wording, services.adviser)
        text = describe(words, crops=(), is_expert_offered=True, is_sms=True)
        assert len(segments(fold(f"{text}\n{wording.program()}"))) <= (4 if fold(text).isascii() else 5), condition.id


@pytest.mark.parametrize("tag", TAGS)
def test_crop_and_number_or_a_cause_lead_to_advice_in_every_language(tag: str, wordings: dict[str, Wording]) -> None:
    wording, asked = wordings[tag], CropAdvice(wordings, None)
    names, advice = wording.language.names, wording.language.advice
    bean = names.crops["bean"].name
    listed = asked.answer(bean, wording) or ""
    assert dict(re.findall(r"(\d) ([^,.\n]+)", listed))["2"] == names.conditions["bean.rust"].name
    # What the list gives as an example.
    assert f"{bean} 1" in listed
    for condition in names.conditions:
        crop = condition.partition(".")[0]
        number = [one for one in names.conditions if one.startswith(f"{crop}.")].index(condition) + 1
        text = asked.answer(f" {names.crops[crop].name.upper()}  {number}.", wording)
        assert text == f"{advice[condition].text_short}\n{wording.say(CAUTION)}"
        assert len(segments(fold(text))) <= 2
    for cause, named in names.causes.items():
        for name in (named.name, *named.local):
            text = asked.answer(f" {name.upper()}.", wording)
            assert text == f"{advice[cause].text_short}\n{wording.say(CAUTION)}", name
            # An SMS tells no language.
            assert (asked.answer(name, wordings["en"]) or "").startswith(
                wordings["en"].language.advice[cause].text_short
            )


def test_a_machine_that_answers_us_is_not_answered_for_ever(farmer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "_SMS", parse("2 per day"))
    for _ in range(3):
        farmer.writes("thank you for your message")
    assert len(farmer.gateway.texts) == 2


def test_conversation_by_sms(farmer: Person, wordings: dict[str, Wording]) -> None:
    for text in ("my leaves are yellow", "sw", "maharagwe", "maharagwe 2"):
        assert farmer.writes(text).status_code == 200
    help_text, _, listed, advice = farmer.gateway.texts
    swahili = wordings["sw"].language
    assert "WhatsApp +254 700 000000" in help_text
    account = {"username": sms_gateway.USERNAME, "from": sms_gateway.SHORT_CODE}
    assert farmer.gateway.sent[0] == {**account, "to": farmer.number, "message": help_text}
    assert listed.startswith(f"{swahili.names.crops['bean'].name}: 1 ")
    assert advice.startswith(fold(swahili.advice["bean.rust"].text_short))


# Between the words of a list, in any of the languages.
AND_OR = r"[,،](?: أو)?|\s(?:au|o|ou|বা|या)\s"
# As Arabic is typed: without the article, the hamza, or the dots at the end.
ARABIC = [("طماطم", "tomato"), ("الارز", "rice"), ("بن", "coffee"), ("الذره الشاميه", "maize")]
NO_CROP = ("bean leaves are yellow", "bean 2 3", "bean 123", "12", "")
KNOWN = [("corn", "maize"), ("muhogo", "cassava"), ("bean 9", "bean"), ("bean 0", "bean"), *ARABIC]


def test_crop_is_known_by_any_of_its_names(wordings: dict[str, Wording]) -> None:
    asked, english = CropAdvice(wordings, None), wordings["en"]
    for text, crop in (*KNOWN, *((text, None) for text in NO_CROP)):
        answer = asked.answer(text, english)
        assert (answer and answer.partition(": 1 ")[0]) == (crop and english.language.names.crops[crop].name), text
    # Languages use this word for different crops.
    named = [asked.crop("batata", wordings[tag]) for tag in ("pt", "es", "en")]
    assert named == ["potato", "sweet_potato", None]
    # The words that messages say to write.
    for tag, wording in wordings.items():
        _, _, said = wording.say(SOMETHING_ELSE).partition(":")
        # The first is any other disease.
        _, *words = re.split(AND_OR, said.strip(" .।"))
        unknown = [word for word in words if asked.answer(word, wording) is None]
        assert (tag, unknown) == (tag, [])
    # A long run of spaces takes no time.
    begun = time.process_time()
    assert asked.answer(f"a{' ' * 16_000}b c", english) is None
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("status", [429, 503])
def test_answer_that_finds_the_provider_down_goes_out_with_the_next_delivery(status: int, farmer: Person) -> None:
    sms = farmer.sms("bean")
    farmer.gateway.server.spoil("messaging", *[Reply(status)] * 3)
    response = farmer.delivers(sms)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")
    assert [farmer.delivers(sms).status_code for _ in range(2)] == [200] * 2
    assert len(farmer.gateway.sent) == 3 + 1


def test_answer_that_reaches_nobody_goes_out_later(setup: Setup, platforms: Platforms, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'majani.sqlite3'}"
    nowhere = create_app(setup(database_url=url, africastalking_api_url="http://127.0.0.1:1"))
    assert Person(platforms.gateway, nowhere.test_client()).writes("bean").status_code == 503


@pytest.mark.parametrize("doubt", [Reply(500), Reply(504), Reply(breaks_off=True), Reply(201, b"{")], ids=str)
def test_answer_that_may_have_been_sent_is_not_paid_for_twice(doubt: Reply, farmer: Person) -> None:
    sms = farmer.sms("bean")
    farmer.gateway.server.spoil("messaging", doubt)
    assert [farmer.delivers(sms).status_code for _ in range(2)] == [200] * 2
    assert len(farmer.gateway.sent) == 1


def test_answer_that_is_refused_is_logged_without_the_number(farmer: Person, caplog: pytest.LogCaptureFixture) -> None:
    farmer.gateway.status = "InvalidPhoneNumber"
    sms = farmer.sms("bean")
    assert [farmer.delivers(sms).status_code for _ in range(2)] == [200] * 2
    assert len(farmer.gateway.sent) == 1
    assert "refused" in caplog.text
    assert farmer.number not in caplog.text


def test_contact_with_a_number_in_rapidpro_gets_texts_for_sms(platforms: Platforms, client: FlaskClient) -> None:
    text = {}
    for scheme in ("tel", "telegram"):
        contact = Contact(platforms.flows, client, scheme=scheme, language="fra")
        text[scheme] = contact.asks(contact.message("?"))["text"]
    assert text["tel"] == fold(text["tel"])
    assert "SMS" in text["tel"]
    assert "SMS" not in text["telegram"]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (
            "roya del maíz, façon, mancha-angular do feijão, Ñandú",
            "roya del maiz, facon, mancha-angular do feijao, Ñandu",
        ),
        ("mañana, man\u0303ana, café, où, Çà, Straße", "mañana, mañana, café, où, Çà, Straße"),
        ("l’œil «sec» – vite… 100\u00a0kg € [1]", 'l\'oeil "sec" - vite... 100 kg € [1]'),
        ("पत्ती", "पत्ती"),
        ("ورق الموز", "ورق الموز"),
        ("maïs और", "maïs और"),
    ],
)
def test_accents_go_only_where_the_alphabet_lacks_them(text: str, folded: str) -> None:
    assert fold(text) == folded


SIZES = [
    ("", [0]),
    ("aé" * 80, [160]),
    ("a" * 161, [153, 8]),
    ("a" * 307, [153, 153, 1]),
    # Two places, which are not torn apart.
    ("a" * 158 + "€", [159]),
    ("a" * 159 + "€", [153, 7]),
    ("a" * 152 + "€" + "a" * 10, [152, 11]),
    # One character makes all of it other.
    ("a" * 70 + "ã", [67, 4]),
    ("ف" * 70, [70]),
    ("ف" * 134, [67, 67]),
    # Surrogate pairs, which are not torn apart either.
    ("🌱" * 35, [35]),
    ("🌱" * 36, [33, 3]),
    ("ف" * 66 + "🌱" + "ف" * 10, [66, 11]),
]


@pytest.mark.parametrize(("text", "sizes"), SIZES)
def test_text_is_counted_and_split_as_a_network_does(text: str, sizes: list[int]) -> None:
    parts = segments(text)
    assert [len(part) for part in parts] == sizes
    assert "".join(parts) == text


def test_text_is_shortened_between_words() -> None:
    names = ", ".join(["Maize"] * 60)
    assert shorten(names, 3) == names
    shorter = shorten(names, 2)
    assert len(segments(shorter)) == 2
    assert shorter.removesuffix(" ...") == ", ".join(["Maize"] * shorter.count("Maize"))
    assert len(segments(f"{shorter}, Maize")) == 3
