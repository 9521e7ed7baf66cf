"""Weeks are counted once they are whole, may be counted again, and outlive their cases; small places stay out."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import numpy as np
from sqlalchemy import Engine, delete

from serving.districts import Boundaries
from serving.persistence.models import Case
from serving.surveillance.monthly import read_month, weeks_of
from serving.surveillance.weekly_counts import Counted, keep_weeks, read_weeks, set_usual, weeks_csv
from tests.serving.made_up_cases import MadeUp, add
from tests.serving.review.reviewed import review

# A Wednesday.
TODAY = date(2026, 11, 25)
LAST, BEFORE = date(2026, 11, 16), date(2026, 11, 9)
KISUMU, NAKURU = (-0.1, 34.8), (-0.3, 36.1)
NONE = Boundaries({})


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def kept(engine: Engine) -> set[Counted]:
    return set(read_weeks(engine, date.min, date.max))


def keep(engine: Engine, boundaries: Boundaries = NONE, today: date = TODAY) -> None:
    keep_weeks(engine, boundaries, today=today, retention_days=90, min_cases=5)


def test_whole_weeks_are_kept_after_their_cases(engine: Engine) -> None:
    numbers = add(engine, [MadeUp(at(LAST), "bean.rust", place=KISUMU)] * 6)
    add(engine, [MadeUp(at(LAST), None, place=KISUMU), MadeUp(at(LAST), "bean.rust", place=NAKURU)])
    add(engine, [MadeUp(at(LAST), None, outcome="retake", place=KISUMU), MadeUp(at(BEFORE), "maize.healthy")])
    # Not over, and not whole any more.
    add(engine, [MadeUp(at(TODAY), "bean.rust"), MadeUp(at(TODAY - timedelta(days=90)), "bean.rust")])
    review(engine, numbers[0], ("condition", "bean.healthy"))
    expected = {
        Counted(LAST, "", "bean.rust", 6, 0),
        Counted(LAST, "", "bean.healthy", 1, 1),
        Counted(LAST, "", "uncertain", 1, 0),
        Counted(LAST, "", "retake", 1, 0),
        Counted(LAST, "-0.1,34.8", "bean.rust", 5, 0),
        Counted(LAST, "-0.1,34.8", "bean.healthy", 1, 1),
        Counted(LAST, "-0.1,34.8", "uncertain", 1, 0),
        Counted(BEFORE, "", "maize.healthy", 1, 0),
    }
    for _ in range(2):
        keep(engine)
        assert kept(engine) == expected
    with engine.begin() as connection:
        connection.execute(delete(Case))
    keep(engine, today=TODAY + timedelta(days=100))
    assert kept(engine) == expected


def test_a_longer_retention_counts_no_week_again_whose_cases_are_gone(engine: Engine) -> None:
    add(engine, [MadeUp(at(day), "bean.rust") for day in (TODAY - timedelta(days=60), LAST, LAST)])
    keep(engine)
    before = kept(engine)
    with engine.begin() as connection:
        connection.execute(delete(Case).where(Case.created_at < at(BEFORE)))
    keep_weeks(engine, NONE, today=TODAY, retention_days=180, min_cases=5)
    assert kept(engine) == before


def test_late_reviews_count_where_hardly_a_case_has_no_photos(engine: Engine) -> None:
    weeks = [LAST - timedelta(weeks=number) for number in range(3)]
    first, *_ = add(engine, [MadeUp(at(week), "bean.rust", keeps_photos=True) for week in weeks])
    add(engine, [MadeUp(at(TODAY), "bean.rust")])
    keep(engine)
    review(engine, first, ("condition", "bean.healthy"))
    keep(engine)
    assert Counted(LAST, "", "bean.healthy", 1, 1) in kept(engine)


def test_counting_again_follows_reviews_and_keeps_alerts(engine: Engine) -> None:
    first, _ = add(engine, [MadeUp(at(LAST), "bean.rust")] * 2)
    keep(engine)
    set_usual(engine, LAST, {("", "bean.rust"): 1})
    review(engine, first, ("condition", "bean.healthy"))
    keep(engine)
    assert kept(engine) == {Counted(LAST, "", "bean.rust", 1, 0, usual=1), Counted(LAST, "", "bean.healthy", 1, 1)}


def test_squares_of_a_district_count_together(engine: Engine) -> None:
    add(engine, [MadeUp(at(LAST), "bean.rust", place=place) for place in (KISUMU, (-0.2, 34.8), NAKURU) * 3])
    west = np.array([[34, -1], [35, -1], [35, 1], [34, 1], [34, -1]], dtype=float)
    keep(engine, Boundaries({"West": [[west]]}))
    assert {(row.place, row.cases) for row in kept(engine)} == {("", 9), ("West", 6)}


def test_file_of_weeks_rounds_places_down(engine: Engine) -> None:
    add(engine, [MadeUp(at(LAST), "bean.rust", place=KISUMU)] * 7 + [MadeUp(at(LAST), "bean.healthy", place=KISUMU)])
    keep(engine)
    set_usual(engine, LAST, {("", "bean.rust"): 3})
    rows = list(csv.reader(StringIO(weeks_csv(kept(engine), min_cases=5))))
    assert rows == [
        ["week", "place", "crop", "label", "cases", "usual_up_to"],
        ["2026-11-16", "", "bean", "bean.healthy", "1", ""],
        ["2026-11-16", "", "bean", "bean.rust", "7", "3"],
        ["2026-11-16", "-0.1,34.8", "bean", "bean.rust", "5", ""],
    ]


def test_month_has_the_weeks_of_its_thursdays() -> None:
    assert weeks_of(date(2026, 11, 30)) == tuple(date(2026, 11, day) for day in (2, 9, 16, 23))
    assert weeks_of(date(2026, 10, 1)) == (date(2026, 9, 28), *(date(2026, 10, day) for day in (5, 12, 19, 26)))


def test_month_stands_beside_the_same_month_of_years_that_are_known(engine: Engine) -> None:
    for year, cases in ((2024, 3), (2025, 4), (2026, 6)):
        day = weeks_of(date(year, 11, 1))[1]
        add(engine, [MadeUp(at(day), "bean.rust", place=KISUMU)] * cases + [MadeUp(at(day), None)])
        keep(engine, today=day + timedelta(days=14))
    add(engine, [MadeUp(at(date(2024, 10, 28)), "bean.rust")])
    keep(engine, today=date(2024, 11, 20))
    month = read_month(engine, date(2026, 11, 5), date(2026, 12, 1))
    assert month.years == (2026, 2025, 2024)
    assert [(row.condition, row.cases) for row in month.rows] == [("bean.rust", (6, 4, 3))]
    assert (month.answered.part, month.answered.whole, month.places) == (6, 7, {"-0.1,34.8": 6})
    begun = read_month(engine, date(2026, 11, 5), date(2026, 11, 13))
    assert (begun.weeks, begun.years, begun.rows) == ((date(2026, 11, 2),), (2026, 2025, 2024), ())
