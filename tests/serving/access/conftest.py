"""Both databases for the table of tokens, as for the other tables."""

from tests.serving.persistence.conftest import empty_url, engine

__all__ = ["empty_url", "engine"]
