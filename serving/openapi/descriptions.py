"""What the description at ``/openapi.json`` tells its reader, as a whole, by group of routes and by part of address."""

from typing import Any

from majani.decision.diagnoser import MAX_PHOTOS

ABOUT = """\
What is wrong with this leaf, how sure is that, and what can be done about it?

**No account.** Anybody may ask. Each answer comes with a token; whoever has it can read, judge and delete that answer.
People with a role (`extension`, `agronomist`, `admin`) show an access token instead.

**Nothing is kept without consent** but the answer itself: no photo, no place.

**Errors** are `application/problem+json` with a stable `code`, which is what to program against; `type` leads to a page
that explains it to people. Beside those named with each route, `internal_error` (500) can come from anywhere.

**Languages.** `?language=` goes before `Accept-Language`; what is not spoken here is answered in English.
"""
LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}

TAGS = {
    "Diagnoses": "Ask about a plant, and come back to the answer.",
    "Model": "Which model answers, and all that is needed to answer without a connection.",
    "Languages": "What can be read here.",
    "Crops": "Plants that Majani has a name for.",
    "Conditions": "Diseases, pests, deficiencies, and healthy.",
    "Advice": "What to do about a condition.",
    "Texts": "Everything that is said in one language.",
    "Access": "What an access token is good for.",
    "Usage": "How much the service is used.",
    "Health": "For machines that look after the service; not limited in how often they ask.",
}

# By name; each has the same meaning wherever it appears.
PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "diagnosis_id": {"description": "`id` of the answer.", "example": "Zm9yX2FuX2V4YW1wbGVfMQ"},
    "position": {
        "description": "Which photo of the case, in the order sent, from 0.",
        "example": 0,
        "schema": {"type": "integer", "minimum": 0, "maximum": MAX_PHOTOS - 1},
    },
    "crop_id": {"description": "See `GET /v1/crops`.", "example": "bean"},
    "condition_id": {"description": "See `GET /v1/conditions`.", "example": "bean.rust"},
    "tag": {"description": "See `GET /v1/languages`.", "example": "sw"},
    "sha256": {
        "description": "Checksum of the file; `file` of `GET /v1/model` has the whole address.",
        "example": "0" * 64,
    },
}


def describe(spec: dict[str, Any]) -> None:
    """Add the words."""
    spec["info"] |= {"description": ABOUT, "license": LICENSE}
    spec["tags"] = [{"name": name, "description": description} for name, description in TAGS.items()]
    for operations in spec["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter.update(PATH_PARAMETERS[parameter["name"]])
