"""Visits go up and come down: once, with their owner, and whatever two phones of one worker do, no entry is lost."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.cases.backup import restore_backup, write_backup
from serving.cases.photo_store import PhotoStore
from serving.clock import now
from serving.container import Services
from serving.http.errors import RequestCode, RequestError
from serving.monitoring.daily_job import DailyJob, DailyJobs
from serving.persistence.engine import StorageError
from serving.visits import repository
from serving.visits.repository import Visits
from serving.visits.visit import MAX_ENTRIES, NewVisit
from tests.serving.clock import START, Clock

DAY = timedelta(days=1)
MOMENT = "2026-05-03T08:00:00Z"
BLANK = NewVisit(started_at=START, changed_at=START)


def entry(*, at_s: int = 0, **fields: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "at": MOMENT, "changed_at": f"2026-05-03T08:00:{at_s:02}Z"} | fields


def visit(*entries: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    return {"started_at": MOMENT, "changed_at": MOMENT, "title": "Upper farm", "entries": entries} | fields


def worker_of(tokens: AccessTokens, name: str = "Field phone") -> int:
    return tokens.find(tokens.create(name, Role.EXTENSION, DAY)).worker_id


class Worker:
    """An extension worker with phones that all have the same token."""

    def __init__(self, client: FlaskClient, tokens: AccessTokens, token: str | None = None) -> None:
        self.client, self.tokens = client, tokens
        self.token = token or tokens.create("Field phone", Role.EXTENSION, DAY)
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def put(self, visit_id: str, content: Mapping[str, Any]) -> TestResponse:
        return self.client.put(f"/v1/visits/{visit_id}", json=content, headers=self.headers)

    def delete(self, visit_id: str) -> TestResponse:
        return self.client.delete(f"/v1/visits/{visit_id}", headers=self.headers)

    def visits(self, since: str = "") -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        while True:
            answer = self.client.get("/v1/visits", query_string={"since": since} if since else {}, headers=self.headers)
            page = answer.get_json()
            found |= {one["id"]: one for one in page["visits"]}
            since = page["until"]
            if not page["more"]:
                return found


@pytest.fixture
def worker(client: FlaskClient, tokens: AccessTokens) -> Worker:
    return Worker(client, tokens)


@pytest.fixture
def visits(engine: Engine, clock: Clock) -> Visits:
    return Visits(engine, clock=clock)


@pytest.fixture
def worker_id(engine: Engine, clock: Clock) -> int:
    return worker_of(AccessTokens(engine, clock=clock))


def test_a_visit_counts_once_and_comes_down_with_all_it_had(worker: Worker) -> None:
    coarse = {"crop": "bean", "parent": "leaf_spot", "sick": True}
    answer = {"outcome": "uncertain", "condition": None, "probability": 0.84, "right_of_ten": None}
    answer |= {"coarse": coarse, "model_version": "1"}
    # An odd offset of time is read back.
    at, read_back = "2026-01-01T00:00:00+23:59:59.999999", "2025-12-31T00:00:00.000001Z"
    # The crop is one that a district has taught its model.
    notes = {"crop": "teff", "plot": "৩", "note": "a\nb", "finding": "bean.rust", "affected_of_ten": 0, "severity": 3}
    one = entry(answer=answer, case="Zm9yX2FuX2V4YW1wbGVfMQ", at=at, **notes)
    sent = visit(one, farmer="F", look_again_on="2026-05-10")
    visit_id = str(uuid4())
    for _ in range(2):
        assert worker.put(visit_id, sent).status_code == 200
    (kept,) = worker.visits().values()
    assert kept == {**sent, "id": visit_id, "deleted": False, "entries": [{**one, "at": read_back, "deleted": False}]}
    # A phone may ask from the ends of the calendar on.
    ends = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    assert [len(worker.visits(since)) for since in ends] == [1, 0]


def test_more_visits_than_fit_into_one_answer_all_come_down(worker: Worker) -> None:
    ids = {str(uuid4()) for _ in range(45)}
    for visit_id in ids:
        worker.put(visit_id, visit(entry()))
    assert set(worker.visits()) == ids


def test_what_two_phones_write_becomes_one(worker: Worker) -> None:
    one, visit_id = entry(at_s=10, note="first phone"), str(uuid4())
    only_there, only_here = entry(), entry()
    worker.put(visit_id, visit(one, only_here, title="Upper farm"))
    answer = worker.put(
        visit_id,
        visit({**one, "changed_at": f"{MOMENT[:-3]}05Z", "note": "late, and older"}, only_there, title="Older")
        | {"changed_at": "2026-05-03T07:00:00Z"},
    ).get_json()
    assert (answer["title"], answer["entries"][0]["note"]) == ("Upper farm", "first phone")
    worker.put(visit_id, visit({**one, "changed_at": f"{MOMENT[:-3]}20Z", "note": "second phone"}))
    worker.put(visit_id, visit({**only_here, "changed_at": f"{MOMENT[:-3]}30Z", "deleted": True}))
    kept = {each["id"]: each for each in worker.visits()[visit_id]["entries"]}
    assert set(kept) == {one["id"], only_there["id"], only_here["id"]}
    assert kept[one["id"]]["note"] == "second phone"
    assert kept[only_here["id"]]["deleted"]


def test_a_phone_whose_clock_is_ahead_does_not_win_over_what_comes_later(worker: Worker) -> None:
    one, visit_id, ahead = entry(), str(uuid4()), (now() + 0.9 * DAY).isoformat()
    worker.put(visit_id, visit(one | {"changed_at": ahead, "note": "ahead"}, changed_at=ahead, title="ahead"))
    right = now().isoformat()
    worker.put(visit_id, visit(one | {"changed_at": right, "note": "later"}, changed_at=right, title="later"))
    (kept,) = worker.visits().values()
    assert (kept["title"], kept["entries"][0]["note"]) == ("later", "later")


def test_a_phone_ahead_that_repeats_what_it_sent_changes_nothing(visits: Visits, worker_id: int, clock: Clock) -> None:
    visit_id, one = uuid4(), entry()

    def put(title: str, at: datetime, *, note: str | None = None) -> NewVisit:
        entries = [one | {"changed_at": at.isoformat(), "note": note or title}]
        return visits.put(
            worker_id, visit_id, NewVisit.model_validate(visit(*entries, changed_at=at.isoformat(), title=title))
        )

    ahead, minute = timedelta(hours=3), timedelta(minutes=1)
    stale = clock.moment + ahead
    first, began_at = put("ahead", stale), clock.moment
    for _ in range(2):
        clock.moment += minute
        # Its answer was lost, and nobody has changed anything.
        assert put("ahead", stale) == first
    assert visits.changes(worker_id, began_at + minute, limit=9).visits == ()
    clock.moment += minute
    right = put("right", clock.moment)
    clock.moment += minute
    assert put("ahead", stale) == right
    # Beside a new change too: one phone has one clock.
    both = NewVisit.model_validate(
        visit(one | {"changed_at": stale.isoformat(), "note": "ahead"}, changed_at=(clock.moment + ahead).isoformat())
    )
    kept = visits.put(worker_id, visit_id, both)
    assert (kept.title, kept.entries[0].note) == ("Upper farm", "right")
    clock.moment += minute
    assert put("ahead again", clock.moment + ahead).title == "ahead again"
    clock.moment += minute
    assert put("right again", clock.moment).title == "right again"


def test_phones_that_send_at_the_same_moment_lose_nothing(visits: Visits, worker_id: int) -> None:
    visit_id, sent = uuid4(), [NewVisit.model_validate(visit(entry())) for _ in range(16)]
    with ThreadPoolExecutor(4) as phones:
        list(phones.map(lambda one: visits.put(worker_id, visit_id, one), sent))
    (kept,) = visits.changes(worker_id, None, limit=9).visits
    assert {one.id for one in kept.entries} == {one.entries[0].id for one in sent}


def test_nobody_sees_or_changes_the_visits_of_another(
    client: FlaskClient, tokens: AccessTokens, worker: Worker
) -> None:
    other, visit_id = Worker(client, tokens), str(uuid4())
    worker.put(visit_id, visit(entry(), farmer="F"))
    before = worker.visits()
    assert other.visits() == {}
    for refused in (other.put(visit_id, visit(entry())), other.delete(visit_id)):
        assert (refused.status_code, refused.get_json()["code"]) == (403, "visit_of_another")
    assert worker.visits() == before


def test_a_replaced_token_opens_the_same_visits(client: FlaskClient, tokens: AccessTokens, worker: Worker) -> None:
    worker.put(str(uuid4()), visit(entry()))
    before = worker.visits()
    new = tokens.replace(tokens.find(worker.token).id, DAY)
    assert Worker(client, tokens, new).visits() == before
    assert worker.put(str(uuid4()), visit()).get_json()["code"] == "token_invalid"
    # And once more, a season later.
    newer = tokens.replace(tokens.find(new).id, DAY)
    assert Worker(client, tokens, newer).visits() == before


def test_a_deleted_visit_leaves_nothing_and_does_not_come_back(worker: Worker, services: Services) -> None:
    visit_id, never_arrived = str(uuid4()), str(uuid4())
    worker.put(visit_id, visit(entry(note="secret"), farmer="F"))
    for one in (visit_id, visit_id, never_arrived):
        assert worker.delete(one).status_code == 204
        refused = worker.put(one, visit(entry()))
        assert (refused.status_code, refused.get_json()["code"]) == (410, "visit_deleted")
    kept = worker.visits()
    assert {(one["deleted"], one["farmer"], len(one["entries"])) for one in kept.values()} == {(True, "", 0)}
    with services.engine.connect() as connection:
        assert "secret" not in str(connection.exec_driver_sql("SELECT * FROM visits").all())


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (visit(entry(crop="triffid")), 422, "crop_unknown"),
        (visit(entry(finding="bean.triffid")), 404, "condition_unknown"),
        (visit(entry(at="1970-01-01T00:00:00Z")), 422, "time_implausible"),
        (visit(started_at="0001-01-01T00:00:00+14:00"), 422, "time_implausible"),
        (visit(entry(changed_at=(now() + 2 * DAY).isoformat())), 422, "time_implausible"),
        (visit(*(entry() for _ in range(MAX_ENTRIES + 1))), 422, "visit_full"),
        *((visit(entry(**one)), 422, "request_invalid") for one in ({"affected_of_ten": 11}, {"severity": 0})),
        *((visit(entry(**one)), 422, "request_invalid") for one in ({"at": 1777791600}, {"note": "x" * 501})),
    ],
)
def test_a_refused_visit_changes_nothing(worker: Worker, content: Mapping[str, Any], status: int, code: str) -> None:
    visit_id = str(uuid4())
    worker.put(visit_id, visit(entry(note="kept")))
    before = worker.visits()
    # A good one beside it is not stored either; the phone sends that again alone.
    refused = worker.put(visit_id, {**content, "entries": [entry(), *content["entries"]]})
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)
    assert worker.visits() == before


def test_visits_are_forgotten_by_age(visits: Visits, worker_id: int, clock: Clock) -> None:
    old, new = uuid4(), uuid4()
    # The service's clock was ahead once.
    ahead = uuid4()
    for visit_id, age in ((old, 10), (new, 9), (ahead, -400)):
        clock.moment = START - age * DAY
        # A phone's clock may be years behind.
        visits.put(worker_id, visit_id, NewVisit(started_at=START - 900 * DAY, changed_at=START - 900 * DAY))
    clock.moment = START
    assert visits.forget(older_than=9 * DAY) == 1
    assert [one.id for one in visits.changes(worker_id, None, limit=9).visits] == [new, ahead]
    clock.moment = START + 10 * DAY
    assert visits.forget(older_than=9 * DAY) == 2


def test_what_shows_late_comes_down_with_the_next_question(visits: Visits, worker_id: int, clock: Clock) -> None:
    late, until = uuid4(), visits.changes(worker_id, None, limit=9).until
    # Its writing began before the question.
    clock.moment -= timedelta(seconds=30)
    visits.put(worker_id, late, BLANK)
    assert [one.id for one in visits.changes(worker_id, until, limit=9).visits] == [late]


@pytest.mark.parametrize("comes_first", [False, True])
def test_a_clock_that_was_ahead_keeps_no_later_visit_from_a_phone(
    visits: Visits, worker_id: int, clock: Clock, comes_first: bool
) -> None:
    later = uuid4()
    clock.moment += 30 * DAY
    until = visits.changes(worker_id, None, limit=9).until
    clock.moment = START
    if comes_first:
        visits.put(worker_id, later, BLANK)
        clock.moment += timedelta(hours=1)
    until = visits.changes(worker_id, until, limit=9).until
    if not comes_first:
        visits.put(worker_id, later, BLANK)
    assert [one.id for one in visits.changes(worker_id, until, limit=9).visits] == [later]


def test_no_visit_is_deleted_at_a_time_that_has_been_before(visits: Visits, worker_id: int, clock: Clock) -> None:
    """The other phones of its worker would not hear of it."""
    DailyJobs(visits.engine).succeed(DailyJob.CLOCK, START)
    visit_id = uuid4()
    visits.put(worker_id, visit_id, BLANK)
    clock.moment -= 3000 * DAY
    with pytest.raises(StorageError):
        visits.delete(worker_id, visit_id)


def test_what_a_restore_deletes_comes_down_as_such(
    visits: Visits, worker_id: int, clock: Clock, tmp_path: Path
) -> None:
    backup, photos = tmp_path / "backup", PhotoStore(str(tmp_path / "photos"))
    ids, gone = [uuid4() for _ in range(7)], set[UUID]()
    for visit_id in ids:
        visits.put(worker_id, visit_id, BLANK)
    write_backup(visits.engine, photos, backup)
    for visit_id in ids:
        visits.delete(worker_id, visit_id)
    # Phones have seen all until here.
    since = now()
    restore_backup(backup, visits.engine, photos)
    clock.moment = now()
    for _ in range(3):
        changes = visits.changes(worker_id, since, limit=3)
        gone |= {one.id for one in changes.visits if one.deleted}
        since = changes.until
    assert (gone, changes.more) == (set(ids), False)


def test_a_supervisor_reads_all_visits_page_by_page(visits: Visits, clock: Clock) -> None:
    tokens = AccessTokens(visits.engine, clock=clock)
    workers, ids = [worker_of(tokens, name) for name in ("one", "two")], [uuid4() for _ in range(12)]
    for number, visit_id in enumerate(ids):
        # Several begin at the same moment.
        sent = NewVisit(started_at=START - number // 3 * DAY, changed_at=START)
        visits.put(workers[number % 2], visit_id, sent)
    seen, before = [], None
    while page := visits.page(None, None, before, limit=5):
        seen += [one.visit.id for one in page]
        before = (page[-1].visit.started_at, page[-1].number)
    assert sorted(seen) == sorted(ids)
    assert [one.worker for one in visits.page(workers[1], None, None, limit=99)] == ["two"] * 6
    assert [len(visits.page(None, START - days * DAY, None, limit=99)) for days in (2, 9)] == [9, 3]
    visits.delete(workers[0], ids[0])
    assert len(visits.page(None, None, None, limit=99)) == 11


def test_supervisors_see_findings_and_no_farmer(
    client: FlaskClient, worker: Worker, tokens: AccessTokens, agronomist: dict[str, str]
) -> None:
    visit_id = str(uuid4())
    worker.put(visit_id, visit(entry(crop="bean", finding="bean.rust", plot="B7"), farmer="Farmer F"))
    number = tokens.find(worker.token).worker_id
    page = client.get(f"/desk/visits?worker={number}&week=", headers=agronomist).get_data(as_text=True)
    assert f'data-visit="{visit_id}"' in page
    assert all(one in page for one in ("Upper farm", "B7", "Bean rust"))
    assert "Farmer F" not in page
    assert 'id="none"' in client.get(f"/desk/visits?worker={number}&week=2020-01-06", headers=agronomist).text
    assert client.get("/desk/visits", headers=worker.headers).status_code == 403
    # What no database holds is refused, and no failure of it.
    for asked in (
        *("week=x", "week=9999-12-31", "week=0001-01-01", "worker=100000000000000000000", "worker=2147483648"),
        "before=2026-05-03T08:00:00Z&number=100000000000000000000",
        "before=0001-01-01T00:00:00%2B14:00",
    ):
        answer = client.get(f"/desk/visits?{asked}", headers=agronomist)
        assert (answer.status_code, "request_invalid" in answer.text) == (422, True), asked


def test_a_worker_sends_so_much_a_day_and_what_is_there_can_be_changed_and_deleted(
    visits: Visits, worker_id: int, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "QUOTA_VISITS", 2)
    other = worker_of(AccessTokens(engine, clock=clock), "Other phone")
    first, second = uuid4(), uuid4()
    for worker, number in ((worker_id, first), (worker_id, second), (other, uuid4())):
        visits.put(worker, number, BLANK)

    def refused(act: Callable[[], object]) -> bool:
        try:
            act()
        except RequestError as error:
            return error.code is RequestCode.VISITS_TOO_MANY
        return False

    assert refused(lambda: visits.put(worker_id, uuid4(), BLANK))
    assert refused(lambda: visits.delete(worker_id, uuid4())), "made-up ids would fill the table"
    assert not refused(lambda: visits.put(worker_id, first, BLANK))
    assert not refused(lambda: visits.delete(worker_id, second))
    clock.moment += DAY
    assert not refused(lambda: visits.put(worker_id, uuid4(), BLANK))
    # Two of them would be more bytes than one.
    size = len(json.dumps(BLANK.model_dump(mode="json")))
    monkeypatch.setattr(repository, "QUOTA_BYTES", 2 * size)
    clock.moment += DAY
    assert not refused(lambda: visits.put(worker_id, uuid4(), BLANK))
    assert refused(lambda: visits.put(worker_id, uuid4(), NewVisit.model_validate(visit(entry()))))


def test_who_sends_too_many_visits_hears_its_code(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "QUOTA_VISITS", 0)
    answer = worker.put(str(uuid4()), visit())
    assert (answer.status_code, answer.get_json()["code"]) == (422, "visits_too_many")
