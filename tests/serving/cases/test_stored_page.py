"""The page's own way to judge and to delete an answer."""

import re
from pathlib import Path

from flask.testing import FlaskClient

from serving.container import Services
from tests.pictures import PictureFactory
from tests.serving.cases.asking import KEY, count, kept_files
from tests.serving.conftest import Send


class TestPage:
    def token(self, page: str) -> tuple[str, str]:
        found = re.search(r"/answers/([^/]+)/feedback", page), re.search(r'name="token" value="([^"]+)"', page)
        assert all(found)
        return found[0].group(1), found[1].group(1)  # type: ignore[union-attr]

    def test_feedback(self, client: FlaskClient, send: Send, pictures: PictureFactory, services: Services) -> None:
        public_id, token = self.token(send("/", [pictures.red()]).text)
        page = client.post(f"/answers/{public_id}/feedback", data={"token": token, "verdict": "wrong"})
        assert (page.status_code, 'id="judged"' in page.text) == (200, True)
        assert services.repository.cases.find(public_id).feedback.verdict == "wrong"  # type: ignore[union-attr]
        for data, status in (({"token": "x", "verdict": "wrong"}, 404), ({"token": token, "verdict": "no"}, 422)):
            assert client.post(f"/answers/{public_id}/feedback", data=data).status_code == status

    def test_delete(self, client: FlaskClient, send: Send, pictures: PictureFactory, tmp_path: Path) -> None:
        page = send("/", [pictures.red()], consent="photos").text
        assert 'data-photos="kept"' in page
        # The next person with this phone has not agreed to anything.
        assert 'id="consent"' in page
        assert not re.search(r'<input type="checkbox"[^>]*checked', page)
        public_id, token = self.token(page)
        assert client.post(f"/answers/{public_id}/delete", data={"token": "x"}).status_code == 404
        assert len(kept_files(tmp_path)) == 1
        assert 'id="deleted"' in client.post(f"/answers/{public_id}/delete", data={"token": token}).text
        assert kept_files(tmp_path) == []

    def test_reloading_the_answer_makes_no_second_case(
        self, send: Send, pictures: PictureFactory, services: Services
    ) -> None:
        for photo, cases in ((pictures.red(), 1), (pictures.red(), 1), (pictures.leaf(), 2)):
            assert send("/", [photo], key=KEY).status_code == 200
            assert count(services, "cases") == cases
