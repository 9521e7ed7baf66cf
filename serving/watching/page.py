"""``/desk/watching``: whether photos and answers are still what they were when a model began."""

from datetime import timedelta
from functools import partial

from flask import Blueprint, Response

from serving.access.role import Role
from serving.desk import wording as desk_wording
from serving.desk.page import desk_page
from serving.desk.session import signed_in
from serving.problems import DESK_PREFIX
from serving.rendering import wording_of_reader
from serving.services import services
from serving.watching import wording as own_wording
from serving.watching.drift import CLEAR, MIN_CASES, SLIGHT
from serving.watching.report import report
from serving.watching.samples import SAMPLE_CASES, read_samples

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
