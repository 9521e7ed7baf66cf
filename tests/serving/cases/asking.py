"""Asking, with a key or without, and what is kept of it."""

from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from serving.container import Services

API = "/v1/diagnoses"
KEY = "a-key-made-up-by-the-phone-0001"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def post(client: FlaskClient, photo: bytes, *, key: str | None = None, **query: str) -> TestResponse:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(API, data=photo, content_type="image/jpeg", query_string=query, headers=headers)


def count(services: Services, table: str) -> int:
    with services.engine.connect() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {table}")))  # noqa: S608


def kept_files(folder: Path) -> list[Path]:
    return list((folder / "photos").rglob("*.jpg"))
