"""``/desk/agreement``: whether reviewers agree, and experts with the model, for those who look after quality."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.container import services
from serving.desk.layout import desk_page
from serving.desk.session import signed_in
from serving.http.errors import DESK_PREFIX
from serving.i18n.catalogue import sentence
from serving.monitoring.answer_shares import LATEST_CASES, Rate, read_shares
from serving.persistence.reviews import Reviews
from serving.review.agreement import MIN_CASES, Agreement, Pair, agreement, disagreements

_MAX_DISAGREEMENTS = 15
_MODELS = 5

RATES: Mapping[Rate, str] = {
    Rate.EXPERTS: sentence("experts agree with the answer"),
    Rate.SENDERS: sentence("senders say the answer is right"),
    Rate.ANSWERED: sentence("share of cases answered"),
}

blueprint = Blueprint("agreement", __name__, url_prefix=f"{DESK_PREFIX}/agreement")


@blueprint.get("")
def show() -> Response:
    """Show how far reviewers agree: all together, two by two, and on what they do not; and with each model."""
    signed_in(Role.AGRONOMIST)
    opinions = Reviews(services().engine).second_opinions()
    labels = [labels for _, labels in opinions]
    return desk_page(
        "desk_agreement.html",
        all_together=agreement(labels, are_interchangeable=True),
        pairs=_pairs(opinions),
        disagreements=disagreements(labels)[:_MAX_DISAGREEMENTS],
        min_cases=MIN_CASES,
        models=read_shares(services().engine, versions=_MODELS, running=services().diagnoser.manifest.version),
        latest_cases=LATEST_CASES,
        rates=RATES,
    )


def _pairs(opinions: Sequence[tuple[tuple[int, int], Pair]]) -> list[tuple[tuple[str, str], Agreement]]:
    """All pairs with a case in common, by the names of their access tokens, those with most cases first."""
    names = {access.id: access.name for access in AccessTokens(services().engine).list()}
    labels: dict[tuple[int, int], list[Pair]] = {}
    for (first, second), (one, other) in opinions:
        # The lower number first, with each reviewer's own label.
        ordered = (one, other) if first < second else (other, one)
        labels.setdefault((min(first, second), max(first, second)), []).append(ordered)
    pairs = [((names[a], names[b]), agreement(own)) for (a, b), own in labels.items()]
    return sorted(pairs, key=lambda pair: (-pair[1].cases, pair[0]))
