"""Nothing can be kept: who asks is answered, who counts on it is told."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from serving.container import Services
from tests.pictures import PictureFactory
from tests.serving.cases.asking import KEY, kept_files, post
from tests.serving.conftest import Send


@pytest.fixture(autouse=True)
def _away(services: Services, tmp_path: Path) -> None:
    services.engine.dispose()
    for path in tmp_path.glob("majani.sqlite3*"):
        path.unlink()
    (tmp_path / "majani.sqlite3").mkdir()


def test_farmer_is_answered_all_the_same_and_who_counts_on_it_has_to_send_again(
    client: FlaskClient, pictures: PictureFactory
) -> None:
    response = post(client, pictures.red())
    assert (response.status_code, response.json["outcome"]) == (201, "condition")
    assert (response.json["id"], response.json["token"], response.json["keeps_photos"]) == (None, None, False)
    for response in (post(client, pictures.red(), key=KEY), post(client, pictures.red(), consent="photos")):
        assert (response.status_code, response.json["code"]) == (503, "storage_unavailable")
        assert int(response.headers["Retry-After"]) > 0


def test_page_answers_and_says_that_nothing_is_kept(send: Send, pictures: PictureFactory, tmp_path: Path) -> None:
    page = send("/", [pictures.red()], consent="photos", key=KEY)
    assert (page.status_code, "Bean rust" in page.text) == (200, True)
    assert 'data-photos="gone"' in page.text
    assert "Was this right?" not in page.text
    # It was not tried once more.
    assert kept_files(tmp_path) == []
