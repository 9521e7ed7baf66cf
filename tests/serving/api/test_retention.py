"""People are told for how long things are kept here, not in general."""

from pathlib import Path

from serving.app import create_app
from serving.settings import Settings
from tests.serving.live import NO_APP


def test_what_the_operator_has_set_is_told(tiny_bundle_dir: Path, tmp_path: Path) -> None:
    settings = Settings(
        bundle=tiny_bundle_dir,
        app_dir=NO_APP,
        database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}",
        diagnosis_retention_days=7,
        photo_retention_days=365,
    )
    answer = create_app(settings).test_client().get("/v1/retention")
    assert answer.json == {"diagnosis_days": 7, "photo_days": 365}
