"""What experts and senders say of a model's answers, on the page and as metrics."""

import re
from datetime import UTC, datetime, timedelta
from math import isnan
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.monitoring.answer_shares import LATEST_CASES, Rate, read_shares
from serving.monitoring.gauges import Gauges
from serving.monitoring.proportion import Share
from serving.persistence.models import Case, Feedback
from serving.telemetry.metrics import SHARE
from tests.serving.conftest import MakeApp
from tests.serving.made_up_cases import FIRST_MODEL, SECOND_MODEL, MadeUp, add
from tests.serving.review.reviewed import review

NOW = datetime.now(UTC)
SHARES = {Rate.EXPERTS: Share(1, 2), Rate.SENDERS: Share(0, 1), Rate.ANSWERED: Share(300, LATEST_CASES)}


def fill(engine: Engine) -> list[int]:
    """Six hundred cases of one model, of whose latest five hundred it names three hundred; one of another."""
    named = [MadeUp(NOW - timedelta(days=9, minutes=-number), "bean.rust") for number in range(400)]
    unsure = [MadeUp(NOW - timedelta(days=1, minutes=-number), None) for number in range(200)]
    numbers = add(engine, [*named, *unsure])
    add(engine, [MadeUp(NOW, "bean.rust", model_version=SECOND_MODEL)])
    # The first is too old to count, and where the model was not sure it was neither right nor wrong.
    for number, condition in ((0, "healthy"), (200, "rust"), (201, "healthy"), (500, "rust")):
        review(engine, numbers[number], ("condition", f"bean.{condition}"))
    with Session(engine) as session, session.begin():
        session.add(Feedback(case_id=numbers[202], verdict="wrong", given_at=NOW))
        session.add(Feedback(case_id=numbers[203], verdict="unsure", given_at=NOW))
    return numbers


def test_the_latest_cases_are_counted_and_gauges_follow_now_and_then(engine: Engine) -> None:
    numbers = fill(engine)
    other, first = read_shares(engine, versions=5)
    assert (first.model_version, first.cases, first.shares) == (FIRST_MODEL, 600, SHARES)
    assert (other.model_version, other.cases) == (SECOND_MODEL, 1)
    [before] = read_shares(engine, versions=1, running=FIRST_MODEL)
    assert before.model_version == FIRST_MODEL, "what districts heard last hides nothing"
    moment = [0.0]
    running = {FIRST_MODEL}
    gauges = Gauges(engine, running=lambda: running, clock=lambda: moment[0])
    answered = SHARE.labels(FIRST_MODEL, "answered")
    # At once, and then not with each look.
    for moment[0], is_read in ((0.0, True), (0.0, False), (601.0, True)):
        answered.set(-1)
        gauges.refresh()
        assert (answered._value.get() == pytest.approx(0.6)) is is_read
    assert isnan(SHARE.labels(FIRST_MODEL, "experts")._value.get()), "too few"
    # Another one takes its place, and then it is put back.
    for moment[0], runs in ((1202.0, False), (1803.0, True)):
        (running.add if runs else running.discard)(FIRST_MODEL)
        gauges.refresh()
        assert isnan(answered._value.get()) is not runs
    with engine.begin() as connection:
        connection.execute(delete(Case).where(Case.id > numbers[98]))
    moment[0] = 2500.0
    gauges.refresh()
    assert isnan(answered._value.get()), "too few are left"


def test_the_page_shows_them(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(tmp_path)
    engine, client = app.extensions["majani"].engine, app.test_client()
    token = AccessTokens(engine).create("desk", Role.AGRONOMIST, timedelta(days=1))
    agronomist = {"Authorization": f"Bearer {token}"}
    assert "data-rate" not in client.get("/desk/agreement", headers=agronomist).text
    fill(engine)
    page = client.get("/desk/agreement?language=en", headers=agronomist).text
    assert re.findall(r'data-rate="(\w+)"', page) == [*Rate, *Rate]
    assert "60% of 500 (56% to 64%)" in page
