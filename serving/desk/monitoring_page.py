"""``/desk/watching``: whether photos and answers have changed since a model began to answer."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from flask import Blueprint, Response

from serving.access.role import Role
from serving.container import services
from serving.desk.layout import desk_page
from serving.desk.phrasing import number
from serving.desk.phrasing import share as written
from serving.desk.session import signed_in
from serving.http.errors import DESK_PREFIX
from serving.i18n.catalogue import sentence
from serving.i18n.phrasing import Wording
from serving.monitoring.population_stability import CLEAR, MIN_CASES, SLIGHT, Change
from serving.monitoring.proportion import Share
from serving.monitoring.report import Measure, Rate, report
from serving.monitoring.windows import SAMPLE_CASES, read_samples
from serving.site.rendering import wording_of_reader

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


def with_interval(wording: Wording, of: Share) -> str:
    """A share with its 95 % interval and what it is based on."""
    if of.value is None:
        return "–"
    low, high = (written(wording, end) for end in of.interval)
    return wording.say(
        "%(share)s of %(cases)s (%(low)s to %(high)s)",
        share=written(wording, of.value),
        cases=number(wording, of.whole),
        low=low,
        high=high,
    )


_VERSIONS = 5

blueprint = Blueprint("monitoring", __name__, url_prefix=f"{DESK_PREFIX}/watching")


@blueprint.get("")
def show() -> Response:
    """Show what has changed, model by model."""
    signed_in(Role.AGRONOMIST)
    wording, retention = wording_of_reader(), timedelta(days=services().settings.diagnosis_retention_days)
    found = read_samples(services().engine, versions=_VERSIONS, retention=retention)
    return desk_page(
        "monitoring.html",
        reports=[report(samples) for samples in found],
        sample_cases=SAMPLE_CASES,
        min_cases=MIN_CASES,
        slight=number(wording, SLIGHT),
        clear=number(wording, CLEAR),
        measures=MEASURES,
        changes=CHANGES,
        rates=RATES,
        number=partial(number, wording),
        with_interval=partial(with_interval, wording),
    )
