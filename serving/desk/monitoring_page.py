"""``/desk/watching``: whether photos and answers are still what they were when a model began."""

from datetime import timedelta
from functools import partial

from flask import Blueprint, Response

from serving.access.role import Role
from serving.container import services
from serving.desk import monitoring_wording as own_wording
from serving.desk import wording as desk_wording
from serving.desk.layout import desk_page
from serving.desk.session import signed_in
from serving.http.errors import DESK_PREFIX
from serving.monitoring.population_stability import CLEAR, MIN_CASES, SLIGHT
from serving.monitoring.report import report
from serving.monitoring.windows import SAMPLE_CASES, read_samples
from serving.site.rendering import wording_of_reader

_VERSIONS = 5

blueprint = Blueprint("watching", __name__, url_prefix=f"{DESK_PREFIX}/watching")


@blueprint.get("")
def show() -> Response:
    """Show what has changed, model by model."""
    signed_in(Role.AGRONOMIST)
    wording, kept_for = wording_of_reader(), timedelta(days=services().settings.diagnosis_retention_days)
    found = read_samples(services().engine, versions=_VERSIONS, kept_for=kept_for)
    return desk_page(
        "watching.html",
        reports=[report(samples) for samples in found],
        sample_cases=SAMPLE_CASES,
        min_cases=MIN_CASES,
        slight=desk_wording.number(wording, SLIGHT),
        clear=desk_wording.number(wording, CLEAR),
        measures=own_wording.MEASURES,
        changes=own_wording.CHANGES,
        rates=own_wording.RATES,
        number=partial(desk_wording.number, wording),
        with_interval=partial(own_wording.with_interval, wording),
    )
