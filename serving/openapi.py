"""What APIFlask cannot derive for the description at ``/openapi.json``."""

from typing import Any

from majani.advice import Advice
from majani.golden import GoldenVectors
from serving import openapi_headers, openapi_words
from serving.access_schemas import AccessEntry
from serving.case_openapi import LANGUAGE, describe_cases
from serving.case_schemas import FeedbackEntry, KeptDiagnosis, NewDiagnosis, NewFeedback
from serving.openapi_schemas import schemas
from serving.problems import Problem
from serving.schemas import (
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
from serving.usage_schemas import Usage

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
    spec["components"]["headers"] = openapi_headers.HEADERS
    for path, operations in spec["paths"].items():
        for operation in operations.values():
            openapi_headers.describe(path, operation)
    for path in NEGOTIATED:
        operation = spec["paths"][path]["get"]
        operation["parameters"] = [*operation["parameters"], *LANGUAGE]
        openapi_headers.describe_language(operation)
    describe_cases(spec)
    openapi_words.describe(spec)
    return spec
