"""``/desk/watching``: whether photos and answers are as they were when a model was validated or began to answer."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, Response

from serving.access.role import Role
from serving.container import services
from serving.desk.layout import desk_page
from serving.desk.session import signed_in
from serving.http.errors import DESK_PREFIX
from serving.i18n.catalogue import sentence
from serving.monitoring.population_stability import CLEAR, MIN_CASES, SLIGHT, Change
from serving.monitoring.report import Measure, Rate, report
from serving.monitoring.windows import SAMPLE_CASES, read_samples

MEASURES: Mapping[Measure, str] = {
    Measure.LUMINANCE: sentence("brightness of photos"),
    Measure.SHARPNESS: sentence("sharpness of photos"),
    Measure.SIDE: sentence("size of photos"),
    Measure.NOVELTY: sentence("novelty of photos"),
    Measure.PROBABILITY: sentence("probability of the answer"),
    Measure.OUTCOME: sentence("kinds of answers"),
    Measure.CONDITION: sentence("conditions named"),
}

RATES: Mapping[Rate, str] = {
    Rate.EXPERTS: sentence("experts agree with the answer"),
    Rate.SENDERS: sentence("senders say the answer is right"),
    Rate.ANSWERED: sentence("share of cases answered"),
}

CHANGES: Mapping[Change, str] = {
    Change.TOO_FEW: sentence("too few cases"),
    Change.NONE: sentence("no change"),
    Change.SLIGHT: sentence("a slight change"),
    Change.CLEAR: sentence("a clear change"),
}
_VERSIONS = 5

blueprint = Blueprint("monitoring", __name__, url_prefix=f"{DESK_PREFIX}/watching")


@blueprint.get("")
def show() -> Response:
    """Show what has changed, model by model."""
    signed_in(Role.AGRONOMIST)
    retention = timedelta(days=services().settings.diagnosis_retention_days)
    found = read_samples(
        services().engine, versions=_VERSIONS, retention=retention, running=services().diagnoser.manifest.version
    )
    return desk_page(
        "monitoring.html",
        reports=[report(samples, services().diagnoser.manifest) for samples in found],
        sample_cases=SAMPLE_CASES,
        min_cases=MIN_CASES,
        slight=SLIGHT,
        clear=CLEAR,
        measures=MEASURES,
        changes=CHANGES,
        rates=RATES,
    )
