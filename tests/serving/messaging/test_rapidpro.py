"""A flow of RapidPro's: what it gets for a message, and what it cannot make us do."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from majani.errors import ErrorCode
from serving.container import Services
from serving.http.errors import RequestCode
from serving.i18n.messages import REMEDIES
from serving.messaging.command import EXPERT, STOPPED
from serving.messaging.short_message import fold
from serving.persistence.engine import StorageError
from serving.persistence.senders import Recipients
from tests.pictures import PictureFactory
from tests.serving.messaging.conftest import Platforms, rows
from tests.serving.messaging.local_server import RED, Reply
from tests.serving.messaging.rapidpro_flows import Contact

NOTHING_SEEN = dict.fromkeys(("outcome", "grade", "condition"))


def test_photo_is_answered_in_the_contacts_language_and_the_flow_can_go_by_the_outcome(
    platforms: Platforms, client: FlaskClient, services: Services, pictures: PictureFactory
) -> None:
    contact = Contact(platforms.flows, client, language="swa")
    answers = [contact.asks(message) for message in (contact.photo(RED), contact.photo(pictures.grey()))]
    assert fold(services.adviser.languages["sw"].advice["bean.rust"].text_short) in answers[0]["text"]
    answers.append(contact.asks(contact.message("hello")))
    outcomes = [(answer["outcome"], answer["grade"], answer["condition"]) for answer in answers]
    assert outcomes == [("condition", "most_likely", "bean.rust"), ("uncertain", "not_clear", None), (None, None, None)]


def test_who_opts_out_gets_one_last_text_and_then_none(contact: Contact) -> None:
    assert contact.asks(contact.message("STOP"))["text"] == STOPPED % {"start": "START"}
    assert contact.asks(contact.photo(RED)) == {"text": "", **NOTHING_SEEN}


def test_body_without_a_message_is_refused(contact: Contact) -> None:
    for part in ("contact", "input"):
        response = contact.calls({**contact.message("hello"), part: {"uuid": ""}})
        assert (response.status_code, response.get_json()["code"]) == (422, "request_invalid")


def test_what_is_no_photo_is_said_to_be_none(contact: Contact, pictures: PictureFactory) -> None:
    for content, code in ((pictures.gif(), ErrorCode.PHOTO_UNSUPPORTED), (b"", ErrorCode.PHOTO_EMPTY)):
        assert contact.asks(contact.photo(content)) == {"text": REMEDIES[code], **NOTHING_SEEN}


ELSEWHERE = (
    *(
        "https://media.example.org/1.jpg",
        "{https}/1.jpg",
        "http://{host}.example.org/1.jpg",
        "http://127.0.0.1:1/1.jpg",
    ),
    *("http://{host}@127.0.0.1:1/1.jpg", "http://somebody@{host}/1.jpg", "http://169.254.169.254/latest/meta-data"),
    *("file:///etc/passwd", "http://[", "/1.jpg", ""),
)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_photo_elsewhere_is_not_fetched(address: str, contact: Contact) -> None:
    url = contact.flows.server.url
    named = address.format(https=url.replace("http:", "https:"), host=url.removeprefix("http://"))
    response = contact.calls(contact.message("", named))
    assert (response.status_code, response.get_json()["code"]) == (422, "request_invalid")
    assert "MAJANI_RAPIDPRO_MEDIA_ORIGINS" in response.get_json()["detail"]
    assert contact.flows.server.asked == []


def test_redirect_is_not_followed(contact: Contact) -> None:
    elsewhere = contact.flows.keep(RED)
    contact.flows.server.spoil("attachment", Reply(302, headers={"Location": elsewhere}))
    answer = contact.asks(contact.photo(RED))
    assert answer["text"] == REMEDIES[RequestCode.REQUEST_MALFORMED]
    assert len(contact.flows.server.asked) == 1


def test_message_that_comes_again_gets_the_same_and_is_one_case(contact: Contact, services: Services) -> None:
    [before, *others] = rows(services)
    message = contact.photo(RED, EXPERT)
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda _: contact.asks(message), range(3)))
    assert [contact.asks(message), *answers] == [answers[0]] * 4
    assert rows(services) == [(before or 0) + 1, *others]


def test_photo_whose_server_is_down_comes_again(contact: Contact) -> None:
    """RapidPro calls three times at most, we ask three times in each."""
    contact.flows.server.spoil("attachment", *[Reply(503)] * 6)
    assert contact.asks(contact.photo(RED))["condition"] == "bean.rust"
    contact.flows.server.spoil("attachment", *[Reply(503)] * 9)
    response = contact.calls(contact.photo(RED))
    assert (response.status_code, response.get_json()["code"]) == (503, "busy")


def test_message_comes_again_when_the_database_is_back(contact: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    answered, wishes = [], Recipients.wishes

    def fail_once(recipients: Recipients, address_hash: str) -> object:
        answered.append(address_hash)
        if len(answered) == 1:
            raise StorageError("the database is away")
        return wishes(recipients, address_hash)

    monkeypatch.setattr(Recipients, "wishes", fail_once)
    assert contact.asks(contact.message("hello"))["text"]
    assert len(set(answered)) == 1
    assert len(answered) == 2
