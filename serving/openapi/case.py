"""How a case is sent, for the description at ``/openapi.json``; :mod:`serving.cases.submission` reads it."""

from typing import Any

from majani.decision.diagnoser import MAX_PHOTOS
from serving.access.guard import bearer
from serving.access.role import Role
from serving.cases.submission import (
    CONSENT_FIELD,
    CROP_FIELD,
    KEY_HEADER,
    LATITUDE_FIELD,
    LONGITUDE_FIELD,
    PHOTO_FIELD,
    Consent,
)
from serving.i18n.negotiation import LANGUAGE_FIELD

_FILE = {"type": "string", "format": "binary"}
_CROP = {"type": "string", "description": "Crop id, if the sender knows it; see `GET /v1/crops`."}
_CONSENT = {
    "type": "array",
    "items": {"enum": [consent.value for consent in Consent]},
    "description": "What may be kept beside the answer; without it, nothing is.",
}
_DEGREES = {
    "type": "number",
    "description": "Rounded to a tenth of a degree before anything else happens to it; needs `consent=location`.",
}
_KEY = {
    "type": "string",
    "minLength": 16,
    "maxLength": 128,
    "pattern": "^[!-~]+$",
    "description": "Made up at random for each case; a case that is sent again with it counts once.",
}


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": False, "schema": schema}


LANGUAGE = [
    _parameter(
        LANGUAGE_FIELD,
        "query",
        {"type": "string", "description": "Language tag, such as `sw`; goes before `Accept-Language`."},
    ),
    _parameter(
        "Accept-Language",
        "header",
        {"type": "string", "description": "As browsers send it; English if nothing fits."},
    ),
]
# One operation that accepts two kinds of body is beyond APIFlask's ``input`` decorator.
CASE = {
    "parameters": [
        _parameter(KEY_HEADER, "header", _KEY),
        _parameter(CROP_FIELD, "query", _CROP),
        _parameter(CONSENT_FIELD, "query", _CONSENT),
        *LANGUAGE,
    ],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        PHOTO_FIELD: {"type": "array", "items": _FILE, "minItems": 1, "maxItems": MAX_PHOTOS},
                        CROP_FIELD: _CROP,
                        CONSENT_FIELD: _CONSENT,
                        LATITUDE_FIELD: _DEGREES | {"minimum": -90, "maximum": 90},
                        LONGITUDE_FIELD: _DEGREES | {"minimum": -180, "maximum": 180},
                    },
                    "required": [PHOTO_FIELD],
                },
            },
            "image/*": {"schema": _FILE},
        },
    },
}

# A case is read, judged and deleted with its own token, which APIFlask's guard for roles knows nothing of.
ANSWER_TOKEN = "AnswerToken"  # noqa: S105 - a name, not a secret
ANSWER_TOKEN_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "The `token` that came with the answer.",
}
_CASE = "/v1/diagnoses/{diagnosis_id}"
# The role that may do the same as the sender; None if no role may.
OWNED: dict[tuple[str, str], Role | None] = {
    (_CASE, "get"): Role.EXTENSION,
    (_CASE, "delete"): Role.ADMIN,
    (f"{_CASE}/feedback", "put"): None,
    (f"{_CASE}/heatmaps/{{position}}", "get"): Role.EXTENSION,
    (f"{_CASE}/photos/{{position}}", "get"): Role.EXTENSION,
}


def describe_cases(spec: dict[str, Any]) -> None:
    """Add how a case is sent, who may come back to it, and how to get from the one to the other."""
    creating = spec["paths"]["/v1/diagnoses"]["post"]
    creating |= CASE
    withdrawing = spec["paths"]["/v1/diagnoses"]["delete"]
    withdrawing["parameters"] = [_parameter(KEY_HEADER, "header", _KEY) | {"required": True}]
    spec["components"]["securitySchemes"][ANSWER_TOKEN] = ANSWER_TOKEN_SCHEME
    # APIFlask does not say so of any body.
    spec["paths"][f"{_CASE}/feedback"]["put"]["requestBody"]["required"] = True
    links = creating["responses"]["201"]["links"] = {}
    for (path, method), role in OWNED.items():
        operation = spec["paths"][path][method]
        operation["security"] = [{ANSWER_TOKEN: []}] + ([] if role is None else [{bearer.name: [role.value]}])
        links[operation["operationId"]] = _link(operation)


def _link(operation: dict[str, Any]) -> dict[str, Any]:
    known = {"diagnosis_id": "$response.body#/id", "position": "0"}
    names = [parameter["name"] for parameter in operation["parameters"]]
    return {
        "operationId": operation["operationId"],
        "parameters": {name: known[name] for name in names},
        "description": "With `token` of this answer as the bearer token.",
    }
