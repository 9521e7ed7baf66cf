"""Test cases are counted and signed, and nothing is taught from them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from majani.model.evidence import Evidence, Level
from sqlalchemy import update

from majani.model.bundle import write_bundle
from majani.model.signature import make_key
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_command_app
from serving.container import Services
from serving.persistence.case_record import case_pseudonym
from serving.persistence.models import Case
from serving.persistence.review_record import NewReview, ReviewVerdict, wanted_at_first
from serving.persistence.reviews import Reviews
from serving.review.photos import labelled_photos
from tests.pictures import PictureFactory
from tests.serving.conftest import MakeApp
from tests.serving.desk.conftest import DAY, ask
from tests.serving.review.test_export import Archive
from tests.tiny_bundle import tiny_bundle_with_head

RUST, SPOT = (NewReview(ReviewVerdict.CONDITION, f"bean.{one}") for one in ("rust", "angular_leaf_spot"))


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    write_bundle(tiny_bundle_with_head(), tmp_path / "bundle")
    return make_app(tmp_path, bundle=tmp_path / "bundle", test_cases_from=datetime.now(UTC).date())


def test_two_of_three_sure_answers_are_counted(
    app: Flask, services: Services, pictures: PictureFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Or this process would stay at a low priority.
    monkeypatch.setattr("os.nice", lambda _: 0)
    kinds: dict[int, list[str]] = {1: [], 2: []}
    while len(kinds[1]) < 2 or len(kinds[2]) < 4:
        case = ask(app.test_client(), pictures.red(), consent="photos", crop="bean")["id"]
        kinds[wanted_at_first(case)].append(case)
    reviews, access = Reviews(services.engine), AccessTokens(services.engine)
    people = [access.find(access.create(f"desk {one}", Role.AGRONOMIST, DAY)).id for one in "ab"]
    # Of the fourth, one person alone has said something; of the others that are no test cases, all.
    labels = dict(zip(kinds[2], [(RUST, RUST), (RUST, RUST), (SPOT, SPOT), (RUST,)], strict=False))
    for case, said in {**labels, **dict.fromkeys(kinds[1], (RUST, RUST))}.items():
        for person, one in zip(people, said, strict=False):
            reviews.save(case, person, one)

    key, target, exported = tmp_path / "key", tmp_path / "evidence.json", tmp_path / "reviews.tar"
    private_key, public_key = make_key()
    key.write_text(private_key)
    run = create_command_app(services.settings).test_cli_runner()
    done = run.invoke(args=["evidence", str(target), str(key)])
    assert done.exit_code == 0, done.output
    made = Evidence.model_validate_json(target.read_bytes())
    [count] = made.counts
    assert (count.level, count.crop, count.from_probability) == (Level.NAMED, "bean", 0.9)
    assert (count.said, count.right) == (3, 2)
    assert made.is_signed()
    assert made.public_key == public_key
    assert not made.model_copy(update={"bundle": "another"}).is_signed()

    assert run.invoke(args=["review", "export", str(exported)]).exit_code == 0
    taught = {row["case"] for row in Archive.read(exported).rows("reviews.csv")}
    assert taught == {case_pseudonym(case) for case in kinds[1]}
    with services.engine.begin() as connection:
        connection.execute(update(Case).values(latitude=-1.3, longitude=38.2))
    labelled, _ = labelled_photos(services.engine, "Kitui", {(-1.3, 38.2)}, services.settings.test_cases_from)
    assert {photo.case[0] for photo in labelled if photo.case} == set(kinds[1])


def test_without_a_day_every_case_may_be_taught(make_app: MakeApp, tmp_path: Path) -> None:
    services: Services = make_app(tmp_path).extensions["majani"]
    run = create_command_app(services.settings).test_cli_runner()
    assert run.invoke(args=["evidence", str(tmp_path / "counts.json"), __file__]).exit_code == 1
