"""A district is taught at the desk: uploads are read without trust, labels are asked about, two people decide."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from urllib3 import encode_multipart_formdata
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from majani.model.bundle import write_bundle
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.clock import now
from serving.container import Services
from serving.persistence.models import Case
from serving.review import refit as refitting
from serving.review.photos import labelled_photos
from serving.teach.repository import Refits, RefitState, TaughtPhotos
from tests.pictures import PictureFactory
from tests.serving.clock import Clock
from tests.serving.conftest import MakeApp
from tests.serving.desk.conftest import Kept, MakeToken, form_token, say, sign_in, write_districts
from tests.tiny_bundle import tiny_district_bundle

KITUI = "Kitui"


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    # No process: a test does the work itself where it wants to.
    monkeypatch.setattr("serving.desk.teach_page.start", lambda _: None)
    boundaries = write_districts(tmp_path, (KITUI, 38.0, -1.5, 0.5), ("Busia", 34.0, 0.0, 0.5))
    return make_app(tmp_path, boundaries=boundaries, districts_dir=tmp_path / "bundles")


@pytest.fixture
def agronomist(app: Flask, make_token: MakeToken) -> FlaskClient:
    client = app.test_client()
    sign_in(client, make_token(Role.AGRONOMIST, name="station 1"))
    return client


@pytest.fixture
def taught(services: Services) -> TaughtPhotos:
    return TaughtPhotos(services.engine)


def post(client: FlaskClient, path: str, *files: tuple[str, bytes], **fields: str) -> TestResponse:
    parts = [("photos", (name, data, "application/octet-stream")) for name, data in files]
    known = {"form_token": form_token(client), "district": KITUI, **fields}
    body, content_type = encode_multipart_formdata([*parts, *known.items()])
    return client.post(f"/desk/teach/{path}", data=body, content_type=content_type)


def packed(*entries: tuple[str, bytes], damage: Callable[[bytes], bytes] = bytes) -> tuple[str, bytes]:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return "photos.zip", damage(written.getvalue())


def test_folders_become_labels_and_what_is_not_sure_is_asked(
    agronomist: FlaskClient, taught: TaughtPhotos, pictures: PictureFactory
) -> None:
    red, green, grey = pictures.red(), pictures.yellow(), pictures.grey()
    archive = packed(
        *(("our photos/bean/Rust/1.jpg", red), ("Healthy/2.jpg", green), ("spotted/3.jpg", grey)),
        *(("a.txt", b""), ("rust/unreadable.jpg", b"no photo")),
    )
    answer = post(agronomist, "photos", archive, crop="bean")
    assert answer.status_code == 303
    assert "added=3&refused=1" in answer.location
    assert {one.label for one in taught.of(KITUI)} == {"bean.rust", "bean.healthy", None}
    page = agronomist.get(answer.location).text
    assert 'data-added="3"' in page
    assert 'value="spotted"' in page
    # The same again adds nothing.
    assert "added=0" in post(agronomist, "photos", archive, crop="bean").location
    # What cannot be understood is asked again, and all else is kept. Names do as well as ids.
    post(agronomist, "photos", packed(("dusty/4.jpg", pictures.dark())), crop="bean")
    both = [("name", "spotted"), ("label", "no idea"), ("name", "dusty"), ("label", "healthy")]
    known = [("form_token", form_token(agronomist)), ("district", KITUI), ("crop", "bean")]
    refused = agronomist.post("/desk/teach/names", data=MultiDict([*known, *both]))
    page = agronomist.get(refused.location).text
    assert "no idea" in page.partition('id="unclear"')[2].partition("</p>")[0]
    assert re.findall(r'name="name" value="(\w+)"', page) == ["spotted"]
    assert post(agronomist, "names", name="spotted", label="Angular leaf spot of bean").status_code == 303
    assert {one.label for one in taught.of(KITUI)} == {"bean.rust", "bean.healthy", "bean.angular_leaf_spot"}


def flip(data: bytes) -> bytes:
    at = data.rindex(b"PK\x03\x04") + 200
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


def test_archives_are_refused_by_name_and_nothing_is_kept(
    agronomist: FlaskClient, taught: TaughtPhotos, pictures: PictureFactory
) -> None:
    good, other = ("rust/good.jpg", pictures.red()), ("rust/2.jpg", pictures.yellow())
    many_files, many_photos = ([(f"{one}.{kind}", b"1") for one in range(2000)] for kind in ("txt", "jpg"))
    refused = {
        "no zip": (("x.zip", b"no zip"), "archive_broken"),
        "damaged": (packed(good, other, damage=flip), "archive_broken"),
        "no photo": (packed(("readme.txt", b"")), "archive_broken"),
        "a name with a path": (packed(good, ("../../etc/1.jpg", b"1")), "archive_unsafe"),
        "a name with a drive": (packed(good, ("C:\\1.jpg", b"1")), "archive_unsafe"),
        "a bomb": (packed(good, ("rust/1.jpg", bytes(17 * 2**20))), "archive_too_large"),
        "many files": (packed(good, *many_files), "archive_too_large"),
        "many photos": (packed(good, *many_photos[:401]), "archive_too_large"),
    }
    for name, (archive, code) in refused.items():
        answer = post(agronomist, "photos", archive, crop="bean")
        assert answer.status_code in (413, 422), name
        assert code in answer.text, name
        assert not taught.of(KITUI), name


def test_photos_are_labelled_one_by_one_and_deleted_for_good(
    agronomist: FlaskClient, taught: TaughtPhotos, services: Services, pictures: PictureFactory
) -> None:
    post(agronomist, "photos", ("1.jpg", pictures.red()), ("2.jpg", pictures.yellow()))
    first, second = taught.of(KITUI)
    assert first.public_id in agronomist.get(f"/desk/teach/label?district={KITUI}").text
    assert post(agronomist, "labels", photo=first.public_id, label="bean.other").status_code == 303
    assert post(agronomist, "labels", photo=second.public_id, label="unsure").status_code == 303
    labelled, unlabelled = labelled_photos(services.engine, KITUI, ())
    assert ([one.label for one in labelled], list(unlabelled)) == (["bean.other"], [])
    assert services.repository.photos.read(first.path)
    # Every label leads to its photos, where another one can be given.
    shown = agronomist.get(f"/desk/teach?district={KITUI}").text
    for one, label in ((first, "bean.other"), (second, "unsure")):
        assert f"shows={label}" in shown
        page = agronomist.get(f"/desk/teach/label?district={KITUI}&shows={label}&photo={one.public_id}").text
        assert f'name="photo" value="{one.public_id}"' in page
    assert (
        post(agronomist, "labels", photo=second.public_id, label="bean.rust", next="1", shows="unsure").status_code
        == 303
    )
    assert {one.label for one in taught.of(KITUI)} == {"bean.other", "bean.rust"}
    # Without a folder's name, too, something new can be written; nothing is chosen unasked.
    page = agronomist.get(f"/desk/teach/label?district={KITUI}&shows=bean.rust").text
    assert "<select" not in page.partition("<main")[2]
    assert post(agronomist, "labels", photo=second.public_id, condition="coffee.red_mite").status_code == 303
    assert {one.label for one in taught.of(KITUI)} == {"bean.other", "coffee.red_mite"}
    assert post(agronomist, "remove", photo=first.public_id).status_code == 303
    assert [one.public_id for one in taught.of(KITUI)] == [second.public_id]
    with pytest.raises(FileNotFoundError):
        services.repository.photos.read(first.path)


def test_reviewed_cases_of_the_district_are_material_until_they_are_deleted(
    agronomist: FlaskClient, services: Services, kept: Kept
) -> None:
    here, elsewhere = (kept("red") for _ in range(2))
    for case, place in ((here, (-1.3, 38.2)), (elsewhere, (0.2, 34.2))):
        where = {"latitude": place[0], "longitude": place[1]}
        with services.engine.begin() as connection:
            connection.execute(update(Case).where(Case.public_id == case["id"]).values(where))
        say(agronomist, case["id"], label="bean.rust")
    exported = agronomist.get(f"/desk/teach/export.zip?district={KITUI}").data
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        table = archive.read("photos.csv").decode().splitlines()
    assert len(table) == 2
    # Who said it and where are numbers of this table.
    assert table[1].endswith(",bean.rust,1,1")
    assert here["id"] not in table[1]
    services.repository.delete(services.repository.cases.find(here["id"]))
    cells = {(-1.3, 38.2)}
    assert labelled_photos(services.engine, KITUI, cells) == ([], [])


def test_two_people_use_it_and_one_goes_back(
    app: Flask, agronomist: FlaskClient, make_token: MakeToken, services: Services, tmp_path: Path
) -> None:
    refits, districts = Refits(services.engine), services.districts
    for number in (1, 2):
        write_bundle(tiny_district_bundle(version=f"2026-02-0{number}-kitui"), tmp_path / str(number))
        districts.use(KITUI, tmp_path / str(number))
    assert post(agronomist, "refits").status_code == 303
    refit = refits.claim()
    assert refit is not None
    # Nobody else works on it meanwhile.
    assert refits.claim() is None
    page = agronomist.get(f"/desk/teach?district={KITUI}").text
    assert ('id="progress"' in page, 'id="material"' in page) == (True, False)
    made = tiny_district_bundle(version="2026-02-03-kitui")
    write_bundle(made, services.settings.districts_dir / "kitui" / "refit")
    refits.end(refit, RefitState.DONE, {"decision": "promote", "version": made.manifest.version})
    for _ in range(2):
        assert post(agronomist, "use", refit=str(refit.id)).status_code == 303
    assert districts.version(KITUI) == "2026-02-02-kitui"
    colleague = app.test_client()
    sign_in(colleague, make_token(Role.AGRONOMIST, name="station 2"))
    assert post(colleague, "use", refit=str(refit.id + 1)).status_code == 404
    assert post(colleague, "use", refit=str(refit.id)).status_code == 303
    assert districts.version(KITUI) == made.manifest.version
    # A double click.
    for _ in range(2):
        assert post(colleague, "back", version=made.manifest.version).status_code == 303
    assert districts.version(KITUI) == "2026-02-02-kitui"
    [one] = refits.history(KITUI)
    assert (one.state, one.first_by, one.used_by, one.undone_by) == (RefitState.UNDONE, 1, 2, 2)
    post(colleague, "back", version="2026-02-02-kitui")
    assert districts.version(KITUI) == "2026-02-01-kitui"


def test_a_gate_that_keeps_is_kept_to(agronomist: FlaskClient, services: Services) -> None:
    refits = Refits(services.engine)
    refits.ask(KITUI, 1)
    refit = refits.claim()
    assert refit is not None
    refits.end(refit, RefitState.DONE, {"decision": "keep", "version": "1"})
    assert post(agronomist, "use", refit=str(refit.id)).status_code == 404


def test_a_killed_refit_is_taken_up_again_and_then_fails(services: Services, clock: Clock) -> None:
    refits = Refits(services.engine, clock=clock)
    refits.ask(KITUI, 1)
    refit, taken_up = refits.claim(), 0
    assert refit is not None
    for _ in range(5):
        clock.moment += timedelta(minutes=1)
        taken_up += refits.revive(refit.id) and refits.claim() is not None
    found = refits.latest(KITUI)
    assert found is not None
    assert (taken_up, found.state, found.summary) == (2, RefitState.FAILED, {"failure": "killed"})


def test_a_refit_waits_for_another_one_as_long_as_it_takes(services: Services, clock: Clock) -> None:
    refits = Refits(services.engine, clock=clock)
    refits.ask("Busia", 1)
    worked_on = refits.claim()
    refits.ask(KITUI, 1)
    waiting = refits.latest(KITUI)
    assert worked_on is not None
    assert waiting is not None
    for _ in range(9):
        clock.moment += timedelta(minutes=1)
        refits.renew(worked_on, "fit")
        assert not refits.revive(waiting.id)
    assert refits.latest(KITUI) == waiting
    refits.end(worked_on, RefitState.DONE, {"decision": "keep"})
    assert refits.claim() is not None


def test_what_has_lost_its_claim_overwrites_nothing(services: Services, clock: Clock) -> None:
    refits = Refits(services.engine, clock=clock)
    refits.ask(KITUI, 1)
    lost = refits.claim()
    clock.moment += timedelta(minutes=1)
    own = refits.claim()
    assert lost is not None
    assert own is not None
    refits.end(lost, RefitState.FAILED, {"failure": "error"})
    refits.renew(lost, "look")
    refits.end(own, RefitState.DONE, {"decision": "keep"})
    refits.end(lost, RefitState.FAILED, {"failure": "error"})
    found = refits.latest(KITUI)
    assert found is not None
    assert (found.state, found.summary) == (RefitState.DONE, {"decision": "keep"})


def test_a_refit_that_cannot_be_done_says_why(
    agronomist: FlaskClient, services: Services, pictures: PictureFactory
) -> None:
    post(agronomist, "photos", packed(("rust/1.jpg", pictures.red())), crop="bean")
    post(agronomist, "refits")
    # The process of the training: nothing is kept for the tests' bundle.
    assert refitting.work(services.engine, services.settings) == 1
    found = Refits(services.engine).latest(KITUI)
    assert found is not None
    assert found.state is RefitState.FAILED
    assert "Error" in found.summary["failure"]
    assert 'id="failed"' in agronomist.get(f"/desk/teach?district={KITUI}").text


def test_a_district_is_for_its_own_workers(app: Flask, services: Services, agronomist: FlaskClient) -> None:
    tokens = AccessTokens(services.engine)
    [bound] = tokens.create_batch(["Busia"], Role.AGRONOMIST, timedelta(days=1), district="Busia", by=None)
    client = app.test_client()
    sign_in(client, bound)
    assert client.get(f"/desk/teach?district={KITUI}").status_code == 403
    assert client.get("/desk/teach").status_code == 200
    assert agronomist.get("/desk/teach?district=Atlantis").status_code == 422


def test_an_upload_that_broke_off_is_made_whole_by_the_next(
    agronomist: FlaskClient, services: Services, taught: TaughtPhotos, pictures: PictureFactory
) -> None:
    post(agronomist, "photos", ("1.jpg", pictures.red()))
    [one] = taught.of(KITUI)
    address = f"/desk/teach/photos/{one.public_id}?district={KITUI}"
    # As if it had ended between the row and the file.
    services.repository.photos.delete([one.path])
    assert agronomist.get(address).status_code == 404
    post(agronomist, "photos", ("1.jpg", pictures.red()))
    assert agronomist.get(address).status_code == 200
    assert taught.of(KITUI) == [one]


def test_old_photos_are_forgotten(
    agronomist: FlaskClient, services: Services, pictures: PictureFactory, clock: Clock
) -> None:
    post(agronomist, "photos", ("1.jpg", pictures.red()))
    clock.moment += timedelta(days=1)
    later = TaughtPhotos(services.engine, clock=lambda: clock() + timedelta(days=2000))
    assert len(later.older_than(timedelta(days=1095))) == 1


def test_a_strangers_upload_is_refused_unread(app: Flask) -> None:
    body, content_type = encode_multipart_formdata([("photos", ("1.jpg", bytes(2**20), "image/jpeg"))])
    answer = app.test_client().post("/desk/teach/photos", data=body, content_type=content_type)
    assert (answer.status_code, answer.headers["Connection"]) == (401, "close")


@pytest.mark.parametrize("said", ["bean unhealthy", "bean helthy", "bean not rust", "tomato blight"])
def test_what_is_only_near_to_a_name_is_asked_again(
    said: str, agronomist: FlaskClient, taught: TaughtPhotos, pictures: PictureFactory
) -> None:
    post(agronomist, "photos", packed(("x y/1.jpg", pictures.red())))
    [photo] = taught.of(KITUI)
    assert post(agronomist, "labels", photo=photo.public_id, condition=said).status_code in (303, 422)
    post(agronomist, "names", name="x y", label=said)
    assert taught.of(KITUI)[0].label is None


def test_what_no_id_can_be_made_of_is_asked_again(
    agronomist: FlaskClient, taught: TaughtPhotos, pictures: PictureFactory
) -> None:
    post(agronomist, "photos", packed(("x y/1.jpg", pictures.red())))
    post(agronomist, "names", name="x y", label="bean 2 spotted mite")
    assert taught.of(KITUI)[0].label is None


def test_a_bundle_that_does_not_answer_is_not_shown_as_one_that_does(
    agronomist: FlaskClient, services: Services, tmp_path: Path
) -> None:
    write_bundle(tiny_district_bundle(version="2026-02-01-kitui"), tmp_path / "made")
    services.districts.use(KITUI, tmp_path / "made")
    assert 'data-version="2026-02-01-kitui"' in agronomist.get(f"/desk/teach?district={KITUI}").text
    (services.settings.districts_dir / "kitui/releases/2026-02-01-kitui/manifest.json").write_text("{}")
    page = agronomist.get(f"/desk/teach?district={KITUI}").text
    assert 'data-version=""' in page
    # The way back stays.
    assert 'id="back"' in page


def test_archives_come_alone(agronomist: FlaskClient, taught: TaughtPhotos, pictures: PictureFactory) -> None:
    archive = packed(("bean/Rust/1.jpg", pictures.red()))
    assert post(agronomist, "photos", archive, ("2.zip", archive[1])).status_code == 422
    assert list(taught.of(KITUI)) == []


def test_a_training_that_is_killed_begins_again(
    agronomist: FlaskClient, services: Services, pictures: PictureFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(agronomist, "photos", packed(("rust/1.jpg", pictures.red())), crop="bean")
    post(agronomist, "refits")
    monkeypatch.setattr(refitting, "_TRAIN", ("sh", "-c", "kill -9 $$"))
    with pytest.raises(SystemExit):
        refitting.work(services.engine, services.settings)
    refit = Refits(services.engine).latest(KITUI)
    assert refit is not None
    assert refit.state is RefitState.RUNNING
    assert Refits(services.engine, clock=Clock(now() + timedelta(minutes=1))).revive(refit.id)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("labels", {"photo": "\0", "label": "unsure"}),
        ("names", {"name": "a\0b", "label": "bean rust"}),
        ("remove", {"photo": "\0"}),
    ],
)
def test_letters_that_no_database_holds_are_refused(path: str, fields: dict[str, str], agronomist: FlaskClient) -> None:
    assert post(agronomist, path, **fields).status_code == 422
    assert agronomist.get(f"/desk/teach?district={KITUI}%00").status_code == 422
