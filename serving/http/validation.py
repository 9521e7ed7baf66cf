"""Values of a request, checked by a model."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from serving.http.errors import InvalidRequestError

Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], location: str, values: Any) -> Model:
    """Read values from ``json`` or ``query``; InvalidRequestError has a list of messages for each wrong field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        messages: dict[str, list[str]] = {}
        for detail in error.errors():
            field = ".".join(str(part) for part in detail["loc"]) or "_schema"
            messages.setdefault(field, []).append(detail["msg"])
        raise InvalidRequestError({location: messages}) from error
