"""The overview as people see it: what is shown, what is held back, and how it is taken along."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from serving.app import create_command_app
from serving.districts import BoundariesError
from tests.serving.conftest import MakeApp
from tests.serving.desk.conftest import write_districts
from tests.serving.made_up_cases import MadeUp, add
from tests.serving.review.reviewed import review

NOW = datetime.now(UTC)
KISUMU, NAKURU, ELDORET = (-0.1, 34.8), (-0.3, 36.1), (0.5, 35.3)
PAGE = "/desk/overview"
JUST_NOW = NOW - timedelta(minutes=1)
# The last day of the last whole week.
SUNDAY = NOW - timedelta(days=NOW.weekday() + 1)


@pytest.fixture(scope="module")
def app(make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Ten weeks of a little rust in two places, and much of it last week in one; one expert who knows better."""
    app = make_app(tmp_path_factory.mktemp("overview"))
    engine = app.extensions["majani"].engine
    before = [
        MadeUp(SUNDAY - timedelta(days=7 * week + 3), condition, place=place)
        for week in range(1, 10)
        for place in (KISUMU, NAKURU)
        for condition in ("bean.rust", *["bean.healthy"] * 5)
    ]
    add(engine, before)
    add(engine, [MadeUp(SUNDAY, "bean.rust", place=KISUMU)] * 18 + [MadeUp(JUST_NOW, "bean.healthy")] * 4)
    add(engine, [MadeUp(SUNDAY, "tomato.late_blight", place=ELDORET)] * 4)
    wrong, right = add(engine, [MadeUp(SUNDAY, "bean.rust"), MadeUp(JUST_NOW, "bean.healthy")])
    review(engine, wrong, ("condition", "bean.angular_leaf_spot"))
    review(engine, right, ("condition", "bean.healthy"))
    done = create_command_app(app.extensions["majani"].settings).test_cli_runner().invoke(args=["store", "forget"])
    assert done.exit_code == 0, done.output
    return app


def read(client: FlaskClient, agronomist: dict[str, str], address: str) -> TestResponse:
    answer = client.get(address, headers=agronomist)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return answer


def test_what_is_more_than_usual_stands_with_its_place_unless_it_is_of_few(
    client: FlaskClient, agronomist: dict[str, str]
) -> None:
    page = read(client, agronomist, PAGE)
    rows = re.findall(r"<tr>.*?</tr>", page.text.partition('id="unusual"')[2].partition("</section>")[0], re.DOTALL)
    assert len(rows) == 3
    assert "Bean rust" in rows[1]
    assert "everywhere" in rows[1]
    assert "0.1° south, 34.8° east" in rows[2]
    assert "at least 15" in rows[2]
    # Late blight is new, but there are too few to speak of.
    assert "blight" not in "".join(rows)
    # Nor are areas with few cases shown anywhere.
    for address in (f"{PAGE}?weeks=26", f"{PAGE}?weeks=26&crop=tomato"):
        page = read(client, agronomist, address)
        assert "0.5° north, 35.3° east" not in page.text
        assert ("0.3° south, 36.1° east" in page.text) is ("tomato" not in address)


def test_files_for_spreadsheets_and_maps_say_what_the_page_says(
    client: FlaskClient, agronomist: dict[str, str]
) -> None:
    answer = read(client, agronomist, f"{PAGE}/cases.csv?weeks=26&crop=bean")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="cases.csv"'
    weeks = list(csv.DictReader(StringIO(answer.text)))
    assert [sum(int(week[name]) for week in weeks) for name in ("cases", "reviewed")] == [132, 2]
    for week in weeks:
        first, last = (datetime.fromisoformat(week[day]).date() for day in ("first_day", "last_day"))
        assert first.weekday() == 0
        assert last == min(first + timedelta(days=6), datetime.now(UTC).date())
    rows = list(csv.reader(StringIO(read(client, agronomist, f"{PAGE}/areas.csv?weeks=26").text)))
    assert rows == [
        ["latitude", "longitude", "cases_at_least", "district"],
        ["-0.1", "34.8", "70", ""],
        ["-0.3", "36.1", "50", ""],
        ["", "", "16", ""],
    ]
    answer = read(client, agronomist, f"{PAGE}/areas.geojson?weeks=26")
    assert answer.mimetype == "application/geo+json"
    properties = [feature["properties"] for feature in answer.json["features"]]
    assert properties == [{"cases_at_least": 70}, {"cases_at_least": 50}, {"cases_elsewhere": 16}]
    assert answer.json["about"] | {"first_day": "", "last_day": ""} == {"first_day": "", "last_day": "", "weeks": "26"}


def test_districts_have_their_names_where_boundaries_are_known(
    app: Flask, make_app: MakeApp, agronomist: dict[str, str], tmp_path: Path
) -> None:
    file = write_districts(tmp_path, ("Kisumu", 34, -1, 1.2))
    kept = {"database_url": app.extensions["majani"].settings.database_url, "boundaries": file}
    client = make_app(tmp_path, **kept).test_client()
    page = read(client, agronomist, f"{PAGE}?weeks=26").text.partition('id="areas"')[2]
    assert "Kisumu" in page
    assert "0.1° south" not in page
    assert "0.3° south, 36.1° east" in page
    rows = list(csv.reader(StringIO(read(client, agronomist, f"{PAGE}/areas.csv?weeks=26").text)))
    assert ["", "", "70", "Kisumu"] in rows
    with pytest.raises(BoundariesError, match="county"):
        make_app(tmp_path, **kept, boundaries_name="county")


def test_other_choices_are_refused(client: FlaskClient, agronomist: dict[str, str]) -> None:
    for query, code, status in (
        *((f"weeks={weeks}", "request_invalid", 422) for weeks in (0, 158, "many")),
        ("outcome=dead", "request_invalid", 422),
        ("crop=oak", "crop_unknown", 422),
        ("condition=bean.boredom", "condition_unknown", 404),
        ("condition=%00", "condition_unknown", 404),
    ):
        for page in ("", "/cases.csv", "/areas.csv", "/areas.geojson"):
            answer = client.get(f"{PAGE}{page}?{query}", headers=agronomist)
            assert (answer.status_code, code in answer.text) == (status, True), (page, query)


def test_weeks_of_which_cases_are_gone_are_not_passed_off_as_quiet(
    client: FlaskClient, agronomist: dict[str, str]
) -> None:
    pages = [read(client, agronomist, f"{PAGE}?weeks={weeks}").text for weeks in (12, 13, 52)]
    assert ['id="incomplete"' in page for page in pages] == [False, True, True]
    # Nothing is loaded from elsewhere, and the page's policy would block the rest.
    assert [page for page in pages if re.search(r'(?:src|href|action)="(?!/|#)| style=|<script', page)] == []
