"""People are told for how long things are kept here, not in general."""

from pathlib import Path

from tests.serving.conftest import MakeApp


def test_what_the_operator_has_set_is_told(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(tmp_path, diagnosis_retention_days=7, photo_retention_days=365, visit_retention_days=14)
    told = {"diagnosis_days": 7, "photo_days": 365, "visit_days": 14}
    assert app.test_client().get("/v1/retention").json == told
