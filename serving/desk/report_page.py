"""``/desk/report``: a month to print and hand on, and the weekly counts behind it as a file."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import takewhile

from flask import Blueprint, Response, request

from serving.access.guard import check_district, district_of, known_districts
from serving.access.role import Role
from serving.container import services
from serving.desk.layout import desk_page
from serving.desk.session import signed_in
from serving.http.document import private_file
from serving.http.errors import DESK_PREFIX, RequestCode, RequestError
from serving.i18n.catalogue import sentence
from serving.monitoring.daily_job import DailyJobs
from serving.overview import map as area_map
from serving.overview.export import CSV_TYPE
from serving.overview.filters import monday
from serving.overview.small_cells import suppress_small_cells
from serving.surveillance.alerts import earlier_cases, list_alerts
from serving.surveillance.follow_ups import follow_ups_csv, read_follow_ups
from serving.surveillance.monthly import is_over, read_month, weeks_of
from serving.surveillance.recent import MIN_BASELINE_CASES
from serving.surveillance.weekly_counts import WEEK, known_weeks, read_weeks, weeks_csv

_OFFERED_MONTHS = 13

# What farmers say of what they did, and of the plant.
SAID: Mapping[str, str] = {
    "yes": sentence("Yes"),
    "partly": sentence("A part of it"),
    "no": sentence("No"),
    "better": sentence("Better"),
    "same": sentence("The same"),
    "worse": sentence("Worse"),
    "gone": sentence("The plant is gone"),
}

blueprint = Blueprint("report", __name__, url_prefix=f"{DESK_PREFIX}/report")


@blueprint.get("")
def show() -> Response:
    """Show a month, by default the last whole one."""
    access = signed_in(Role.EXTENSION)
    # It has figures of all cases together.
    check_district(access, None)
    engine, settings = services().engine, services().settings
    # The daily job counts weeks that are over.
    until = DailyJobs(engine).counted_until()
    months, min_cases = _months(until), settings.overview_min_cases
    month = _month(months[0] if is_over(months[0], until) else months[1], until)
    monthly = read_month(engine, month, until)
    areas = suppress_small_cells(monthly.places, all_cases=monthly.leaves, min_cases=min_cases)
    return desk_page(
        "report.html",
        month=month,
        months=months,
        monthly=monthly,
        last_day=monthly.weeks[-1] + timedelta(days=6),
        earlier=earlier_cases(engine, monthly.weeks[-1]),
        earlier_needed=MIN_BASELINE_CASES,
        alerts=list_alerts(engine, monthly.weeks[0], monthly.weeks[-1], min_cases=min_cases),
        follow_ups=read_follow_ups(engine, monthly.weeks[0], monthly.weeks[-1] + WEEK),
        said=SAID,
        areas=areas,
        map=area_map.draw(areas.shown, known_districts(), step=min_cases),
        min_cases=min_cases,
    )


@blueprint.get("/weeks.csv")
def weeks() -> Response:
    """All weekly counts that are kept, for a spreadsheet or a program."""
    access = signed_in(Role.EXTENSION)
    # Refuse a district that is no more.
    district_of(access)
    weeks = read_weeks(services().engine, date.min, date.max)
    rows = [row for row in weeks if access.district in (None, row.place)]
    text = weeks_csv(rows, min_cases=services().settings.overview_min_cases)
    return private_file(text, CSV_TYPE, name="weeks.csv")


@blueprint.get("/follow_ups.csv")
def follow_ups() -> Response:
    """What farmers said some days after their answers, of all cases that are kept."""
    check_district(signed_in(Role.EXTENSION), None)
    text = follow_ups_csv(read_follow_ups(services().engine, date.min, date.max))
    return private_file(text, CSV_TYPE, name="follow_ups.csv")


def _months(until: date) -> list[date]:
    """First days of the months to choose from, first that of the last whole week, and the one before always."""
    last_thursday, known = monday(until) - timedelta(days=4), known_weeks(services().engine)
    months = [last_thursday.replace(day=1)]
    while len(months) < _OFFERED_MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    older = takewhile(lambda count: known is not None and weeks_of(count)[-1] >= known[0], months[2:])
    return [*months[:2], *older]


def _month(default: date, until: date) -> date:
    given = request.args.get("month")
    try:
        month = date.fromisoformat(f"{given}-01") if given else default
    except ValueError as error:
        raise RequestError(RequestCode.REQUEST_INVALID, "month is not YYYY-MM") from error
    # Weeks of earlier years need a year that Python knows.
    if month.year < 2000 or not weeks_of(month, until):
        raise RequestError(RequestCode.REQUEST_INVALID, f"month is not between 2000 and {until}")
    return month
