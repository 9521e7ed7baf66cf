"""One question below an unsure answer: asked, replied to, kept, and what the reply makes of the answer."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from majani.decision.question import Reply
from majani.model.bundle import write_bundle
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.i18n.answer_words import AnswerWords
from serving.i18n.phrasing import Wording
from serving.messaging.answer_text import describe
from tests.pictures import PictureFactory
from tests.serving.cases.asking import API, bearer, post
from tests.serving.conftest import MakeApp
from tests.tiny_bundle import tiny_bundle

PAIR = {"condition": "bean.rust", "against": "bean.angular_leaf_spot"}
UNTOLD = (*PAIR, "ratio", "reply", "likelier")


@pytest.fixture(scope="module")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """To this bundle a red leaf is rust or angular leaf spot, nearly alike."""
    folder = tmp_path_factory.mktemp("unsure")
    write_bundle(tiny_bundle({PAIR["against"]: (39.9, -20, -20)}), folder / "bundle")
    return make_app(folder, bundle=folder / "bundle")


@pytest.fixture
def created(client: FlaskClient, pictures: PictureFactory) -> dict[str, Any]:
    answer: dict[str, Any] = post(client, pictures.red()).json
    return answer


def test_an_unsure_answer_asks_once_and_no_other_does(
    client: FlaskClient, created: dict[str, Any], services: Services, pictures: PictureFactory
) -> None:
    assert (created["grade"], created["condition"]) == ("one_of", None)
    asked = created["question"]
    assert {name: asked[name] for name in UNTOLD} == {**PAIR, "ratio": 3.5, "reply": None, "likelier": None}
    english = services.adviser.languages["en"].advice[PAIR["condition"]]
    assert (asked["text"], {*asked["replies"]}) == (english.ask[PAIR["against"]], {*Reply})
    assert [post(client, photo).json["question"] for photo in (pictures.leaf(), pictures.blue())] == [None, None]


def test_it_says_what_helps_whichever_it_is_and_again_in_another_language(
    client: FlaskClient, created: dict[str, Any], services: Services
) -> None:
    again = client.get(f"{API}/{created['id']}?language=sw", headers=bearer(created["token"])).json
    for answer, tag in ((created, "en"), (again, "sw")):
        said = services.adviser.languages[tag]
        assert 1 <= len(answer["practices"]) <= 3
        assert all(one["text"] == said.practices[one["id"]] for one in answer["practices"])
        assert all({*one["helps"]} <= {*PAIR.values()} for one in answer["practices"])
        assert answer["display"]["steps"] == [one["text"] for one in answer["practices"]]
        assert answer["urgent"] is False


def test_the_last_reply_counts_and_rewrites_the_answer_and_experts_see_it(
    client: FlaskClient, created: dict[str, Any], services: Services
) -> None:
    own, headers = f"{API}/{created['id']}", bearer(created["token"])
    desk = bearer(AccessTokens(services.engine).create("desk", Role.EXTENSION, timedelta(days=1)))

    def say(**reply: str) -> TestResponse:
        return client.put(f"{own}/reply", json=reply, headers=headers)

    turned = {"condition": PAIR["against"], "against": PAIR["condition"], "reply": "yes"}
    refused = [say(**body).json["code"] for body in ({**PAIR, "reply": "perhaps"}, {"reply": "yes"}, turned)]
    assert refused == ["request_invalid", "request_invalid", "not_found"]
    assert client.get(own, headers=headers).json["question"]["reply"] is None
    assert "data-reply=" not in client.get(f"/desk/cases/{created['id']}", headers=desk).text
    rust, spot = PAIR.values()
    for reply, likelier, grade, first in (
        ("yes", rust, "probably", rust),
        ("no", None, "probably", spot),
        ("unsure", None, "one_of", rust),
    ):
        given = say(**PAIR, reply=reply)
        assert (given.status_code, given.json["likelier"]) == (200, likelier)
        again = client.get(own, headers=headers).json
        assert again["question"] == given.json
        assert (again["grade"], again["ranked"][0]["id"]) == (grade, first)
        assert again["ranked"][0]["name"].lower() in again["display"]["title"].lower()
        assert f'data-reply="{reply}"' in client.get(f"/desk/cases/{created['id']}", headers=desk).text


def test_the_page_asks_and_shows_what_follows(client: FlaskClient, send: Any, pictures: PictureFactory) -> None:
    page = send("/", [pictures.red()]).text
    [action] = re.findall(r'<form id="question"[^>]*action="([^"]+)"', page)
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    rust, spot = PAIR.values()
    assert re.findall(r'data-condition="([^"]+)"', page) == [rust, spot]
    replied = (("yes", "probably", [rust, spot]), ("no", "probably", [spot, rust]), ("unsure", "one_of", [rust, spot]))
    for reply, grade, order in replied:
        page = client.post(action, data={"token": token[1], **PAIR, "reply": reply}).text
        assert f'data-grade="{grade}"' in page
        assert re.findall(r'data-condition="([^"]+)"', page) == order
        # Of products nothing is said before a condition is named.
        assert 'class="product"' not in page
        # A share of the photos would be read as one of both.
        assert re.search(r"\d%", page) is None
    assert client.post(action, data={"token": token[1], **PAIR, "reply": "perhaps"}).status_code == 422
    # To a question that other texts no longer ask.
    other = {"condition": PAIR["against"], "against": PAIR["condition"]}
    assert client.post(action, data={"token": token[1], **other, "reply": "yes"}).status_code == 404


def test_a_message_says_what_each_reply_makes_of_the_answer(services: Services, pictures: PictureFactory) -> None:
    diagnosis = services.diagnoser.diagnose([pictures.red()])
    for tag, language in services.adviser.languages.items():
        wording = Wording(language, services.catalogues[tag])
        words = AnswerWords(diagnosis, wording, services.adviser)
        lines = describe(words, crops=(), is_expert_offered=False).splitlines()
        asked = lines.index(language.advice[PAIR["condition"]].ask[PAIR["against"]])
        assert len(lines) == asked + 3
        names = [language.names.conditions[one].name for one in PAIR.values()]
        assert [name in line for name, line in zip(names, lines[asked + 1 :], strict=True)] == [True, True]


def test_a_language_without_the_text_asks_nothing(services: Services, pictures: PictureFactory) -> None:
    diagnosis = services.diagnoser.diagnose([pictures.red()])
    question, english = services.adviser.question_on(diagnosis), services.adviser.languages["en"]
    assert question is not None
    own = english.advice[PAIR["condition"]]
    for advice in ({}, {own_id: own.model_copy(update={"ask": {}}) for own_id in PAIR.values()}):
        assert services.adviser.ask(question, english.model_copy(update={"advice": advice})) is None
