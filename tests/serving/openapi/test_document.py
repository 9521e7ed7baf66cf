"""The description and the app are held to each other."""

import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from serving.http.errors import DESK_PREFIX
from tests.pictures import PictureFactory
from tests.serving.conftest import Send

# The description itself, files, and what machines of the operator ask. Pages for people are left out too.
NOT_DESCRIBED = {"openapi.spec", "static", "phone_app.send", "metrics.show"}


@pytest.fixture(scope="module")
def spec(app: APIFlask) -> dict[str, Any]:
    answer = app.test_client().get("/openapi.json").json
    assert isinstance(answer, dict)
    return answer


def test_description_is_valid(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(spec).iter_errors()] == []


def test_every_route_is_described(app: APIFlask, spec: dict[str, Any]) -> None:
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in NOT_DESCRIBED
        and not rule.endpoint.startswith("pages.")
        and not rule.rule.startswith(DESK_PREFIX)
    ]
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == {(path, method) for path, operations in spec["paths"].items() for method in operations}


def test_every_operation_has_its_own_name(spec: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in spec["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names)


def test_what_an_answer_always_has_is_required(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    assert "confidence" in schemas["NewDiagnosis"]["required"]
    assert "condition" in schemas["FeedbackEntry"]["required"]
    # What may be sent may be left out.
    assert schemas["NewFeedback"]["required"] == ["verdict"]


@pytest.mark.parametrize(
    ("route", "path", "status"),
    [
        ("/healthz", "/healthz", 200),
        ("/readyz", "/readyz", 200),
        ("/v1/model", "/v1/model", 200),
        ("/v1/model/golden", "/v1/model/golden", 200),
        ("/v1/model/{sha256}.onnx", "/v1/model/0.onnx", 404),
        ("/v1/languages", "/v1/languages", 200),
        ("/v1/crops", "/v1/crops?language=hi", 200),
        ("/v1/crops/{crop_id}", "/v1/crops/bean", 200),
        ("/v1/crops/{crop_id}", "/v1/crops/oak", 404),
        ("/v1/conditions", "/v1/conditions?language=ar", 200),
        ("/v1/conditions/{condition_id}", "/v1/conditions/bean.rust", 200),
        ("/v1/conditions/{condition_id}", "/v1/conditions/bean.healthy", 200),
        ("/v1/conditions/{condition_id}", "/v1/conditions/bean.unheard_of", 404),
        ("/v1/advice/{condition_id}", "/v1/advice/bean.rust?language=bn", 200),
        ("/v1/advice/{condition_id}", "/v1/advice/bean.unheard_of", 404),
        ("/v1/texts/{tag}", "/v1/texts/sw", 200),
        ("/v1/texts/{tag}", "/v1/texts/tlh", 404),
    ],
)
def test_get_answers_as_described(
    route: str, path: str, status: int, spec: dict[str, Any], client: FlaskClient
) -> None:
    response = client.get(path)
    assert response.status_code == status
    _check(spec, route, "get", response)


def test_routes_that_depend_on_the_language_say_so(spec: dict[str, Any], client: FlaskClient) -> None:
    for route, operations in spec["paths"].items():
        if "get" in operations:
            names = {parameter["name"] for parameter in operations["get"].get("parameters", ())}
            varies = (
                "Accept-Language"
                in client.get(route.replace("{condition_id}", "bean.rust").replace("{crop_id}", "bean")).vary
            )
            assert ({"language", "Accept-Language"} <= names) == varies, route


def test_diagnoses_are_answered_as_described(spec: dict[str, Any], send: Send, pictures: PictureFactory) -> None:
    seen = set()
    for photos in (
        [pictures.leaf()],
        [pictures.red(), pictures.text()],
        [pictures.grey()],
        [pictures.yellow()],
        [pictures.blue()],
        [pictures.dark()],
        [pictures.gif()],
        [pictures.empty()],
        [bytes(17 * 2**20)],
        [],
    ):
        response = send("/v1/diagnoses", photos)
        _check(spec, "/v1/diagnoses", "post", response)
        seen.add(response.status_code)
    assert seen == {201, 413, 415, 422}


def test_everything_is_said_in_words(spec: dict[str, Any]) -> None:
    assert spec["info"]["description"]
    assert {tag["name"] for tag in spec["tags"]} == {
        name for path in spec["paths"].values() for operation in path.values() for name in operation["tags"]
    }
    for path in spec["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            named = [*operation.get("parameters", ()), *operation["responses"].values()]
            assert all(one.get("description") or one["schema"].get("description") for one in named), operation
    for name, schema in spec["components"]["schemas"].items():
        assert "Attributes:" not in schema["description"], name
        assert "``" not in str(schema), name


def test_fields_have_the_words_of_their_docstring(spec: dict[str, Any]) -> None:
    fields = spec["components"]["schemas"]["NewDiagnosis"]["properties"]
    assert fields["token"]["description"].startswith("Lets its bearer read, delete and judge this answer.")


def test_who_may_come_back_to_an_answer_is_described(spec: dict[str, Any]) -> None:
    case = "/v1/diagnoses/{diagnosis_id}"
    assert set(spec["components"]["securitySchemes"]) == {"AnswerToken", "AccessToken"}
    assert spec["paths"][case]["get"]["security"] == [{"AnswerToken": []}, {"AccessToken": ["extension"]}]
    assert spec["paths"][f"{case}/feedback"]["put"]["security"] == [{"AnswerToken": []}]
    assert spec["paths"]["/v1/access"]["get"]["security"] == [{"AccessToken": ["extension"]}]
    assert spec["paths"]["/v1/usage"]["get"]["security"] == [{"AccessToken": ["agronomist"]}]
    assert "security" not in spec["paths"]["/v1/diagnoses"]["post"]


def test_declared_headers_are_sent(spec: dict[str, Any], client: FlaskClient, pictures: PictureFactory) -> None:
    created = client.post("/v1/diagnoses", data=pictures.red(), content_type="image/jpeg")
    answers = {
        ("/v1/diagnoses", "post", "201"): created,
        ("/v1/diagnoses/{diagnosis_id}", "get", "401"): client.get(created.headers["Location"]),
        ("/v1/crops", "get", "200"): client.get("/v1/crops"),
        ("/v1/crops", "get", "304"): client.get("/v1/crops", headers={"If-None-Match": "*"}),
        ("/v1/model/{sha256}.onnx", "get", "206"): client.get(
            client.get("/v1/model").json["file"], headers={"Range": "bytes=0-9"}
        ),
    }
    for (path, method, status), answer in answers.items():
        declared = spec["paths"][path][method]["responses"][status]["headers"]
        assert str(answer.status_code) == status
        assert set(declared) <= set(answer.headers.keys()), path


def _check(spec: dict[str, Any], path: str, method: str, response: Any) -> None:
    """The status is declared, the media type is declared for it, and the body fits the schema."""
    declared = spec["paths"][path][method]["responses"][str(response.status_code)]["content"]
    schema = {**declared[response.mimetype]["schema"], "components": spec["components"]}
    errors = [error.message for error in OAS31Validator(schema).iter_errors(response.json)]
    assert errors == []
