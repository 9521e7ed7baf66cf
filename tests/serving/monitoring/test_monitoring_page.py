"""From cases in the database to what has changed, on the page and as metrics."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isnan
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, insert, update
from sqlalchemy.orm import Session

from majani.decision.rules import Outcome
from majani.model.bundle import Bundle, write_bundle
from majani.model.distribution import Histogram, ValidationPhotos
from serving.container import Services
from serving.monitoring.gauges import Gauges
from serving.monitoring.population_stability import Change
from serving.monitoring.proportion import Share
from serving.monitoring.report import Measure, Rate, report
from serving.monitoring.windows import SAMPLE_CASES, ObservedCase, PhotoMeasures, Samples, read_samples
from serving.persistence.models import Base, Case, Feedback, Photo
from serving.persistence.review_record import ModelAnswer
from serving.telemetry.metrics import DRIFT, SHARE
from tests.serving.conftest import MakeApp
from tests.serving.made_up_cases import MadeUp, add
from tests.serving.review.reviewed import review
from tests.tiny_bundle import tiny_bundle

NOW = datetime.now(UTC)
VERSION = "2026-01-01-abcdef01"
KEPT_FOR = timedelta(days=90)
RUST = ModelAnswer(Outcome.CONDITION, "bean.rust")


def measured(engine: Engine, numbers: list[int], *, luminance: float) -> None:
    """One photo for each case, around that brightness."""
    same = {"position": 0, "width_px": 480, "height_px": 360}
    rows = [
        same | {"case_id": number, "luminance": luminance + number % 40, "sharpness": 300.0 + number % 50}
        for number in numbers
    ]
    with engine.begin() as connection:
        connection.execute(insert(Base.metadata.tables[Photo.__tablename__]), rows)


def a_darker_season(engine: Engine) -> None:
    """Six hundred cases by day, then two hundred at dusk, of which the model names less."""
    by_day = [MadeUp(NOW - timedelta(days=40, minutes=-number), "bean.rust") for number in range(600)]
    at_dusk = [
        MadeUp(NOW - timedelta(days=1, minutes=-number), "bean.rust" if number % 2 else None, probability=0.8)
        for number in range(200)
    ]
    bright, dark = add(engine, by_day), add(engine, at_dusk)
    measured(engine, bright, luminance=120)
    measured(engine, dark, luminance=50)
    review(engine, bright[0], ("condition", "bean.rust"))
    review(engine, dark[1], ("condition", "bean.healthy"))
    review(engine, dark[0], ("condition", "bean.rust"))
    with Session(engine) as session, session.begin():
        session.add(Feedback(case_id=dark[1], verdict="wrong", given_at=NOW))
        session.add(Feedback(case_id=dark[3], verdict="unsure", given_at=NOW))


def test_what_has_changed_is_found_and_gauges_follow_now_and_then(engine: Engine) -> None:
    a_darker_season(engine)
    [samples] = read_samples(engine, versions=5, retention=KEPT_FOR)
    assert (samples.model_version, samples.cases) == (VERSION, 800)
    # The first 500, and the 300 that are left.
    assert (len(samples.first), len(samples.latest)) == (SAMPLE_CASES, 300)
    found = report(samples)
    expected = {Measure.NOVELTY: Change.TOO_FEW}
    expected |= dict.fromkeys((Measure.LUMINANCE, Measure.OUTCOME), Change.CLEAR)
    expected |= dict.fromkeys((Measure.SHARPNESS, Measure.SIDE), Change.NONE)
    assert {measure: found.drifts[measure].change for measure in expected} == expected
    answered, experts = found.shares[Rate.ANSWERED], found.shares[Rate.EXPERTS]
    assert (answered.then, answered.now, answered.change) == (Share(500, 500), Share(200, 300), Change.CLEAR)
    # Where the model was not sure, it was neither right nor wrong.
    assert (experts.then, experts.now, experts.change) == (Share(1, 1), Share(0, 1), Change.TOO_FEW)
    assert found.shares[Rate.SENDERS].now == Share(0, 1)
    # Of districts, which answer beside it and now and then.
    last = [add(engine, [MadeUp(NOW, "bean.rust")])[0] for _ in range(2)]
    with engine.begin() as connection:
        for number in last:
            connection.execute(update(Case).where(Case.id == number).values(model_version=f"kitui-{number}"))
    [running] = read_samples(engine, versions=1, retention=KEPT_FOR, running=VERSION)
    assert running.model_version == VERSION, "what districts heard last hides nothing"
    moment = [0.0]
    answering = {VERSION, f"kitui-{last[0]}"}
    gauges = Gauges(engine, retention=KEPT_FOR, running=lambda: answering, clock=lambda: moment[0])
    luminance = DRIFT.labels(VERSION, "luminance")
    # At once, and then not with each look.
    for moment[0], is_read in ((0.0, True), (0.0, False), (601.0, True)):
        luminance.set(-1)
        gauges.refresh()
        assert (luminance._value.get() > 0.25) is is_read
    assert SHARE.labels(VERSION, "answered")._value.get() == pytest.approx(2 / 3)
    assert {labels[0] for labels in DRIFT._metrics} >= answering
    assert f"kitui-{last[1]}" not in {labels[0] for labels in DRIFT._metrics}
    # Another one takes its place, and then it is put back.
    for moment[0], runs in ((1202.0, False), (1803.0, True)):
        (answering.add if runs else answering.discard)(VERSION)
        gauges.refresh()
        assert [isnan(of._value.get()) for of in (luminance, SHARE.labels(VERSION, "answered"))] == [not runs] * 2
    with engine.begin() as connection:
        connection.execute(delete(Case).where(Case.id > 400))
    moment[0] = 2500.0
    gauges.refresh()
    assert all(isnan(of._value.get()) for of in (luminance, SHARE.labels(VERSION, "answered"))), "too few are left"


def validated_bundle() -> Bundle:
    """The bundle that answers, which tells how bright the photos by day were that its rules were fitted on."""
    values = {
        "luminance": Histogram.of([120.0 + number % 40 for number in range(400)]),
        "sharpness": Histogram.of([300.0] * 99),
    }
    known = ValidationPhotos(values=values, words={"outcome": {"condition": 400}})
    bundle = tiny_bundle()
    return replace(bundle, manifest=bundle.manifest.model_copy(update={"version": VERSION, "validation_photos": known}))


def test_photos_unlike_those_of_validation_are_found(engine: Engine) -> None:
    """So photos that were of another kind from the first day on are noticed."""
    measured(engine, add(engine, [MadeUp(NOW, "bean.rust")] * 120), luminance=50)
    [samples] = read_samples(engine, versions=1, retention=KEPT_FOR)
    manifest = validated_bundle().manifest
    found = report(samples, manifest)
    luminance, outcome = found.validated[Measure.LUMINANCE], found.validated[Measure.OUTCOME]
    assert (luminance.then, luminance.now, luminance.change) == (400, 120, Change.CLEAR)
    assert (outcome.then, outcome.now, outcome.change) == (400, 120, Change.NONE)
    # Too few photos are as good as none, and those of another bundle too.
    assert set(found.validated) == {Measure.LUMINANCE, Measure.OUTCOME}
    assert report(samples, manifest.model_copy(update={"version": "other"})).validated == {}
    assert {drift.change for drift in found.drifts.values()} == {Change.TOO_FEW}


def test_of_a_model_older_than_cases_become_only_those_with_photos_are_compared(engine: Engine) -> None:
    """Its other early cases are deleted already, so its first cases are no others any more."""
    old = [MadeUp(NOW - KEPT_FOR - timedelta(days=1), "bean.rust", keeps_photos=True)] * 10
    new = [
        MadeUp(NOW - timedelta(minutes=number), f"bean.{number % 2}", keeps_photos=bool(number % 2))
        for number in range(1200)
    ]
    add(engine, [*old, *new])
    [samples] = read_samples(engine, versions=1, retention=KEPT_FOR)
    assert (samples.cases, len(samples.first), len(samples.latest)) == (1210, SAMPLE_CASES, 110)
    assert {case.answer.condition for case in (*samples.first, *samples.latest)} == {"bean.rust", "bean.1"}


def test_photos_of_one_plant_count_once() -> None:
    """Or a hundred cases with five photos each would be five hundred witnesses."""
    few = ObservedCase(
        RUST, 0.9, None, tuple(PhotoMeasures(300, luminance, None) for luminance in (90, 100, 200)), None, ()
    )
    found = report(Samples(VERSION, 120, NOW, (few,) * 60, (few,) * 60))
    drifts = [found.drifts[measure] for measure in (Measure.LUMINANCE, Measure.SIDE)]
    assert [(drift.then, drift.now) for drift in drifts] == [(60, 60)] * 2
    assert found.drifts[Measure.LUMINANCE].change is Change.TOO_FEW
    # The middle one, whatever one bad photo does; and none where none was measured.
    spoilt = replace(few, photos=(*few.photos[:2], PhotoMeasures(300, 5000, None)))
    found = report(Samples(VERSION, 200, NOW, (few,) * 100, (spoilt,) * 100))
    assert (found.drifts[Measure.LUMINANCE].index, found.drifts[Measure.SHARPNESS].then) == (0, 0)


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    write_bundle(validated_bundle(), tmp_path / "bundle")
    return make_app(tmp_path, bundle=tmp_path / "bundle", metrics_token="0123456789abcdef")  # noqa: S106


def test_the_page_and_the_metrics_say_the_same(
    client: FlaskClient, services: Services, agronomist: dict[str, str]
) -> None:
    assert 'id="none"' in client.get("/desk/watching", headers=agronomist).text
    a_darker_season(services.engine)
    page = client.get("/desk/watching", headers=agronomist).text
    row, validated_row = re.findall(r'<tr class="clear" data-measure="luminance">.*?</tr>', page)
    shown = float(re.findall(r"<td>([\d.]+)</td>", row)[0])
    text = client.get("/metrics", headers={"Authorization": "Bearer 0123456789abcdef"}).text
    [said] = re.findall(rf'majani_drift_index{{measure="luminance",model_version="{VERSION}"}} (\S+)', text)
    assert shown == pytest.approx(float(said), abs=0.005)
    assert validated_row.endswith("<td>400</td><td>500</td></tr>")
    assert "100% of 500 (99% to 100%)" in page
    assert "67% of 300 (61% to 72%)" in page
