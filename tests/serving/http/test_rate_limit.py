"""The rate limit slows an address that sends too much, and no other. It stops an answer for no other reason."""

import logging
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
import requests
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from benchmarks.abuse.single import photo as flat
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.http.rate_limit import network_of
from serving.settings import Settings
from tests.pictures import PictureFactory
from tests.redis_server import RedisServer
from tests.serving.conftest import MakeApp
from tests.serving.live import serve

Create = Callable[..., Flask]

VILLAGE, OTHER = "192.0.2.17", "192.0.2.18"
SECRET = "0123456789abcdef"  # noqa: S105 - of nothing
# Within the half second that each waits for it.
TOGETHER = 8


@pytest.fixture
def create(make_app: MakeApp, tmp_path: Path) -> Iterator[Create]:
    """Makes apps on one database: ``create(rate_limit="2 per minute")``. Afterwards their connections are closed."""
    apps: list[Flask] = []

    def make(**settings: Any) -> Flask:
        apps.append(make_app(tmp_path, **settings))
        return apps[-1]

    yield make
    for app in apps:
        for limiter in app.extensions["limiter"]:
            client = getattr(limiter.storage, "storage", None)
            if isinstance(client, redis_client.Redis):
                client.close()


@pytest.fixture
def photo(pictures: PictureFactory) -> bytes:
    return pictures.leaf()


def test_too_many_cases_of_one_address_are_refused(create: Create, photo: bytes) -> None:
    """And headers say how many are left."""
    client = create(rate_limit="2 per minute", rate_limit_other="7 per minute").test_client()
    # Those of the page and of the API count together.
    answers = [_ask(client, photo, path=path) for path in ("/", "/v1/diagnoses")]
    assert [(answer.status_code, _left(answer)) for answer in answers] == [(200, (2, 1)), (201, (2, 0))]
    for path, media_type in (("/", "text/html"), ("/v1/diagnoses", "application/problem+json")):
        refused = _ask(client, photo, path=path)
        assert (refused.status_code, refused.mimetype, _left(refused)) == (429, media_type, (2, 0))
        assert "rate_limited" in refused.text
        assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert _ask(client, photo, sender=OTHER).status_code == 201
    # Looking at a page costs none of the cases; what is not there counts like what is.
    assert [_left(_get(client, path)) for path in ("/", "/v1/model", "/nothing")] == [(7, 6), (7, 5), (7, 4)]
    answer = _get(client, "/v1/languages")
    assert 0 < int(reset := answer.headers["RateLimit-Reset"]) <= 60
    assert answer.headers["RateLimit"] == f'"other";r=3;t={reset}'
    assert "Retry-After" not in answer.headers


def test_each_photo_and_each_withdrawal_counts_as_a_case(create: Create, photo: bytes) -> None:
    client = create(rate_limit="10 per hour; 100 per day").test_client()

    def send(photos: int, sent: bytes = photo) -> TestResponse:
        files = [FileStorage(BytesIO(sent), f"{number}.jpg") for number in range(photos)]
        return client.post("/v1/diagnoses", data={"photo": files}, environ_overrides={"REMOTE_ADDR": VILLAGE})

    assert _left(send(1)) == (10, 9)
    # The page of an app without photos costs one.
    assert _left(send(0)) == (10, 8)
    key = {"Idempotency-Key": "key-of-a-phone-that-asks"}
    withdrawn = client.delete("/v1/diagnoses", headers=key, environ_overrides={"REMOTE_ADDR": VILLAGE})
    assert (withdrawn.status_code, _left(withdrawn)) == (204, (10, 7))
    assert _left(send(3)) == (10, 4)
    # 13 megapixels that cost a core as much as three photos.
    assert _left(send(1, flat((4160, 3120), "WEBP", lossless=True))) == (10, 1)
    # It has been uploaded, so it is answered; the next one is not.
    full = send(5)
    assert (full.status_code, _left(full)) == (201, (10, 0))
    assert send(1).status_code == 429
    assert _ask(client, photo, sender=OTHER).status_code == 201


def test_whoever_watches_the_service_or_loads_its_files_is_never_refused(create: Create) -> None:
    client = create(rate_limit_other="1 per minute", metrics_token=SECRET).test_client()
    files = ("/static/page.css", "/app/sw.js", "/v1/examples/0123456789abcdef.webp")
    for path in ("/healthz", "/readyz", "/metrics", *files) * 3:
        with _get(client, path) as answer:
            assert (answer.status_code != 429, "RateLimit-Limit" in answer.headers) == (True, False), path


SENDERS = {
    # Plain, on a socket for both, behind NAT64, with 6to4, with a port.
    VILLAGE: (VILLAGE, f"::ffff:{VILLAGE}", f"64:ff9b::{VILLAGE}", "2002:c000:211:7::1", f"{VILLAGE}:51234"),
    # Of one household, also with a port; of the neighbours; of a cable.
    "2001:db8:1:2::/64": ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff::1", "[2001:db8:1:2::5]:51234"),
    "2001:db8:1:3::/64": ("2001:db8:1:3::1",),
    "fe80::/64": ("fe80::1%eth0",),
    # A proxy's word, and a socket without addresses.
    "unknown": ("unknown",),
    "": ("",),
}


def test_addresses_of_one_sender_count_together(create: Create) -> None:
    for network, addresses in SENDERS.items():
        assert [network_of(address) for address in addresses] == [network] * len(addresses)
    client = create(rate_limit_other="1 per minute").test_client()
    senders = ["2001:db8:1:2::1", "2001:db8:1:2:9::9", "2001:db8:1:3::1", "", "::ffff:192.0.2.1", "::ffff:192.0.2.2"]
    refused = [sender for sender in senders if _get(client, "/v1/model", sender=sender).status_code == 429]
    assert refused == ["2001:db8:1:2:9::9"]


def test_address_is_neither_logged_nor_kept(
    create: Create, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for url in ("memory://", redis.url):
            app = create(rate_limit_other="1 per minute", rate_limit_url=url)
            assert [_get(app.test_client(), "/v1/model").status_code for _ in range(2)] == [200, 429]
            if url == "memory://":
                [limiter] = app.extensions["limiter"]
                [counted] = limiter.storage.storage
    with redis_client.Redis(port=redis.port, decode_responses=True) as kept:
        [key] = kept.scan_iter()
        seconds = kept.ttl(key)
    assert VILLAGE not in counted + key
    # The log does not have the pseudonyms either: they would show how often a person comes.
    pseudonyms = re.findall("[0-9a-f]{32}", counted + key)
    assert len(pseudonyms) == 2
    assert not [name for name in (VILLAGE, *pseudonyms) if name in caplog.text]
    # Redis forgets it by itself, also without further requests.
    assert 0 < seconds <= 60


@pytest.mark.parametrize("field", ["rate_limit", "rate_limit_other", "rate_limit_client"])
def test_limit_that_cannot_be_read_is_refused_by_name(field: str) -> None:
    for value in ("", "often", "60", "60 per", "-1 per minute"):
        with pytest.raises(ValidationError, match=field):
            Settings.model_validate({field: value})


def test_a_program_with_a_key_counts_for_itself_from_wherever_it_asks(create: Create, photo: bytes) -> None:
    app = create(rate_limit="1 per minute", rate_limit_client="3 per minute", rate_limit_other="4 per minute")
    tokens = AccessTokens(app.extensions["majani"].engine)
    one, other = (tokens.create(name, Role.CLIENT, timedelta(days=1)) for name in ("one", "other"))
    worker = tokens.create("tablet", Role.EXTENSION, timedelta(days=1))
    client = app.test_client()

    def asked(sender: str, token: str | None = None) -> int:
        return _ask(client, photo, sender=sender, token=token).status_code

    assert [asked(sender, one) for sender in (VILLAGE, OTHER, VILLAGE, OTHER)] == [201, 201, 201, 429]
    # Neither the village nor another program has lost anything by it.
    assert [asked(VILLAGE), asked(VILLAGE), asked(VILLAGE, other)] == [201, 429, 201]
    # People with a role count by their address, and so does a key that is not good.
    assert [asked(VILLAGE, worker), asked(VILLAGE, "majani_made-up"), asked(OTHER)] == [429, 429, 201]
    made_up = [_get(client, "/v1/crops", token=f"majani_{number}").status_code for number in range(5)]
    assert made_up == [200, 200, 200, 200, 429]
    assert _get(client, "/v1/crops", token=other).status_code == 200


def test_processes_count_together_and_start_without_shared_storage(create: Create, redis: RedisServer) -> None:
    def start() -> FlaskClient:
        return create(rate_limit_other="2 per minute", rate_limit_url=redis.url).test_client()

    clients = [start(), start()]
    codes = [_get(client, "/v1/model").status_code for client in (*clients, *clients)]
    assert codes == [200, 200, 429, 429]
    assert _get(clients[0], "/v1/model", sender=OTHER).status_code == 200
    redis.kill()
    alone = start()
    assert [_get(alone, "/v1/model").status_code for _ in range(3)] == [200, 200, 429]


def test_silent_storage_delays_no_answer_for_long_and_fails_none(create: Create, redis: RedisServer) -> None:
    app = create(rate_limit_url=redis.url)
    client = app.test_client()
    assert _get(client, "/v1/model").status_code == 200
    redis.freeze()
    began = time.monotonic()
    with ThreadPoolExecutor(TOGETHER) as pool:
        answers = list(pool.map(lambda _: _get(app.test_client(), "/v1/model"), range(TOGETHER)))
    answers += [_get(client, "/v1/model") for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    assert time.monotonic() - began < 3


def test_refused_upload_hears_why(tiny_bundle_dir: Path, tmp_path: Path) -> None:
    """Over a real connection, on which the sender is still sending when the answer comes."""
    url = f"sqlite:///{tmp_path / 'majani.sqlite3'}"
    with serve(tiny_bundle_dir, database_url=url, rate_limit="1 per minute") as server:
        for status in (415, 429, 429):
            files = {"photo": bytes(8 * 1024 * 1024)}
            answer = requests.post(f"{server.url}/v1/diagnoses", files=files, timeout=30)
            assert answer.status_code == status
        assert answer.json()["code"] == "rate_limited"


def _ask(
    client: FlaskClient, photo: bytes, *, path: str = "/v1/diagnoses", sender: str = VILLAGE, token: str | None = None
) -> TestResponse:
    return client.post(path, data=photo, content_type="image/jpeg", **_from(sender, token))


def _get(client: FlaskClient, path: str, *, sender: str = VILLAGE, token: str | None = None) -> TestResponse:
    return client.get(path, **_from(sender, token))


def _from(sender: str, token: str | None) -> dict[str, Any]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return {"environ_overrides": {"REMOTE_ADDR": sender}, "headers": headers}


def _left(answer: TestResponse) -> tuple[int, int]:
    return int(answer.headers["RateLimit-Limit"]), int(answer.headers["RateLimit-Remaining"])
