"""The hand-kept description is valid and names what the app has. Schemathesis checks answers in ``tests/contract``."""

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from majani.conformance.vectors import GoldenVectors
from majani.text.advice import Advice
from serving.api import access, usage
from serving.api.description import read_description, read_version
from serving.api.schemas import case, schemas
from serving.http.errors import DESK_PREFIX, STATUSES, Problem
from serving.i18n.messages import TITLES
from serving.persistence.outbox import EventKind
from serving.visits import visit

# The description itself, files, and what machines of the operator ask. Pages for people are left out too.
NOT_DESCRIBED = {"description.show", "static", "phone_app.send", "metrics.show"}
MODELS: tuple[type[BaseModel], ...] = (
    *(Advice, GoldenVectors, Problem, access.AccessEntry, usage.UsageOfDay, visit.Visit, visit.VisitChanges),
    *(case.CaseEntry, case.CaseList, case.ExpertEntry, case.FeedbackEntry, case.KeptDiagnosis),
    *(case.NamedEntry, case.NewDiagnosis, case.PhotoEntry),
    *(schemas.ConditionEntry, schemas.CropEntry, schemas.LanguageEntry, schemas.ModelEntry),
    *(schemas.AdviceTexts, schemas.InterfaceTexts, schemas.Texts),
)


@pytest.fixture(scope="module")
def spec(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/openapi.json").json
    assert isinstance(answer, dict)
    return answer


def operations(spec: dict[str, Any]) -> list[dict[str, Any]]:
    asked = (*spec["paths"].values(), *spec["webhooks"].values())
    return [operation for path in asked for operation in path.values()]


def test_is_the_file_valid_and_has_every_webhook(spec: dict[str, Any]) -> None:
    assert spec == read_description()
    assert spec["info"]["version"] == read_version()
    assert [error.message for error in OpenAPIV31SpecValidator(spec).iter_errors()] == []
    assert set(spec["webhooks"]) == {f"majani.{kind}" for kind in (*EventKind, "ping")}
    names = [operation["operationId"] for operation in operations(spec)]
    assert len(set(names)) == len(names)
    assert {tag["name"] for tag in spec["tags"]} == {tag for operation in operations(spec) for tag in operation["tags"]}


def test_has_every_route(app: Flask, spec: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in NOT_DESCRIBED and not rule.endpoint.startswith("pages.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(DESK_PREFIX)
    }
    assert routes == {(path, method) for path, methods in spec["paths"].items() for method in methods}


def test_codes_and_their_titles_are_those_of_the_service(spec: dict[str, Any]) -> None:
    assert spec["components"]["schemas"]["Code"]["enum"] == list(STATUSES)
    responses = [
        response
        for group in [spec["components"], *operations(spec)]
        for status, response in group["responses"].items()
        if "problem+json" in str(response)
    ]
    assert responses
    for response in responses:
        [_, schema] = response["content"]["application/problem+json"]["schema"]["allOf"]
        codes = schema["properties"]["code"]["enum"]
        assert response["description"] == "\n".join(f"* `{code}`: {TITLES[code]}." for code in codes)


def test_fields_are_those_of_the_models_and_always_there(spec: dict[str, Any]) -> None:
    for model in MODELS:
        schema = spec["components"]["schemas"][model.__name__]
        assert set(schema["required"]) == set(schema["properties"]) == set(model.model_fields), model


def test_routes_for_roles_and_senders_say_so(spec: dict[str, Any]) -> None:
    secured = {
        operation["operationId"]: operation["security"] for operation in operations(spec) if "security" in operation
    }
    sender: list[dict[str, list[str]]] = [{"AnswerToken": []}, {"AccessToken": ["client"]}]
    worker = {"AccessToken": ["extension"]}
    assert secured == {
        **dict.fromkeys(("giveFeedback", "giveReply", "followUp", "getExpert", "askExpert", "replyToExpert"), sender),
        **{name: [*sender, worker] for name in ("getDiagnosis", "getHeatmap", "getPhoto")},
        **{name: [worker] for name in ("getAccess", "getVisits", "putVisit", "deleteVisit")},
        "diagnose": [{}, {"AccessToken": ["client"]}],
        "listDiagnoses": [{"AccessToken": ["client"]}],
        "deleteDiagnosis": [*sender, {"AccessToken": ["admin"]}],
        "getUsage": [{"AccessToken": ["client"]}, {"AccessToken": ["agronomist"]}],
    }
