"""Reviewers, who share the cases of one database."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from serving.access.role import Role
from serving.access.tokens import AccessTokens


@pytest.fixture
def reviewers(engine: Engine) -> list[int]:
    tokens = AccessTokens(engine)
    for number in range(4):
        tokens.create(f"desk {number}", Role.EXTENSION, timedelta(days=1))
    return [access.id for access in tokens.list()]
