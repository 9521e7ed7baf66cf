"""Both databases, each real, as for the store."""

from tests.serving.persistence.conftest import empty_url, engine

__all__ = ["empty_url", "engine"]
