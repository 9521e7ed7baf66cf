"""Reviews come from the desk."""

from tests.serving.desk.conftest import app, make_token, reviewer, reviews

__all__ = ["app", "make_token", "reviewer", "reviews"]
