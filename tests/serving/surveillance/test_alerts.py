"""What is unusual is found in time, hardly ever for nothing, and told only as far as it may be."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, insert

from serving.persistence.models import Base, WeeklyCount
from serving.surveillance import alerts
from serving.surveillance.alerts import Alert, earlier_cases, find_alerts, list_alerts, passed_limits
from serving.surveillance.monthly import read_month
from serving.surveillance.recent import MIN_BASELINE_CASES
from serving.surveillance.weekly_counts import WEEK, set_usual
from tests.serving.surveillance.simulated import c2, false_alerts, found_outbreaks, ours

LAST = date(2026, 11, 16)
WEEKS = Base.metadata.tables[WeeklyCount.__tablename__]


def test_a_district_hears_at_most_one_false_alert_a_year() -> None:
    assert np.mean(false_alerts(ours, np.random.default_rng(7))) <= 1
    assert np.mean(false_alerts(c2, np.random.default_rng(7))) > 5


def test_three_times_the_usual_is_often_found_within_two_weeks_where_it_is_not_rare() -> None:
    assert (found_outbreaks(12.0, ours, 60, np.random.default_rng(7)).value or 0) > 0.4


def keep(engine: Engine, *rows: tuple[int, str, str, int]) -> None:
    """Counts so many weeks ago."""
    kept = [
        {"week": LAST - ago * WEEK, "place": place, "label": label, "cases": cases, "reviewed": 0}
        for ago, place, label, cases in rows
    ]
    with engine.begin() as connection:
        connection.execute(insert(WEEKS), kept)


def test_it_is_told_where_and_roughly_how_much(engine: Engine) -> None:
    find_alerts(engine, LAST, min_cases=5)
    assert (list_alerts(engine, LAST, LAST, min_cases=5), earlier_cases(engine)) == ((), 0)
    usual = [(ago, place, "bean.rust", 2) for ago in range(2, 11) for place in ("", "Kisumu")]
    healthy = [(ago, place, "bean.healthy", 60) for ago in range(11) for place in ("", "Kisumu")]
    keep(engine, *usual, *healthy, (0, "Kisumu", "bean.anthracnose", 4))
    keep(engine, *((ago, "Kisumu", "bean.rust", cases) for ago, cases in ((1, 6), (0, 13))))
    keep(engine, *((ago, "", "bean.rust", cases) for ago, cases in ((1, 6), (0, 18))))
    for _ in range(2):
        find_alerts(engine, LAST, min_cases=5)
    everywhere, kisumu = list_alerts(engine, LAST, LAST, min_cases=5)
    assert (everywhere.place, everywhere.at_least) == ("", 20)
    assert kisumu == Alert(date(2026, 11, 22), "Kisumu", "bean.rust", 15, kisumu.up_to)
    assert [earlier_cases(engine, place=place) for place in ("", "Kisumu", "Nakuru")] == [496, 496, 0]
    assert list_alerts(engine, LAST - 3 * WEEK, LAST, min_cases=5) == (everywhere, kisumu)
    # Nothing is said of weeks without cases, however unusual the last one with some was.
    assert list_alerts(engine, LAST + WEEK, LAST + WEEK, min_cases=5) == ()


def test_a_place_of_one_condition_is_compared_like_others(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    keep(engine, *[(ago, "Kisumu", "bean.rust", 20) for ago in range(160)])
    keep(engine, *[(ago, "Nakuru", "bean.healthy", 60) for ago in range(160)], (0, "Nakuru", "bean.rust", 20))
    find_alerts(engine, LAST, min_cases=5)
    assert [alert.place for alert in list_alerts(engine, LAST, LAST, min_cases=5)] == ["Nakuru"]
    assert caplog.records == []


def test_numbers_without_a_limit_leave_the_others_theirs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    compute, broken = alerts.outbreak_threshold, iter([True, False])

    def fail_once(*numbers: Any, **more: Any) -> int | None:
        if next(broken):
            raise ValueError("math domain error")
        return compute(*numbers, **more)

    monkeypatch.setattr(alerts, "outbreak_threshold", fail_once)
    cases = np.full((2, 20), 2.0)
    cases[:, -1] = 40
    passed = passed_limits(cases, cases + 60, np.zeros(2, dtype=bool), min_cases=5)
    assert (list(passed), len(caplog.records)) == ([1], 1)


def test_what_reviews_took_back_or_has_become_too_few_to_show_is_told_no_more(engine: Engine) -> None:
    keep(engine, (0, "Kisumu", "bean.rust", 7), (0, "", "bean.rust", 20))
    set_usual(engine, LAST, {("Kisumu", "bean.rust"): 3, ("", "bean.rust"): 20})
    assert [alert.place for alert in list_alerts(engine, LAST, LAST, min_cases=5)] == ["Kisumu"]
    assert list_alerts(engine, LAST, LAST, min_cases=10) == ()


@pytest.mark.parametrize(
    ("weeks", "leaves", "is_known"),
    [(range(3, 11), 4, True), (range(3, 11), 3, False), (range(3, 6), 400, False), (range(30, 40), 400, False)],
)
def test_few_leaves_or_weeks_before_are_no_all_clear(engine: Engine, weeks: range, leaves: int, is_known: bool) -> None:
    keep(engine, *((ago, "", "bean.healthy", leaves) for ago in weeks), (0, "", "bean.rust", 200))
    assert (earlier_cases(engine) >= MIN_BASELINE_CASES) is is_known


def test_as_many_weeks_stand_beside_a_month_as_it_has(engine: Engine) -> None:
    """April 2026 has five Thursdays, those of the years before have four."""
    keep(engine, *((ago, "", "bean.rust", 100) for ago in range(150)))
    month = read_month(engine, date(2026, 4, 1), LAST)
    assert (len(month.weeks), [row.cases for row in month.rows]) == (5, [(500, 500, 500)])
