"""A program with a key asks, and lists, counts and opens its own cases; it can do nothing else."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.cases.submission import read_case
from serving.container import Services
from serving.persistence.engine import connect
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp
from tests.serving.persistence.test_cases import new_case

DAY = timedelta(days=1)
API = "/v1/diagnoses"
Keys = tuple[dict[str, str], dict[str, str]]


@pytest.fixture
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("clients"))


@pytest.fixture
def keys(services: Services) -> Keys:
    """What two programs send."""
    one, other = (AccessTokens(services.engine).create(name, Role.CLIENT, DAY) for name in ("one", "other"))
    return {"Authorization": f"Bearer {one}"}, {"Authorization": f"Bearer {other}"}


def ask(client: FlaskClient, headers: Mapping[str, str], photo: bytes) -> Any:
    created = client.post(f"{API}?consent=photos", data=photo, content_type="image/jpeg", headers=headers)
    assert created.status_code == 201, created.text
    return created.json


def test_it_lists_counts_and_judges_its_own_cases_only(
    client: FlaskClient,
    keys: Keys,
    agronomist: dict[str, str],
    pictures: PictureFactory,
) -> None:
    key, other = keys
    first, second, _ = (ask(client, who, pictures.red()) for who in (key | {"Accept-Language": "sw"}, key, other))
    assert client.post("/", data=pictures.red(), content_type="image/jpeg").status_code == 200
    listed = client.get(API, headers=key).json
    assert [case["id"] for case in listed["diagnoses"]] == [second["id"], first["id"]]
    assert listed["next"] is None
    newest = listed["diagnoses"][0]
    assert set(newest) == {"id", "created_at", "outcome", "condition", "photos"}
    assert newest["photos"] == [photo["id"] for photo in second["photos"]] == [f"{second['id']}.0"]
    assert (newest["outcome"], newest["condition"]) == (second["outcome"], second["condition"]["id"])

    feedback = {"verdict": "right"}
    heard = [
        client.put(f"{API}/{first['id']}/feedback", json=feedback, headers=who) for who in (key, other, agronomist)
    ]
    assert [answer.json.get("code") for answer in heard] == [None, "diagnosis_unknown", "diagnosis_unknown"]

    def used(headers: dict[str, str]) -> dict[str, Any]:
        # Of the last two days, in case it is midnight.
        [day] = [day for day in client.get("/v1/usage?days=2", headers=headers).json["days"] if day["cases"]]
        return day

    assert used(key) == {
        "day": used(agronomist)["day"],
        "cases": 2,
        "outcomes": {first["outcome"]: 2},
        "model_versions": {first["model_version"]: 2},
        "languages": {"sw": 1, "en": 1},
        "origins": {"api": 2},
        "verdicts": {"right": 1},
    }
    counted = [(day["cases"], day["origins"], day["verdicts"]) for day in map(used, (other, agronomist))]
    assert counted == [(1, {"api": 1}, {}), (4, {"api": 3, "page": 1}, {"right": 1})]
    # People with a role have sent none.
    assert client.get(API, headers=agronomist).json == {"diagnoses": [], "next": None}


def test_its_key_opens_its_own_cases_and_no_others(
    client: FlaskClient, services: Services, keys: Keys, pictures: PictureFactory
) -> None:
    """As the token of each does, also after the key was replaced."""
    key, other = keys
    first, again, others, farmers = (ask(client, who, pictures.red())["id"] for who in (key, key, other, {}))
    key = {"Authorization": f"Bearer {AccessTokens(services.engine).replace(1, DAY)}"}
    reply = {"condition": "bean.rust", "against": "bean.angular_leaf_spot", "reply": "yes"}
    followed_up = {"done": "yes", "state": "better"}
    asked: tuple[tuple[str, dict[str, str], int], ...] = (
        *(("GET ", {}, 200), ("GET /heatmaps/0", {}, 200), ("GET /photos/0", {}, 200), ("GET /expert", {}, 200)),
        *(("PUT /feedback", {"verdict": "right"}, 200), ("PUT /expert", {}, 200)),
        *(("PUT /follow-up", followed_up, 200), ("PUT /follow-up", followed_up | {"later": again}, 200)),
        # Another sender's.
        *(("PUT /follow-up", followed_up | {"later": later}, 404) for later in (others, farmers)),
        # Nothing is asked.
        *(("PUT /reply", reply, 404), ("PUT /expert/reply", {"question": "ask_half", "reply": "yes"}, 404)),
        *(("DELETE ", {}, 204), ("GET ", {}, 404)),
    )

    def heard(case: str, who: dict[str, str]) -> list[int]:
        ways = ((*what.split(" "), json) for what, json, _ in asked)
        return [
            client.open(f"{API}/{case}{path}", method=method, json=json, headers=who).status_code
            for method, path, json in ways
        ]

    assert heard(first, other) == heard(farmers, key) == [404] * len(asked)
    assert heard(first, key) == [status for _, _, status in asked]
    assert [case["id"] for case in client.get(API, headers=key).json["diagnoses"]] == [again]


def test_a_case_belongs_to_the_program_that_sent_it_first_whatever_its_key_is_by_now(
    client: FlaskClient, services: Services, keys: Keys, pictures: PictureFactory
) -> None:
    key, _ = keys
    same = {"Idempotency-Key": "key-of-a-phone-that-asks"}
    farmers, own = ask(client, same, pictures.red()), ask(client, key, pictures.red())
    assert ask(client, key | same, pictures.red())["id"] == farmers["id"]
    fresh = {"Authorization": f"Bearer {AccessTokens(services.engine).replace(1, DAY)}"}
    assert [case["id"] for case in client.get(API, headers=fresh).json["diagnoses"]] == [own["id"]]
    for case, status in ((farmers, 404), (own, 200)):
        judged = client.put(f"{API}/{case['id']}/feedback", json={"verdict": "wrong"}, headers=fresh)
        assert judged.status_code == status
    # The former key is cut off, also from asking.
    ended = client.post(API, data=pictures.red(), content_type="image/jpeg", headers=key)
    assert (ended.status_code, ended.json["errors"]) == (401, {"token": ["revoked"]})


def test_pages_have_every_case_once_whatever_is_deleted_meanwhile_and_other_pages_are_refused(
    client: FlaskClient, services: Services, keys: Keys
) -> None:
    key, _ = keys

    def page(before: str) -> Any:
        return client.get(API, query_string={"before": before}, headers=key)

    cases = services.repository.cases
    for number in range(130):
        cases.add(new_case(f"{number:022}", photos=2))
    with services.engine.begin() as connection:
        # Half of them of one moment, as `clock accept --date-anew` leaves them.
        connection.exec_driver_sql("UPDATE cases SET client_id = 1")
        connection.exec_driver_sql(
            "UPDATE cases SET created_at = (SELECT created_at FROM cases WHERE id = 90) WHERE id BETWEEN 25 AND 90"
        )
    first = client.get(API, headers=key).json
    assert len(first["diagnoses"]) == 100
    # The last one of the page is gone, as where a program deletes what it has seen.
    cases.delete([first["diagnoses"][-1]["id"]])
    rest = page(first["next"]).json
    assert rest["next"] is None
    seen = [case["id"] for part in (first, rest) for case in part["diagnoses"]]
    assert sorted(seen) == [f"{number:022}" for number in range(130)]
    assert seen[:40] == [f"{number:022}" for number in reversed(range(90, 130))]
    assert first["diagnoses"][0]["photos"] == ["0000000000000000000129.0", "0000000000000000000129.1"]

    last = "a" * 22
    odd = ("", "x", "2026-11-29T00:00:00Z", f"2026-11-29T00:00:00_{last}", f"2026-11-29T00:00:00Z_{last[1:]}\0")
    for before in (*odd, f"{'9' * 200}_{last}"):
        assert (page(before).status_code, page(before).json["code"]) == (422, "request_invalid"), before
    # The ends of the calendar are no trouble.
    assert page(f"0001-01-01T00:00:00+14:00_{last}").json == {"diagnoses": [], "next": None}
    assert len(page(f"9999-12-31T23:59:59-14:00_{last}").json["diagnoses"]) == 100


def test_no_sheet_signs_a_phone_in_as_a_program_but_its_key_is_revoked_there(
    client: FlaskClient, services: Services, keys: Keys
) -> None:
    admin = {"Authorization": f"Bearer {AccessTokens(services.engine).create('office', Role.ADMIN, DAY)}"}
    made = client.post("/desk/tokens", data={"name": "app", "role": "client", "days": "9"}, headers=admin)
    page = client.get("/desk/tokens", headers=admin).text
    assert (made.status_code, 'value="client"' in page, "/desk/tokens/1/replace" in page) == (422, False, False)
    assert client.post("/desk/tokens/1/revoke", headers=admin).status_code == 303
    assert client.get(API, headers=keys[0]).status_code == 401


def test_while_storage_is_away_its_key_says_so_and_a_farmer_is_answered(
    app: Flask, keys: Keys, pictures: PictureFactory
) -> None:
    services: Services = app.extensions["majani"]
    engine = connect(str(services.engine.url))
    client, photo = app.test_client(), {"data": pictures.red(), "content_type": "image/jpeg"}
    for table in ("cases", "access_tokens"):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_away")
        assert client.post(API, **photo, headers=keys[0]).status_code == 503
    created = client.post(API, **photo)
    assert (created.status_code, created.json["id"], created.json["photos"][0]["id"]) == (201, None, None)
    # Nor does counting its requests fail them.
    assert client.get("/v1/crops", headers=keys[0]).status_code == 200
    engine.dispose()


def test_programs_behind_one_address_wait_each_behind_its_own_cases(app: Flask, pictures: PictureFactory) -> None:
    with app.test_request_context(API, method="POST", data=pictures.red(), content_type="image/jpeg"):
        senders = [read_case(request, client_id).sender for client_id in (None, 1, 2, 1)]
    assert senders[1] == senders[3]
    assert len(set(senders)) == 3
