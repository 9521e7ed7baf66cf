"""Who may do what: every route with every kind of caller; and what a caller is told about an access token.

A route without a row here fails the first test, so every new route must say who may use it. A new row is one line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import delete
from werkzeug.test import TestResponse

from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import write_bundle
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import Services
from serving.persistence.models import RefitRow, taught_path
from serving.persistence.repository import write_session
from serving.settings import Settings
from serving.teach.repository import RefitState, TaughtPhotos
from tests.pictures import PictureFactory
from tests.serving.cases.asking import bearer
from tests.serving.conftest import MakeApp
from tests.serving.desk.conftest import write_districts
from tests.serving.site.tiny_build import write_build
from tests.tiny_bundle import tiny_district_bundle
from tests.tiny_examples import write_tiny_examples
from tests.tiny_references import write_tiny_references

DAY = timedelta(days=1)
# Who asks. A sender has the token of the case in question, a stranger that of another case; the program has sent it.
NOBODY, SENDER, STRANGER, EXPIRED, REVOKED, GARBAGE = "nobody", "sender", "stranger", "expired", "revoked", "garbage"
PROGRAM = "program"
# Of the case's district or another one; all others with a role are of none.
BOUND = {f"{role} {where}": role for role in (Role.EXTENSION, Role.AGRONOMIST) for where in ("here", "elsewhere")}
ROLES = {PROGRAM: Role.CLIENT} | {role.value: role for role in Role} | BOUND
CALLERS = (NOBODY, SENDER, STRANGER, *ROLES, EXPIRED, REVOKED, GARBAGE)
KITUI, BUSIA = "Kitui", "Busia"
# Number of the token of the first role, that of a colleague here.
FIRST = 1
# What they hear if they may, and where they may not know that there is something.
IN, UNKNOWN = "in", "diagnosis_unknown"

Heard = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """What each caller hears; what is asked for, if :data:`FILLED` does not say so; with what."""

    heard: Heard
    path: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    has_form: bool = False


def everybody(heard: str = IN) -> Heard:
    return dict.fromkeys(CALLERS, heard)


def at_least(role: Role, heard: str = IN) -> Heard:
    """Let in the role and the higher ones. Lower roles learn that they need a higher one; other callers do not."""
    refused = everybody("token_invalid")
    return refused | {caller: heard if role in own.included else "role_insufficient" for caller, own in ROLES.items()}


def sender_or(role: Role) -> Heard:
    """Let in the sender, the role and the higher ones. Other callers do not learn that the case exists."""
    return sender_only() | {caller: IN for caller, own in ROLES.items() if role in own.included}


def sender_only() -> Heard:
    return everybody("diagnosis_unknown") | {NOBODY: "token_invalid", SENDER: IN, PROGRAM: IN}


def in_form() -> Heard:
    """For the sender by the token in a form, which is no place for a program's key."""
    return everybody("diagnosis_unknown") | {SENDER: IN}


def there(heard: Heard) -> Heard:
    """Of one place: others are refused who would be let in."""
    return _bound(heard, (" elsewhere",))


def of_all_places(heard: Heard) -> Heard:
    """For nobody who is bound to one."""
    return _bound(heard, (" here", " elsewhere"))


def _bound(heard: Heard, where: tuple[str, ...]) -> Heard:
    may = [caller for caller in BOUND if caller.endswith(where) and heard[caller] not in ("role_insufficient", UNKNOWN)]
    return {**heard, **dict.fromkeys(may, "district_other")}


def own_visit() -> Heard:
    """Only for the worker whose it is."""
    others = [caller for caller, role in ROLES.items() if Role.EXTENSION in role.included][1:]
    return at_least(Role.EXTENSION) | dict.fromkeys(others, "visit_of_another")


def refusing_ended_keys() -> Heard:
    """For everybody, but a program whose key has ended is told so."""
    return everybody() | dict.fromkeys((EXPIRED, REVOKED, GARBAGE), "token_invalid")


# Each adds a route.
SECRETS = (
    "whatsapp_phone_number_id",
    "africastalking_username",
    *(name for name, field in Settings.model_fields.items() if field.annotation == SecretStr | None),
)

# What stands in an address where its rule has a name.
FILLED = {
    **{"diagnosis_id": "{id}", "case_id": "{id}", "sha256": "{model}", "file": "{example}", "position": "0"},
    **{"condition_id": "bean.rust", "crop_id": "bean", "tag": "sw", "part": "advice", "visit_id": str(uuid4())},
    # The fifth token has expired.
    **{"code": "not_found", "photo_id": "a" * 22, "token_id": "5"},
}
VISIT, MOMENT = "/v1/visits/<uuid:visit_id>", "2026-05-03T08:00:00Z"
CASE, ANSWER, DESK_CASE = "/v1/diagnoses/<diagnosis_id>", "/answers/<diagnosis_id>", "/desk/cases/<case_id>"
NOT_ASKED = dict.fromkeys((SENDER, PROGRAM), "not_found")
VERSION = "2026-02-03-kitui"
REPLY = {"condition": "bean.rust", "against": "bean.angular_leaf_spot", "reply": "yes"}
MATRIX: Mapping[tuple[str, str], Row] = {
    **{
        ("GET", rule): Row(everybody())
        for rule in (
            *("/", "/problems/<code>", "/leaflets", "/leaflets/<condition_id>", "/openapi.json", "/healthz", "/readyz"),
            *("/v1/model", "/v1/model/<sha256>.onnx", "/v1/model/golden", "/v1/languages", "/v1/crops"),
            *("/v1/crops/<crop_id>", "/v1/conditions", "/v1/conditions/<condition_id>", "/v1/advice/<condition_id>"),
            *("/v1/causes", "/v1/texts/<tag>", "/v1/texts/<tag>/<part>", "/v1/examples/<file>", "/v1/office"),
            "/v1/retention",
        )
    },
    ("POST", "/"): Row(everybody(), request={"photo": True}),
    ("GET", "/static/<path:filename>"): Row(everybody(), "/static/page.css"),
    ("GET", "/app/<path:filename>"): Row(everybody(), "/app/sw.js"),
    # Of a network with one head there is none.
    ("GET", "/v1/model/<sha256>.safetensors"): Row(everybody("not_found")),
    ("POST", "/v1/diagnoses"): Row(refusing_ended_keys(), request={"photo": True}),
    # People with a role have sent none.
    ("GET", "/v1/diagnoses"): Row(at_least(Role.CLIENT)),
    # The key is a secret by itself, so every caller who has it may use it.
    ("DELETE", "/v1/diagnoses"): Row(everybody(), request={"headers": {"Idempotency-Key": "key-of-a-phone-that-asks"}}),
    ("GET", CASE): Row(there(sender_or(Role.EXTENSION))),
    ("GET", f"{CASE}/heatmaps/<int:position>"): Row(there(sender_or(Role.EXTENSION))),
    ("GET", f"{CASE}/photos/<int:position>"): Row(there(sender_or(Role.EXTENSION))),
    ("DELETE", CASE): Row(sender_or(Role.ADMIN)),
    ("PUT", f"{CASE}/feedback"): Row(sender_only(), request={"json": {"verdict": "right"}}),
    ("PUT", f"{CASE}/follow-up"): Row(sender_only(), request={"json": {"done": "yes", "state": "better"}}),
    ("GET", f"{CASE}/expert"): Row(sender_only()),
    ("PUT", f"{CASE}/expert"): Row(sender_only()),
    # Nobody asks them anything.
    ("PUT", f"{CASE}/expert/reply"): Row(
        sender_only() | NOT_ASKED, request={"json": {"question": "ask_half", "reply": "yes"}}
    ),
    ("POST", f"{ANSWER}/expert"): Row(in_form(), has_form=True),
    ("POST", f"{ANSWER}/feedback"): Row(in_form(), request={"data": {"verdict": "right"}}, has_form=True),
    # Their answer names a condition, so it asks nothing.
    ("PUT", f"{CASE}/reply"): Row(sender_only() | NOT_ASKED, request={"json": REPLY}),
    ("POST", f"{ANSWER}/reply"): Row(in_form() | {SENDER: "not_found"}, request={"data": REPLY}, has_form=True),
    ("POST", f"{ANSWER}/delete"): Row(in_form(), has_form=True),
    **{
        ("GET", rule): Row(at_least(Role.EXTENSION))
        for rule in (
            *("/desk", "/desk/next", "/desk/known/<int:position>", "/desk/overview", "/desk/overview/cases.csv"),
            *("/desk/overview/areas.csv", "/desk/overview/areas.geojson", "/desk/report/weeks.csv", "/v1/access"),
            "/v1/visits",
        )
    },
    **{
        ("GET", f"{DESK_CASE}{part}"): Row(there(at_least(Role.EXTENSION)))
        for part in ("", *(f"/{kind}/<int:position>" for kind in ("photos", "thumbnails", "heatmaps")))
    },
    **{
        ("GET", f"/desk/report{part}"): Row(of_all_places(at_least(Role.EXTENSION))) for part in ("", "/follow_ups.csv")
    },
    ("POST", "/desk/sign-in"): Row(at_least(Role.EXTENSION), has_form=True),
    ("POST", "/desk/sign-out"): Row(at_least(Role.EXTENSION)),
    ("POST", DESK_CASE): Row(there(at_least(Role.EXTENSION)), request={"data": {"label": "bean.rust"}}),
    ("POST", f"{DESK_CASE}/report"): Row(there(at_least(Role.EXTENSION))),
    ("POST", f"{DESK_CASE}/put-back"): Row(there(at_least(Role.AGRONOMIST))),
    # Nobody has reported it.
    ("POST", f"{DESK_CASE}/delete"): Row(there(at_least(Role.AGRONOMIST, "not_found"))),
    ("GET", "/desk/cases"): Row(at_least(Role.AGRONOMIST)),
    ("GET", "/desk/agreement"): Row(at_least(Role.AGRONOMIST)),
    ("GET", "/desk/visits"): Row(of_all_places(at_least(Role.AGRONOMIST))),
    **{
        (method, f"/desk/teach{path}"): Row(
            there(at_least(Role.AGRONOMIST)), f"/desk/teach{path}?district={KITUI}", request
        )
        for method, path, request in (
            *(("GET", "", {}), ("GET", "/label", {}), ("GET", "/export.zip", {}), ("POST", "/photos", {})),
            *(("POST", "/names", {}), ("POST", "/labels", {"data": {"label": "unsure"}}), ("POST", "/remove", {})),
            *(("POST", "/refits", {}), ("POST", "/back", {"data": {"version": VERSION}})),
            *(("POST", "/use", {"data": {"refit": "1"}}), ("GET", "/photos/<photo_id>", {})),
        )
    },
    ("GET", "/desk/tokens"): Row(at_least(Role.ADMIN)),
    ("POST", "/desk/tokens"): Row(
        at_least(Role.ADMIN), request={"data": {"name": "tablet 7", "role": "extension", "days": "9"}}
    ),
    ("POST", "/desk/tokens/<int:token_id>/revoke"): Row(at_least(Role.ADMIN)),
    ("POST", "/desk/tokens/<int:token_id>/replace"): Row(at_least(Role.ADMIN)),
    # The first caller who may makes it their own.
    ("PUT", VISIT): Row(own_visit(), request={"json": {"started_at": MOMENT, "changed_at": MOMENT}}),
    ("DELETE", VISIT): Row(own_visit()),
    # A program's counts are its own.
    ("GET", "/v1/usage"): Row(at_least(Role.AGRONOMIST) | dict.fromkeys((PROGRAM, Role.CLIENT.value), IN)),
    # Only for machines that have a secret of their own; no role opens them.
    ("GET", "/metrics"): Row(everybody("token_invalid")),
    ("GET", "/channels/whatsapp"): Row(everybody("request_malformed")),
    ("POST", "/channels/whatsapp"): Row(everybody("request_malformed"), request={"json": {}}),
    ("POST", "/channels/telegram"): Row(everybody("request_malformed"), request={"json": {}}),
    ("POST", "/channels/rapidpro"): Row(everybody("token_invalid"), request={"json": {}}),
    ("POST", "/channels/africastalking"): Row(everybody("token_invalid"), request={"data": {}}),
}


@pytest.fixture(scope="module")
def app(make_app: MakeApp, diagnoser: Diagnoser, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """With every route that settings can add, and what a district has been taught."""
    folder = tmp_path_factory.mktemp("matrix")
    app = make_app(
        folder,
        app_dir=write_build(folder / "dist"),
        references_dir=write_tiny_references(folder / "references", diagnoser),
        examples_dir=write_tiny_examples(folder / "examples"),
        boundaries=write_districts(folder, (KITUI, 38.0, -1.5, 0.5), (BUSIA, 34.0, 0.0, 0.5)),
        districts_dir=folder / "districts",
        **dict.fromkeys(SECRETS, "0123456789abcdef"),
    )
    write_bundle(tiny_district_bundle(version=VERSION), folder / "districts/kitui/refit")
    return app


@pytest.fixture(scope="module")
def access(app: Flask) -> AccessTokens:
    return AccessTokens(app.extensions["majani"].engine)


@pytest.fixture(scope="module")
def tokens(access: AccessTokens) -> dict[str, str]:
    """The token of each caller who has one whatever is asked for."""
    made = {role.value: access.create(role, role, DAY) for role in Role}
    made |= {EXPIRED: access.create(EXPIRED, Role.ADMIN, -DAY), REVOKED: access.create(REVOKED, Role.ADMIN, DAY)}
    made[PROGRAM] = access.create(PROGRAM, Role.CLIENT, DAY)
    for caller, role in BOUND.items():
        district = KITUI if caller.endswith(" here") else BUSIA
        [made[caller]] = access.create_batch([caller], role, DAY, district=district)
    access.revoke(access.find(made[REVOKED]).id)
    return made | {GARBAGE: "majani_garbage"}


@pytest.fixture(autouse=True)
def _no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.desk.teach_page.start", lambda _: None)


def test_every_route_is_in_the_matrix(app: Flask) -> None:
    # The two left out answer as GET does, without a body, and say which methods there are.
    assert {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    } == set(MATRIX)


@pytest.mark.parametrize(("method", "rule"), [pytest.param(*route, id=" ".join(route)) for route in MATRIX])
def test_door_opens_for_whom_it_should(
    method: str, rule: str, client: FlaskClient, services: Services, tokens: dict[str, str], pictures: PictureFactory
) -> None:
    row, photo = MATRIX[method, rule], pictures.red()
    address = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: FILLED[name[1]], row.path or rule)
    heard, case, other = {}, {}, {}
    for caller in CALLERS:
        if "{id}" in address and (not case or re.search("(?i)delete|report", f"{method} {rule}")):
            case, other = (_case(client, photo, tokens[PROGRAM]) for _ in range(2))
        if "/desk/teach" in rule:
            _teach(services, photo, is_learned=rule.endswith("/use"))
        own = {SENDER: case.get("token", "x"), STRANGER: other.get("token", "x")}
        model, example = services.diagnoser.manifest.model.sha256, min(services.examples.files)
        path = address.format(id=case.get("id"), model=model, example=example)
        heard[caller] = _hear(_ask(client, method, path, row, (tokens | own).get(caller), photo))
        if rule == "/desk/teach/use":
            assert (services.districts.version(KITUI) is not None) is (heard[caller] == IN)
    assert heard == {str(caller): code for caller, code in row.heard.items()}


@pytest.mark.parametrize("role", Role.ADMIN.included[1:])
def test_every_person_is_told_what_its_token_is_good_for(role: Role, client: FlaskClient, access: AccessTokens) -> None:
    earliest = datetime.now(UTC) + DAY
    token = access.create("tablet 7, Kisumu", role, DAY)
    latest = datetime.now(UTC) + DAY
    answer = client.get("/v1/access", headers=bearer(token))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    told = dict(answer.json)
    assert earliest <= datetime.fromisoformat(told.pop("expires_at")) <= latest
    # Neither the token, nor its number, by which it is revoked.
    worker = told.pop("worker")
    assert told == {"name": "tablet 7, Kisumu", "role": role.value, "district": None}
    access.replace(access.find(token).id, DAY)
    newer = access.replace(access.list()[-1].id, DAY)
    assert client.get("/v1/access", headers=bearer(newer)).json["worker"] == worker


def test_who_shows_no_good_token_is_asked_for_one(client: FlaskClient) -> None:
    bearers = [f"Bearer{given}" for given in ("", " ", " x", " majani_x", " majani_é")]
    for shown in ("", *bearers, "Basic bWFqYW5pOng=", "majani_x"):
        answer = client.get("/v1/access", headers={"Authorization": shown})
        assert (answer.status_code, answer.json["code"]) == (401, "token_invalid"), shown
        assert (answer.headers["WWW-Authenticate"], answer.headers["Cache-Control"]) == ("Bearer", "no-store")


def test_only_who_holds_a_token_learns_that_it_has_ended(access: AccessTokens, client: FlaskClient) -> None:
    expired, revoked, good = (access.create("tablet", Role.ADMIN, lasts) for lasts in (-DAY, DAY, DAY))
    access.revoke(access.find(revoked).id)
    for token, reason in ((expired, "expired"), (revoked, "revoked")):
        answer = client.get("/v1/access", headers=bearer(token))
        # Phones of 0.1.0 know this code only.
        told = (answer.status_code, answer.json["code"], answer.json["errors"])
        assert told == (401, "token_invalid", {"token": [reason]})
    answers = [client.get("/v1/access", headers=bearer(token)) for token in ("majani_x", "x", good[:-1], f"{expired}x")]
    # Nor is a good token taken from the address.
    answers += [client.get("/v1/access"), client.get(f"/v1/access?access_token={good}")]
    assert {answer.status_code for answer in answers} == {401}
    for answer in answers:
        assert answer.json | {"instance": ""} == answers[0].json | {"instance": ""}


def test_token_that_cannot_be_checked_may_be_shown_again_later(make_app: MakeApp) -> None:
    client = make_app(Path("/absent")).test_client()
    for path in ("/v1/access", "/desk"):
        answer = client.get(path, headers=bearer("majani_x"))
        assert (answer.status_code, "storage_unavailable" in answer.text) == (503, True)
        assert int(answer.headers["Retry-After"]) > 0
        # Who has none need not wait to hear so, nor does anybody keep the database busy with what is no access token.
        assert client.get(path).status_code == client.get(path, headers=bearer("x")).status_code == 401


def _case(client: FlaskClient, photo: bytes, key: str) -> dict[str, Any]:
    """A case of Kitui that a program has sent."""
    form = {"photo": (BytesIO(photo), "1.jpg"), "latitude": "-1.3", "longitude": "38.2"}
    address = "/v1/diagnoses?consent=photos&consent=location"
    created: dict[str, Any] = client.post(address, data=form, headers=bearer(key)).json
    return created


def _teach(services: Services, photo: bytes, *, is_learned: bool) -> None:
    """A photo of Kitui's, and a refit that a colleague, the first worker, wants to be used, if any; none answers."""
    TaughtPhotos(services.engine).add(KITUI, 1, public_id=FILLED["photo_id"], name="", label=None, visit="")
    services.repository.photos.write(taught_path(FILLED["photo_id"]), photo)
    services.districts.go_back(KITUI)
    moment = datetime.now(UTC)
    done = {"state": RefitState.DONE, "first_by": FIRST, "summary": {"decision": "promote", "version": VERSION}}
    row = RefitRow(id=1, district=KITUI, step="", attempts=1, due_at=moment, asked_by=FIRST, asked_at=moment, **done)
    with write_session(services.engine) as session:
        session.execute(delete(RefitRow))
        if is_learned:
            session.add(row)


def _ask(client: FlaskClient, method: str, path: str, row: Row, token: str | None, photo: bytes) -> TestResponse:
    headers = {} if token is None or row.has_form else bearer(token)
    if row.request.get("photo"):
        return client.post(path, data=photo, content_type="image/jpeg", headers=headers)
    request = dict(row.request)
    headers |= request.pop("headers", {})
    if row.has_form:
        request["data"] = request.get("data", {}) | {"token": token or ""}
    return client.open(path, method=method, headers=headers, **request)


def _hear(answer: TestResponse) -> str:
    """``in``, or the code; of a page too, which shows it."""
    with answer:
        if answer.status_code < 400:
            return IN
        if answer.mimetype == "text/html":
            codes = ("diagnosis_unknown", "token_invalid", "role_insufficient", "district_other", "not_found")
            return next(word for word in (*codes, answer.text) if word in answer.text)
        return str(answer.json["code"])
