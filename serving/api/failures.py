"""How a route may fail, as OpenAPI describes it."""

from collections.abc import Iterable
from typing import Any

from serving.http.errors import MEDIA_TYPE, STATUSES, Code
from serving.i18n.messages import TITLES


def responses(*codes: Code) -> dict[int | str, dict[str, str | dict[str, dict[str, Any]]]]:
    """Declare in OpenAPI how a route may fail, for the ``responses`` of ``@blueprint.doc``."""
    by_status: dict[int | str, list[Code]] = {}
    for code in codes:
        by_status.setdefault(STATUSES[code].value, []).append(code)
    return {
        status: {
            "description": "\n".join(f"* `{code}`: {TITLES[code]}." for code in own),
            "content": {MEDIA_TYPE: {"schema": _schema(own)}},
        }
        for status, own in by_status.items()
    }


def _schema(codes: Iterable[Code]) -> dict[str, Any]:
    only = {"properties": {"code": {"enum": [code.value for code in codes]}}}
    return {"allOf": [{"$ref": "#/components/schemas/Problem"}, only]}
