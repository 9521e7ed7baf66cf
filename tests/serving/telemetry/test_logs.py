"""The log of a real server has one JSON object per line and every request once. It identifies no person."""

import http.client
from datetime import timedelta
from io import BytesIO
from typing import Any

import requests
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect
from tests.pictures import PictureFactory
from tests.serving.telemetry.conftest import METRICS_TOKEN, Watched
from tests.waiting import wait_until

SENDER = "127.0.0.77"
SECRETS = {
    "address": SENDER,
    "address before the proxy": "203.0.113.9",
    "user agent": "PhoneOfWanjiku",
    "file name": "shamba_ya_wanjiku",
    "token of an answer": "token-of-an-answer",
    "token of the metrics": METRICS_TOKEN,
    "idempotency key": "idempotency-key-of-a-farmer",
    "latitude": "-1.2921",
    "longitude": "36.8219",
    "id of a case": "id-of-a-case",
    "language": "language=sw",
    "unknown page": "private-page",
    "header of no request": "header-of-no-request",
}
HEADERS = {
    "User-Agent": SECRETS["user agent"],
    "X-Forwarded-For": SECRETS["address before the proxy"],
    "Authorization": f"Bearer {SECRETS['token of an answer']}",
}


def ask(
    watched: Watched, method: str, path: str, body: bytes | None = None, **headers: str
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", watched.server.port, timeout=10, source_address=(SENDER, 0))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, HEADERS | named)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def send_case(watched: Watched, photo: bytes, **fields: str) -> http.client.HTTPResponse:
    file = FileStorage(BytesIO(photo), f"{SECRETS['file name']}.jpg")
    boundary, body = encode_multipart({"photo": file, **fields})
    content_type = f"multipart/form-data; boundary={boundary}"
    return ask(
        watched, "POST", "/v1/diagnoses", body, Content_Type=content_type, Idempotency_Key=SECRETS["idempotency key"]
    )


def lines_of(watched: Watched, request_id: str | None, count: int) -> list[dict[str, Any]]:
    def found() -> list[dict[str, Any]]:
        return [line for line in watched.lines() if line.get("request_id") == request_id]

    wait_until(lambda: len(found()) >= count)
    return found()


def test_a_request_is_one_line(watched: Watched) -> None:
    response = ask(watched, "GET", "/v1/advice/bean.rust?language=sw")
    (line,) = lines_of(watched, response.headers["X-Request-Id"], 1)
    fixed = {name: line[name] for name in ("event", "level", "method", "route", "status", "bytes")}
    assert fixed == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/v1/advice/<condition_id>",
        "status": 200,
        "bytes": int(response.headers["Content-Length"]),
    }
    assert 0 < line["duration_ms"] < 5000


def test_a_request_keeps_a_good_id_that_it_came_with(watched: Watched) -> None:
    for given, is_taken in (("phone-7.case_12", True), ("short", False), ("x" * 65, False), ('"}{"level":"x', False)):
        answered = ask(watched, "GET", "/healthz", X_Request_Id=given).headers["X-Request-Id"]
        assert (answered == given) is is_taken
        assert len(answered) >= 8
        assert lines_of(watched, answered, 1)


def test_trouble_is_reported_under_the_id_of_its_request(watched: Watched, pictures: PictureFactory) -> None:
    response = send_case(watched, pictures.red(), consent="photos")
    assert response.status == 503
    trouble, request = lines_of(watched, response.headers["X-Request-Id"], 2)
    assert (trouble["level"], request["event"]) == ("warning", "request")
    assert "storage_unavailable" in trouble["event"]


def test_what_an_access_token_did_is_found_by_its_number(watched: Watched, pictures: PictureFactory) -> None:
    engine = connect(watched.database_url)
    tokens = AccessTokens(engine)
    token = tokens.create("desk of Wanjiku", Role.ADMIN, timedelta(days=1))
    number = tokens.find(token).id
    engine.dispose()
    with requests.Session() as browser:
        browser.headers["X-Forwarded-For"] = SECRETS["address before the proxy"]
        signing_in = browser.post(f"{watched.server.url}/desk/sign-in", {"token": token}, allow_redirects=False)
        exporting = browser.get(f"{watched.server.url}/desk/overview/cases.csv")
        photo, kind = pictures.red(), {"Content-Type": "image/jpeg"}
        case = browser.post(f"{watched.server.url}/v1/diagnoses", photo, headers=kind).json()["id"]
        own = {"Authorization": f"Bearer {token}"}
        deleting = browser.delete(f"{watched.server.url}/v1/diagnoses/{case}", headers=own)
        tablet = {"name": "tablet 7", "role": "extension", "days": "9"}
        making = browser.post(f"{watched.server.url}/desk/tokens", tablet, headers=own)
    answers = [answer.headers["X-Request-Id"] for answer in (signing_in, exporting, deleting, making)]
    lines = [lines_of(watched, request_id, 1)[-1] for request_id in answers]
    routes = ["/desk/sign-in", "/desk/overview/cases.csv", "/v1/diagnoses/<diagnosis_id>", "/desk/tokens"]
    assert [(line["route"], line["access_id"]) for line in lines] == [(route, number) for route in routes]
    assert lines[-1]["token_id"] == number + 1
    assert "access_id" not in lines_of(watched, ask(watched, "GET", "/healthz").headers["X-Request-Id"], 1)[0]
    text = watched.log.read_text(encoding="utf-8")
    assert "Wanjiku" not in text
    assert token not in text


def test_nobody_can_be_recognised(watched: Watched, pictures: PictureFactory) -> None:
    send_case(watched, pictures.red(), consent="location", latitude="-1.2921", longitude="36.8219")
    send_case(watched, b"no photo at all", latitude="-1.2921")
    ask(watched, "GET", "/v1/diagnoses/id-of-a-case")
    ask(watched, "DELETE", "/v1/diagnoses/id-of-a-case")
    ask(watched, "GET", "/?language=sw")
    ask(watched, "GET", "/private-page?latitude=-1.2921")
    ask(watched, "GET", "/metrics")
    watched.metrics()
    last = ask(watched, "GET", "/bad", X_Request_Id="the-last-of-them")
    connection = http.client.HTTPConnection("127.0.0.1", watched.server.port, source_address=(SENDER, 0))
    connection.putrequest("GET", "/private-page", skip_host=True)
    connection.putheader("header-of-no-request(", "x")
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()

    lines_of(watched, last.headers["X-Request-Id"], 1)
    text = watched.log.read_text(encoding="utf-8")
    assert "could not be understood" in text
    assert {kind for kind, secret in SECRETS.items() if secret in text} == set()
