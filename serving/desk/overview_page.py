"""``/desk/overview``: what extension workers see of all cases together, and take along as files."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, request
from pydantic import ValidationError

from majani.decision.rules import Outcome
from majani.errors import CaseError, ErrorCode
from serving.access.guard import district_of, known_districts
from serving.access.role import Role
from serving.access.tokens import Access
from serving.clock import now
from serving.container import services
from serving.desk.case_phrasing import OUTCOMES
from serving.desk.layout import desk_page
from serving.desk.session import signed_in
from serving.http.document import private_file
from serving.http.errors import DESK_PREFIX, RequestCode, RequestError
from serving.monitoring.daily_job import DailyJobs
from serving.overview import chart, export
from serving.overview import map as area_map
from serving.overview.counting import Counts, count_cases
from serving.overview.filters import OFFERED_WEEKS, Filters, monday
from serving.overview.findings import list_findings
from serving.overview.small_cells import Areas, suppress_small_cells
from serving.surveillance.alerts import earlier_cases, list_alerts
from serving.surveillance.recent import MIN_BASELINE_CASES
from serving.surveillance.weekly_counts import EVERYWHERE, WEEK

blueprint = Blueprint("overview", __name__, url_prefix=f"{DESK_PREFIX}/overview")


@dataclass(frozen=True)
class View:
    """What one request asks about."""

    filters: Filters
    today: date
    counts: Counts

    @property
    def areas(self) -> Areas:
        """Return the places that may be shown."""
        return suppress_small_cells(
            known_districts().add_up(self.counts.cells),
            all_cases=self.counts.all_cases,
            min_cases=services().settings.overview_min_cases,
        )


@blueprint.get("")
def show() -> Response:
    """Show cases by time, by condition and by area, and what is more than usual."""
    access = signed_in(Role.EXTENSION)
    view, settings = _view(access), services().settings
    counted_until = DailyJobs(services().engine).counted_until()
    last_week = monday(counted_until) - WEEK
    steps = chart.add_up(view.counts.by_day, view.filters, view.today)
    return desk_page(
        "overview.html",
        filters=view.filters,
        first_day=view.filters.first_day(view.today),
        today=view.today,
        steps=steps,
        chart=chart.draw(steps),
        findings=list_findings(view.counts.by_day, view.filters, view.today),
        areas=view.areas,
        map=area_map.draw(view.areas.shown, known_districts(), step=settings.overview_min_cases),
        min_cases=settings.overview_min_cases,
        retention_days=min(settings.diagnosis_retention_days, settings.photo_retention_days),
        alerts=[
            alert
            for alert in list_alerts(services().engine, last_week, last_week, min_cases=settings.overview_min_cases)
            if access.district in (None, alert.place)
        ],
        # Nothing is told of a week that nobody has counted.
        not_counted_since=None if view.today < last_week + 3 * WEEK else counted_until,
        earlier=earlier_cases(services().engine, place=access.district or EVERYWHERE),
        earlier_needed=MIN_BASELINE_CASES,
        offered_weeks=OFFERED_WEEKS,
        taxonomy=services().adviser.taxonomy,
        outcomes=Outcome,
        outcome_names=OUTCOMES,
        link=view.filters.chosen(),
    )


@blueprint.get("/cases.csv")
def cases_csv() -> Response:
    """All findings, by day or week, for a spreadsheet."""
    view = _view(signed_in(Role.EXTENSION))
    return private_file(
        export.cases_csv(view.counts.by_day, view.filters, view.today), export.CSV_TYPE, name="cases.csv"
    )


@blueprint.get("/areas.csv")
def areas_csv() -> Response:
    """The areas of the map, for a spreadsheet."""
    areas = _view(signed_in(Role.EXTENSION)).areas
    return private_file(export.areas_csv(areas), export.CSV_TYPE, name="areas.csv")


@blueprint.get("/areas.geojson")
def areas_geojson() -> Response:
    """The areas of the map, for a program that draws maps."""
    view = _view(signed_in(Role.EXTENSION))
    text = export.areas_geojson(view.areas, known_districts(), view.filters, view.today)
    return private_file(text, export.GEOJSON_TYPE, name="areas.geojson")


def _view(access: Access) -> View:
    filters, today = _filters(), now().date()
    return View(filters, today, count_cases(services().engine, filters, today, district_of(access)))


def _filters() -> Filters:
    try:
        filters = Filters.model_validate(request.args.to_dict())
    except ValidationError as error:
        fields = ", ".join(str(fault["loc"][0]) for fault in error.errors())
        raise RequestError(RequestCode.REQUEST_INVALID, f"{fields}: there is no such choice") from error
    taxonomy = services().adviser.taxonomy
    if filters.crop is not None and filters.crop not in {crop.id for crop in taxonomy.crops}:
        raise CaseError(ErrorCode.CROP_UNKNOWN, f"there is no crop {filters.crop!r}")
    if filters.condition is not None:
        services().adviser.condition(filters.condition)
    return filters
