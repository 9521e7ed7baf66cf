"""What leaves the desk for training: whole, without a name, the same for the same, and without what was deleted."""

import csv
import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.app import create_command_app
from serving.container import Services
from serving.persistence.review_record import NewReview, ReviewVerdict
from serving.persistence.reviews import Reviews
from tests.pictures import PictureFactory
from tests.serving.desk.conftest import DAY, ask
from training.artifacts.files import read_taxonomy
from training.reviews.export import read_export

RUST = NewReview(ReviewVerdict.CONDITION, "bean.rust", "ask Wanjiku about this one")
# Which the running model does not know; the texts do.
MOSAIC = NewReview(ReviewVerdict.CONDITION, "coffee.rust")
NO_PLANT = NewReview(ReviewVerdict.NOT_A_PLANT)


@dataclass(frozen=True)
class Archive:
    names: list[str]
    files: dict[str, bytes]

    @classmethod
    def read(cls, file: Path) -> "Archive":
        with tarfile.open(file) as archive:
            members = archive.getmembers()
            assert all(member.mtime == member.uid == member.gid == 0 and member.isreg() for member in members)
            files = {
                member.name: opened.read() for member in members if (opened := archive.extractfile(member)) is not None
            }
        return cls([member.name for member in members], files)

    def rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.files[name].decode())))


@pytest.fixture
def reviews(services: Services) -> Reviews:
    for name in ("desk of Kisumu", "desk of Busia"):
        AccessTokens(services.engine).create(name, Role.EXTENSION, DAY)
    return Reviews(services.engine)


@pytest.fixture
def cases(client: FlaskClient, pictures: PictureFactory) -> list[dict[str, str]]:
    """Three that may be kept, of which the second has two photos, and one that may not."""
    red, leaf = pictures.red(), pictures.leaf()
    kept = [ask(client, red, consent="photos"), ask(client, leaf, red, consent="photos", crop="bean")]
    return [*kept, ask(client, pictures.blue(), consent="photos"), ask(client, red)]


def export(app: Flask, target: Path) -> Result:
    services: Services = app.extensions["majani"]
    runner: FlaskCliRunner = create_command_app(services.settings).test_cli_runner()
    return runner.invoke(args=["review", "export", str(target)])


def test_export_holds_reviewed_cases_and_nothing_else_or_that_leads_back(
    app: Flask, reviews: Reviews, cases: list[dict[str, str]], services: Services, tmp_path: Path
) -> None:
    for case, reviewer, review in ((0, 1, MOSAIC), (1, 2, NO_PLANT), (1, 1, RUST), (0, 1, RUST)):
        reviews.save(cases[case]["id"], reviewer, review)
    for case in (1, 2):
        services.repository.cases.follow_up(cases[case]["id"], "partly", "worse", cases[0]["id"])
    done = export(app, tmp_path / "reviews.tar")
    assert done.exit_code == 0
    assert "cases 2, photos 3, reviews 3" in done.stdout
    content = (tmp_path / "reviews.tar").read_bytes()
    secrets = (*(case[part][:8] for case in cases for part in ("id", "token")), "Wanjiku", "Kisumu")
    assert [secret for secret in secrets if secret.encode() in content] == []
    assert (tmp_path / "reviews.tar").stat().st_mode & 0o077 == 0
    archive = Archive.read(tmp_path / "reviews.tar")
    today = reviews.of_case(cases[0]["id"])[0].reviewed_at.date().isoformat()
    said = archive.rows("reviews.csv")
    assert [list(row.values())[1:] for row in sorted(said, key=lambda row: (row["verdict"], row["reviewer"]))] == [
        ["r1", "condition", "bean.rust", today],
        ["r1", "condition", "bean.rust", today],
        ["r2", "not_a_plant", "", today],
    ]
    photos = archive.rows("photos.csv")
    assert {(row["position"], row["crop_hint"]) for row in photos} == {("0", ""), ("0", "bean"), ("1", "bean")}
    assert {row["model_version"] for row in photos} == {services.diagnoser.manifest.version}
    for row in photos:
        assert row["path"] == f"photos/{row['case']}/{row['position']}.jpg"
        assert hashlib.sha256(archive.files[row["path"]]).hexdigest() == row["sha256"]
    assert {row["case"] for row in photos} == {row["case"] for row in said}
    assert archive.names == [*(row["path"] for row in photos), "photos.csv", "reviews.csv", "follow_ups.csv"]
    [of_two] = {row["case"] for row in photos if row["position"] == "1"}
    # The third case has no review.
    assert archive.rows("follow_ups.csv") == [{"case": of_two, "done": "partly", "state": "worse"}]
    assert [row["path"] for row in photos] == sorted(row["path"] for row in photos)


def test_training_reads_all_of_it_but_what_was_deleted(
    app: Flask, client: FlaskClient, reviews: Reviews, cases: list[dict[str, str]], tmp_path: Path
) -> None:
    for case in cases[:2]:
        for reviewer, review in ((1, RUST), (2, MOSAIC)):
            reviews.save(case["id"], reviewer, review)
    export(app, tmp_path / "reviews.tar")
    with tarfile.open(tmp_path / "reviews.tar") as archive:
        archive.extractall(tmp_path / "raw", filter="data")
    found = read_export(tmp_path / "raw", read_taxonomy())
    assert (len(found.reviews), len(found.photos), found.left_out) == (4, 3, ())
    before = {row["case"] for row in Archive.read(tmp_path / "reviews.tar").rows("photos.csv")}
    client.delete(f"/v1/diagnoses/{cases[0]['id']}", headers={"Authorization": f"Bearer {cases[0]['token']}"})
    export(app, tmp_path / "reviews.tar")
    after = {row["case"] for row in Archive.read(tmp_path / "reviews.tar").rows("photos.csv")}
    # The one that stays has kept its name.
    assert (len(before), len(after)) == (2, 1)
    assert after < before


def test_lost_photos_are_reported_and_the_others_go_on_but_without_the_store_the_old_export_stays(
    app: Flask, reviews: Reviews, cases: list[dict[str, str]], services: Services, tmp_path: Path
) -> None:
    for case in cases[:2]:
        reviews.save(case["id"], 1, RUST)
    kept = (services.repository.cases.find(case["id"]) for case in cases[:2])
    lost, damaged, good = (tmp_path / "photos" / str(photo.path) for case in kept for photo in case.photos)
    lost.unlink()
    damaged.unlink()
    damaged.mkdir()
    target = tmp_path / "reviews.tar"
    done = export(app, target)
    assert done.exit_code == 0
    *each, together = done.stderr.splitlines()
    assert [line.rpartition(": ")[2] for line in each] == ["photo_unreadable"] * 2
    assert together == "Photos that could not be read: 2."
    assert "cases 1, photos 1, reviews 1" in done.stdout
    archive = Archive.read(target)
    # Of the first case nothing is left that anybody could learn from.
    assert [row["position"] for row in archive.rows("photos.csv")] == ["1"]
    assert len(archive.rows("reviews.csv")) == 1
    old = target.read_bytes()
    good.unlink()
    for file in (lost, good):
        file.mkdir()
    done = export(app, target)
    assert done.exit_code == 1
    assert "Nothing was written" in done.stderr
    assert target.read_bytes() == old
    assert not target.with_name("reviews.tar.partial").exists()
    assert export(app, tmp_path / "absent" / "reviews.tar").exit_code == 1
