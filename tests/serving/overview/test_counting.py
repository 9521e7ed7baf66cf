"""Cases are counted by day and by place, as experts see them, in both databases alike."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, delete

from majani.decision.rules import Outcome
from serving.districts import Cell
from serving.overview.counting import Count, count_cases, count_nights
from serving.overview.filters import Filters, midnight
from serving.persistence.models import Case
from tests.serving.made_up_cases import MadeUp, add
from tests.serving.review.reviewed import review

# A Wednesday.
NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
TODAY = NOW.date()
KISUMU, NAKURU = (-0.1, 34.8), (-0.3, 36.1)


def test_days_are_those_of_utc_and_weeks_begin_on_monday(engine: Engine) -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    before = monday - timedelta(seconds=1)
    nairobi = monday.astimezone(tz=datetime.fromisoformat("2026-11-23T03:00+03:00").tzinfo)
    add(engine, [MadeUp(moment, "bean.rust") for moment in (before, monday, nairobi, NOW)])
    counted = {count.day: count.cases for count in count_cases(engine, Filters(weeks=1), TODAY).by_day}
    assert counted == {date(2026, 11, 23): 2, date(2026, 11, 25): 1}
    assert count_cases(engine, Filters(weeks=2), TODAY).all_cases == 4


def test_places_are_counted_exactly_and_a_district_counts_its_own_cases_only_by_night_and_by_day(
    engine: Engine,
) -> None:
    moments, places = (NOW, NOW - timedelta(days=9)), (KISUMU, KISUMU, NAKURU, None)
    add(engine, [MadeUp(moment, "bean.rust", place=place) for moment in moments for place in places])
    # Cases without a place belong to all.
    exact = {Cell(*KISUMU): 4, Cell(*NAKURU): 2}, 8
    assert _found(engine) == exact
    count_nights(engine, TODAY)
    assert _found(engine) == exact
    assert _found(engine, [KISUMU, (-0.1, 34.9)]) == ({Cell(*KISUMU): 4}, 4)
    assert _found(engine, [(-0.1, 36.1), (-0.3, 34.8)]) == _found(engine, []) == ({}, 0)


def _found(engine: Engine, district: list[tuple[float, float]] | None = None) -> tuple[Mapping[Cell, int], int]:
    counts = count_cases(engine, Filters(), TODAY, district)
    return counts.cells, counts.all_cases


RUST, HEALTHY, UNSURE = ("condition", "bean.rust"), ("condition", "bean.healthy"), ("uncertain", None)
# What one expert after the other says of rust, and what counts then.
OPINIONS: list[tuple[list[tuple[str, str | None]], tuple[str, str | None]]] = [
    ([], RUST),
    ([RUST], RUST),
    ([("condition", "tomato.late_blight")], ("condition", "tomato.late_blight")),
    ([HEALTHY], ("healthy", "bean.healthy")),
    ([("not_a_plant", None)], ("not_a_plant", None)),
    ([("unknown_plant", None)], ("unknown_plant", None)),
    ([("cannot_tell", None)], UNSURE),
    ([("bad_photo", None)], ("retake", None)),
    ([RUST] * 2, RUST),
    ([RUST, HEALTHY], UNSURE),
    ([RUST, ("cannot_tell", None)], UNSURE),
]


def test_what_experts_say_counts(engine: Engine) -> None:
    days = [TODAY - timedelta(days=ago) for ago in range(len(OPINIONS))]
    numbers = add(engine, [MadeUp(NOW - timedelta(days=ago), "bean.rust") for ago in range(len(OPINIONS))])
    for number, (opinions, _) in zip(numbers, OPINIONS, strict=True):
        review(engine, number, *opinions)
    counted = {count.day: count for count in count_cases(engine, Filters(), TODAY).by_day}
    for day, (opinions, (outcome, condition)) in zip(days, OPINIONS, strict=True):
        assert counted[day] == Count(day, Outcome(outcome), condition, cases=1, reviewed=min(1, len(opinions)))


def test_filters(engine: Engine) -> None:
    made = [MadeUp(NOW, f"{crop}.healthy") for crop in ("bean", "bell_pepper")]
    # What an underscore stands for when it is taken for a pattern.
    made += [MadeUp(NOW, "bellxpepper.healthy"), MadeUp(NOW, None, crop_hint="bean"), MadeUp(NOW, None)]
    add(engine, [MadeUp(NOW, "bean.rust"), MadeUp(NOW - timedelta(days=7), "bean.rust"), *made])
    for filters, cases in (
        (Filters(crop="bean"), 4),
        (Filters(crop="bell_pepper"), 1),
        (Filters(crop="bell"), 0),
        (Filters(condition="bean.rust"), 2),
        (Filters(outcome=Outcome.UNCERTAIN), 2),
        (Filters(crop="bean", outcome=Outcome.UNCERTAIN), 1),
        (Filters(weeks=1), 6),
    ):
        assert count_cases(engine, filters, TODAY).all_cases == cases, filters


def test_counts_of_the_night_and_of_today_make_those_of_all(engine: Engine) -> None:
    # Two Sundays ago, last Sunday, and days of this week.
    days = (NOW - timedelta(days=ago) for ago in (10, 3, 3, 2, 1, 0))
    places = (KISUMU, KISUMU, NAKURU, None)
    made = [MadeUp(day, crop, place=place) for day in days for place in places for crop in ("bean.rust", None)]
    numbers = add(engine, [MadeUp(one.created_at, one.condition, place=one.place, crop_hint="bean") for one in made])
    review(engine, numbers[0], ("condition", "bean.healthy"))
    chosen = [Filters(), Filters(weeks=1), Filters(crop="bean"), Filters(condition="bean.rust")]
    before = [count_cases(engine, filters, TODAY) for filters in chosen]
    for today in (TODAY, TODAY, TODAY - timedelta(days=1)):
        count_nights(engine, today)
        for filters, exact in zip(chosen, before, strict=True):
            counts = count_cases(engine, filters, TODAY)
            assert (set(counts.by_day), counts.cells) == (set(exact.by_day), exact.cells)
    add(engine, [MadeUp(NOW, "bean.rust", place=NAKURU)])
    assert count_cases(engine, Filters(), TODAY).all_cases == before[0].all_cases + 1
    # With a million cases this is what keeps a page quick: it reads none of those that were counted.
    count_nights(engine, TODAY)
    with engine.begin() as connection:
        connection.execute(delete(Case).where(Case.created_at < midnight(TODAY)))
    assert count_cases(engine, Filters(), TODAY).all_cases == before[0].all_cases + 1


def test_nights_that_are_counted_at_once_count_no_case_twice(engine: Engine) -> None:
    add(engine, [MadeUp(NOW - timedelta(days=1), "bean.rust", place=KISUMU)] * 500)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: count_nights(engine, TODAY), range(8)))
    assert count_cases(engine, Filters(), TODAY).all_cases == 500


def test_what_a_clock_that_was_ahead_has_counted_does_not_count(engine: Engine) -> None:
    add(engine, [MadeUp(NOW + timedelta(days=5), "bean.rust", place=KISUMU), MadeUp(NOW, "bean.rust", place=KISUMU)])
    count_nights(engine, TODAY + timedelta(days=9))
    assert count_cases(engine, Filters(), TODAY).all_cases == 1
    count_nights(engine, TODAY)
    assert count_cases(engine, Filters(), TODAY).cells == {KISUMU: 1}
