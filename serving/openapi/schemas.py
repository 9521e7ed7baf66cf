"""The schemas of the description at ``/openapi.json``, written from the models and their docstrings."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

_REF = "#/components/schemas/{model}"
_ATTRIBUTES = "\n\nAttributes:\n"
# A name or several, then words, which may go on in lines that are further in.
_ATTRIBUTE = re.compile(r"^    (\w[\w, ]*): (.+(?:\n      .+)*)", re.MULTILINE)


class _Complete(GenerateJsonSchema):
    """Every field of an answer is always there, whether or not its model has a default for it."""

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ARG002
        return True


def schemas(*, answered: Iterable[type[BaseModel]], asked: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """Describe what is sent back and what is sent.

    Args:
        answered: Models of answers, as they are written.
        asked: Models of requests, as they are read.
    """
    written = _definitions(answered, "serialization", _Complete) | _definitions(asked, "validation", GenerateJsonSchema)
    for schema in written.values():
        _divide(schema)
    return written


def _definitions(
    models: Iterable[type[BaseModel]], mode: JsonSchemaMode, generator: type[GenerateJsonSchema]
) -> dict[str, Any]:
    modes = [(model, mode) for model in models]
    _, written = models_json_schema(modes, ref_template=_REF, schema_generator=generator)
    definitions: dict[str, Any] = written["$defs"]
    return definitions


def _divide(schema: dict[str, Any]) -> None:
    """Give each field its own words; a docstring has them all in one."""
    summary, _, attributes = schema.get("description", "").replace("``", "`").partition(_ATTRIBUTES)
    if summary:
        schema["description"] = summary
    for names, words in _ATTRIBUTE.findall(attributes):
        for name in names.split(", "):
            field = schema.get("properties", {}).get(name)
            if field is not None:
                field.setdefault("description", " ".join(words.split()))
