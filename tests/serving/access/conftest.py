"""Access tokens in a database of their own."""

import pytest
from sqlalchemy import Engine

from serving.access.tokens import AccessTokens
from tests.serving.clock import Clock


@pytest.fixture
def tokens(engine: Engine, clock: Clock) -> AccessTokens:
    return AccessTokens(engine, clock=clock)
