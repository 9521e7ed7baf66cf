"""A report hides a case from everybody; an agronomist puts it back or deletes it; after a week it goes by itself."""

import re
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_command_app
from serving.cases.photo_store import case_of
from serving.clock import now
from serving.container import Services
from serving.districts import read_boundaries
from serving.persistence.cases import MOST_REPORTS, NothingToSeeError
from serving.persistence.erasures import Erasures
from serving.persistence.models import Case
from serving.persistence.repository import read_session
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import ReviewQueue, Reviews
from serving.persistence.similar_cases import _reviewed
from serving.review.photos import labelled_photos
from serving.telemetry.metrics import REPORTS
from tests.serving.cases.asking import bearer
from tests.serving.conftest import MakeApp
from tests.serving.desk.conftest import DAY, Kept, MakeToken, write_districts
from tests.serving.review.reviewed import send_again

CASES = 24
FILES = ("/photos/0", "/heatmaps/0")
KITUI = "Kitui"
ALL = re.compile(r'href="/desk/cases/([\w-]+)"')


class Desk:
    """Two people who use their tokens without a browser."""

    def __init__(self, app: Flask, make_token: MakeToken) -> None:
        self.services: Services = app.extensions["majani"]
        self.client, self.cases = app.test_client(), self.services.repository.cases
        roles = (Role.EXTENSION, Role.AGRONOMIST, Role.ADMIN)
        self.worker, self.agronomist, self.admin = (bearer(make_token(role, name=role)) for role in roles)
        self.commands = create_command_app(self.services.settings).test_cli_runner()

    def post(self, case_id: str, what: str, who: dict[str, str]) -> int:
        return self.client.post(f"/desk/cases/{case_id}/{what}", headers=who).status_code

    def statuses(self, case_id: str, *tokens: dict[str, str]) -> set[int]:
        """Of all addresses that show a photo, or what was seen on one."""
        paths = [f"/v1/diagnoses/{case_id}{file}" for file in FILES]
        for_people = [f"/desk/cases/{case_id}{file}" for file in (*FILES, "/thumbnails/0")]
        asked = [(path, token) for token in tokens for path in paths]
        asked += [(path, who) for who in (self.worker, self.agronomist, self.admin) for path in (*paths, *for_people)]
        return {self.client.get(path, headers=who).status_code for path, who in asked}

    def store(self, *words: str) -> None:
        done = self.commands.invoke(args=["store", *words])
        assert done.exit_code == 0, done.output

    @property
    def waiting(self) -> set[str]:
        return {case.public_id for case, _ in self.cases.reported(district=None, limit=999)}


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    return make_app(tmp_path, boundaries=write_districts(tmp_path, (KITUI, 38.0, -1.5, 0.5), ("Busia", 34.0, 0.0, 0.5)))


@pytest.fixture
def desk(app: Flask, make_token: MakeToken) -> Desk:
    return Desk(app, make_token)


def test_one_token_takes_no_case_from_anybody(desk: Desk, kept: Kept, tmp_path: Path) -> None:
    """As somebody does who has found a worker's phone: all that the list shows, and cases without photos by id."""
    for _ in range(CASES):
        kept("red")
    blank = kept("red", consent="")["id"]
    photos = desk.services.repository.photos
    listed = set(ALL.findall(desk.client.get("/desk?all", headers=desk.worker).text))
    assert len(listed) == CASES
    paths = set(desk.cases.photo_paths())
    desk.store("backup", str(tmp_path / "backup"))

    assert desk.post(blank, "report", desk.worker) == 422
    heard = {case_id: desk.post(case_id, "report", desk.worker) for case_id in sorted(listed)}
    hidden = {case_id for case_id, status in heard.items() if status == 303}
    assert (len(hidden), set(heard.values())) == (MOST_REPORTS, {303, 429})
    # A second report is no other one, and another token of the same worker opens no more.
    assert desk.post(min(hidden), "report", desk.worker) == 303
    tokens = AccessTokens(desk.services.engine)
    newer = bearer(tokens.replace(next(one.id for one in tokens.list() if one.role is Role.EXTENSION), DAY))
    assert desk.post(min(listed - hidden), "report", newer) == 429
    assert desk.post(min(listed - hidden), "delete", desk.agronomist) == 404
    assert set(ALL.findall(desk.client.get("/desk?all", headers=newer).text)) == listed - hidden

    # Merely reported: in no record of what is gone, in the next backup still hidden, in an earlier one not yet.
    assert Erasures(desk.services.engine).find(listed) == {}
    desk.store("backup", str(tmp_path / "hidden"))
    desk.store("restore", "--replace", str(tmp_path / "backup"))
    assert (desk.cases.known(listed), desk.waiting) == (listed, set())
    desk.store("restore", "--replace", str(tmp_path / "hidden"))
    assert (desk.cases.known(listed), desk.waiting) == (listed, hidden)
    page = desk.client.get("/desk/cases", headers=desk.agronomist).text
    assert set(re.findall(r'data-case="([\w-]+)"', page)) == hidden
    for case_id in hidden:
        assert desk.post(case_id, "put-back", desk.agronomist) == 303
    assert set(ALL.findall(desk.client.get("/desk?all", headers=desk.agronomist).text)) == listed
    assert desk.waiting == set()
    assert set(desk.cases.photo_paths()) == paths
    assert {photos.read(path)[:2] for path in paths} == {b"\xff\xd8"}


def test_what_is_reported_is_shown_and_used_nowhere(desk: Desk, kept: Kept, tmp_path: Path) -> None:
    reviews, queue = Reviews(desk.services.engine), ReviewQueue(desk.services.engine)
    case, boundaries = kept("red", crop="bean"), read_boundaries(tmp_path / "districts.geojson", "name")
    case_id, own = case["id"], bearer(case["token"])
    reviews.save(case_id, 2, NewReview(ReviewVerdict.CONDITION, "coffee.rust"))
    with desk.services.engine.begin() as connection:
        connection.execute(update(Case).values(latitude=-1.3, longitude=38.3, reviews_wanted=2))

    def used() -> list[int]:
        photos, _ = labelled_photos(desk.services.engine, KITUI, boundaries.cells(KITUI))
        desk.commands.invoke(args=["review", "export", str(tmp_path / "reviews.tar")])
        with tarfile.open(tmp_path / "reviews.tar") as archive:
            exported = [name for name in archive.getnames() if name.endswith(".jpg")]
        with read_session(desk.services.engine) as session:
            alike = _reviewed(session, desk.services.diagnoser.manifest.version)
        waiting = queue.count(1) + len(queue.top(1, limit=9)) + (queue.open_next(1) is not None)
        return [len(photos), len(exported), len(alike.labels), waiting, len(reviews.latest(2, limit=9))]

    assert (desk.statuses(case_id, own), used()) == ({200}, [1, 1, 1, 3, 1])
    address = f"/desk/cases/{case_id}"
    assert f'action="{address}/report"' in desk.client.get(address, headers=desk.worker).text
    assert desk.post(case_id, "report", desk.worker) == 303
    assert (desk.statuses(case_id, own), used()) == ({404}, [0, 0, 0, 0, 0])
    with pytest.raises(NothingToSeeError):
        reviews.save(case_id, 2, NewReview(ReviewVerdict.BAD_PHOTO))
    assert desk.client.put(f"/v1/diagnoses/{case_id}/expert", headers=own).status_code == 422
    # Its sender still reads the answer.
    told = desk.client.get(f"/v1/diagnoses/{case_id}", headers=own).json
    assert (told["outcome"], told["keeps_photos"]) == (case["outcome"], False)
    assert "data-reported" in desk.client.get(address, headers=desk.agronomist).text
    assert desk.post(case_id, "put-back", desk.agronomist) == 303
    assert (desk.statuses(case_id, own), used()[:3]) == ({200}, [1, 1, 1])


def test_a_case_that_was_reported_goes_with_its_photos_by_a_decision_or_after_a_week(
    desk: Desk, kept: Kept, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ids = [kept("red")["id"] for _ in range(4)]
    decided, waits, over, own = ids
    token = kept("red")
    photos, counted = Path(desk.services.settings.photos_url), REPORTS._value.get()
    for case_id in ids:
        assert desk.post(case_id, "report", desk.worker) == 303
    assert REPORTS._value.get() == counted + 4
    assert all(f"worker r1 reported case {case_id}" in caplog.text for case_id in ids)
    with desk.services.engine.begin() as connection:
        for case_id, days in ((waits, 6.9), (over, 7.1)):
            moment = {"reported_at": now() - timedelta(days=days), "created_at": now() - timedelta(days=200)}
            connection.execute(update(Case).where(Case.public_id == case_id).values(moment))
    desk.store("backup", str(tmp_path / "backup"))
    assert desk.post(decided, "delete", desk.worker) == 403
    assert desk.post(decided, "delete", desk.agronomist) == 303
    desk.services.repository.delete(own)
    desk.store("forget", "--yes")
    assert desk.cases.known(ids) == desk.waiting == {waits}
    assert {case_of(path.name) for path in photos.rglob("*.jpg")} == {waits, token["id"]}
    assert set(Erasures(desk.services.engine).find(ids)) == {decided, over, own}
    desk.store("restore", "--replace", str(tmp_path / "backup"))
    assert desk.cases.known(ids) == desk.waiting == {waits}


def test_an_agronomist_of_a_district_decides_on_its_cases(desk: Desk, kept: Kept, tokens: AccessTokens) -> None:
    kept("red")
    here, there = send_again(desk.services.engine, [(-1.3, 38.3), (0.2, 34.2)])
    [bound] = (bearer(token) for token in tokens.create_batch([KITUI], Role.AGRONOMIST, DAY, district=KITUI))
    for case_id in (here, there):
        assert desk.post(case_id, "report", desk.worker) == 303
    page = desk.client.get("/desk/cases", headers=bound).text
    assert re.findall(r'data-case="([\w-]+)"', page) == [here]
    assert [desk.post(case_id, "put-back", bound) for case_id in (here, there)] == [303, 403]
    assert desk.waiting == {there}
