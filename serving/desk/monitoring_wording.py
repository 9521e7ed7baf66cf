"""What the page of watching says, in the reader's language."""

from collections.abc import Mapping

from serving.desk.wording import number
from serving.desk.wording import share as written
from serving.i18n.catalogue import mark
from serving.i18n.phrasing import Wording
from serving.monitoring.population_stability import Change
from serving.monitoring.proportion import Share
from serving.monitoring.report import Measure, Rate

MEASURES: Mapping[Measure, str] = {
    Measure.LUMINANCE: mark("brightness of photos"),
    Measure.SHARPNESS: mark("sharpness of photos"),
    Measure.SIDE: mark("size of photos"),
    Measure.NOVELTY: mark("novelty of photos"),
    Measure.PROBABILITY: mark("probability of the answer"),
    Measure.OUTCOME: mark("kinds of answers"),
    Measure.CONDITION: mark("conditions named"),
}

RATES: Mapping[Rate, str] = {
    Rate.EXPERTS: mark("experts agree with the answer"),
    Rate.SENDERS: mark("senders say the answer is right"),
    Rate.ANSWERED: mark("share of cases answered"),
}

CHANGES: Mapping[Change, str] = {
    Change.TOO_FEW: mark("too few cases"),
    Change.NONE: mark("no change"),
    Change.SLIGHT: mark("a slight change"),
    Change.CLEAR: mark("a clear change"),
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
