"""What APIFlask cannot derive for the description at ``/openapi.json``."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from majani.advice import Advice
from majani.bundle import Manifest
from majani.diagnoser import MAX_PHOTOS, Diagnosis
from serving.negotiation import LANGUAGE_FIELD
from serving.problems import Problem
from serving.schemas import ConditionEntry, ConditionList, Health, LanguageList, Ready, Texts

# Every schema that a route answers with.
ANSWERS = (Diagnosis, Manifest, LanguageList, ConditionList, ConditionEntry, Advice, Texts, Problem, Health, Ready)
# Routes whose answer depends on the reader's language.
NEGOTIATED = ("/v1/conditions", "/v1/conditions/{condition_id}", "/v1/advice/{condition_id}")

_REF = "#/components/schemas/{model}"
_FILE = {"type": "string", "format": "binary"}
_CROP = {"type": "string", "description": "Crop id, if the sender knows it; see `crops` of `GET /v1/model`."}
# One operation that accepts two kinds of body is beyond APIFlask's ``input`` decorator.
_CASE = {
    "parameters": [{"name": "crop", "in": "query", "required": False, "schema": _CROP}],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "photo": {"type": "array", "items": _FILE, "minItems": 1, "maxItems": MAX_PHOTOS},
                        "crop": _CROP,
                    },
                    "required": ["photo"],
                },
            },
            "image/*": {"schema": _FILE},
        },
    },
}
_LANGUAGE = [
    {
        "name": LANGUAGE_FIELD,
        "in": "query",
        "required": False,
        "schema": {"type": "string", "description": "Language tag, such as `sw`; goes before `Accept-Language`."},
    },
    {
        "name": "Accept-Language",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "description": "As browsers send it; English if nothing fits."},
    },
]


class _Complete(GenerateJsonSchema):
    """Every field of an answer is always there, whether or not its model has a default for it."""

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ARG002
        return True


def complete(spec: dict[str, Any]) -> dict[str, Any]:
    """Finish the description that APIFlask generated.

    The schemas are written again: APIFlask describes what a model accepts, but a client has to know what it sends.
    """
    spec["paths"]["/v1/diagnoses"]["post"] |= _CASE
    for path in NEGOTIATED:
        operation = spec["paths"][path]["get"]
        operation["parameters"] = [*operation.get("parameters", ()), *_LANGUAGE]
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "serialization") for model in ANSWERS]
    _, schemas = models_json_schema(modes, ref_template=_REF, schema_generator=_Complete)
    spec["components"]["schemas"] = schemas["$defs"]
    return spec
