"""Reviews come from the desk."""

from tests.serving.desk.conftest import app, references_dir

__all__ = ["app", "references_dir"]
