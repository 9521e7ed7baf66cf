"""The monthly report: what was unusual, where, and beside which years; only months that can be."""

from datetime import UTC, datetime, time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, update

from serving.persistence.cases import Cases
from serving.persistence.models import Base, FollowUp, WeeklyCount
from serving.surveillance.monthly import weeks_of
from serving.surveillance.weekly_counts import WEEK, set_usual
from tests.serving.conftest import MakeApp
from tests.serving.persistence.test_cases import KEY, new_case

PAGE = "/desk/report"
TODAY = datetime.now(UTC).date()
LAST_YEAR = TODAY.replace(year=TODAY.year - 1, day=1)


@pytest.fixture(scope="module")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A month of the last year with an outbreak, and the same month of the year before."""
    app = make_app(tmp_path_factory.mktemp("report"))
    engine = app.extensions["majani"].engine
    weeks = weeks_of(LAST_YEAR)
    # The same weeks, also where the month before has fewer.
    before = [week - 52 * WEEK for week in weeks]
    counts = [
        (weeks[0], "", "bean.rust", 1234),
        (weeks[0], "Kisumu", "bean.rust", 17),
        (weeks[1], "", "uncertain", 66),
        (weeks[1], "", "retake", 90),
        (before[0], "", "bean.rust", 900),
        (before[-1], "", "bean.rust", 87),
    ]
    with engine.begin() as connection:
        for week, place, label, cases in counts:
            row = {"week": week, "place": place, "label": label, "cases": cases, "reviewed": 0}
            connection.execute(insert(Base.metadata.tables[WeeklyCount.__tablename__]).values(row))
    set_usual(engine, weeks[0], {("Kisumu", "bean.rust"): 9})
    cases = Cases(engine)
    cases.add(new_case("a" * 22), KEY)
    cases.follow_up("a" * 22, "yes", "better", None)
    with engine.begin() as connection:
        connection.execute(update(FollowUp).values(given_at=datetime.combine(weeks[1], time(), UTC)))
    return app


def test_month_shows_what_was_unusual_and_the_year_before(client: FlaskClient, agronomist: dict[str, str]) -> None:
    page = client.get(f"{PAGE}?month={LAST_YEAR:%Y-%m}&language=en", headers=agronomist).text
    unusual, _, rest = page.partition('id="areas"')
    assert "Kisumu" in unusual
    assert "at least 15" in unusual
    assert "17" not in unusual.partition('id="unusual"')[2]
    assert [number in rest for number in ("1,234", "987", f">{TODAY.year - 1}<", f">{TODAY.year - 2}<")] == [True] * 4
    # 1,234 of 1,390 cases.
    assert "89%" in page
    # Of leaves alone; a retake shows none that could be anywhere.
    assert "no location: 1,285" in rest
    # Said in that month, and in no other.
    assert 'id="follow-ups"' in rest
    assert 'id="follow-ups"' not in client.get(PAGE, headers=agronomist).text


def test_other_months_are_refused(client: FlaskClient, agronomist: dict[str, str]) -> None:
    for month in ("2026", "2026-13", "1999-12", f"{TODAY.year + 1}-01", "x"):
        answer = client.get(f"{PAGE}?month={month}", headers=agronomist)
        assert (answer.status_code, "request_invalid" in answer.text) == (422, True), month
