"""What APIFlask cannot derive for the description at ``/openapi.json``."""

from typing import Any

from majani.conformance.vectors import GoldenVectors
from majani.text.advice import Advice
from serving.api.schemas.access import AccessEntry
from serving.api.schemas.case import FeedbackEntry, KeptDiagnosis, NewDiagnosis, NewFeedback
from serving.api.schemas.schemas import (
    ConditionEntry,
    ConditionList,
    CropEntry,
    CropList,
    Health,
    LanguageList,
    ModelEntry,
    Ready,
    Retention,
    Texts,
)
from serving.api.schemas.usage import Usage
from serving.http.errors import Problem
from serving.openapi import descriptions, headers
from serving.openapi.case import LANGUAGE, describe_cases
from serving.openapi.schemas import schemas

# Every schema that a route answers with.
ANSWERS = (
    NewDiagnosis,
    KeptDiagnosis,
    FeedbackEntry,
    ModelEntry,
    GoldenVectors,
    LanguageList,
    CropList,
    CropEntry,
    ConditionList,
    ConditionEntry,
    Advice,
    Texts,
    Problem,
    Health,
    Ready,
    Retention,
    AccessEntry,
    Usage,
)
# Routes whose answer depends on the reader's language.
NEGOTIATED = (
    "/v1/crops",
    "/v1/crops/{crop_id}",
    "/v1/conditions",
    "/v1/conditions/{condition_id}",
    "/v1/advice/{condition_id}",
)


def complete(spec: dict[str, Any]) -> dict[str, Any]:
    """Finish the description that APIFlask generated.

    The schemas are written again: APIFlask describes what a model accepts, but a client has to know what it sends.
    """
    spec["components"]["schemas"] = schemas(answered=ANSWERS, asked=[NewFeedback])
    spec["components"]["headers"] = headers.HEADERS
    for path, operations in spec["paths"].items():
        for operation in operations.values():
            headers.describe(path, operation)
    for path in NEGOTIATED:
        operation = spec["paths"][path]["get"]
        operation["parameters"] = [*operation["parameters"], *LANGUAGE]
        headers.describe_language(operation)
    describe_cases(spec)
    descriptions.describe(spec)
    return spec
