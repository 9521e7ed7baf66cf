"""A district is taught at the desk: uploads are read without trust, labels are asked about, two people decide."""

import html
import io
import re
import threading
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import update
from urllib3 import encode_multipart_formdata
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from majani.image import decode as decode_module
from majani.image.decode import MAX_PHOTO_BYTES
from majani.model.bundle import write_bundle
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.cases import photo_store
from serving.clock import now
from serving.container import Services
from serving.http import limits
from serving.http.limits import HELD_REQUESTS
from serving.persistence.models import Case, RefitRow, TaughtPhoto
from serving.review import refit as refitting
from serving.review.photos import labelled_photos
from serving.teach.districts import Districts
from serving.teach.repository import Refits, RefitState, TaughtPhotos
from tests.browser.desk_screens import TAUGHT as SUMMARY
from tests.pictures import PictureFactory
from tests.serving.clock import Clock
from tests.serving.conftest import MakeApp, post_form
from tests.serving.desk.conftest import DAY, Kept, MakeToken, form_token, say, sign_in, write_districts
from tests.tiny_bundle import tiny_district_bundle
from tests.waiting import wait_until

KITUI, MINUTE = "Kitui", timedelta(minutes=1)
PICTURES = PictureFactory()
RED, YELLOW = PICTURES.red(), PICTURES.yellow()


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    # No process: a test does the work itself where it wants to.
    monkeypatch.setattr("serving.desk.teach_page.start", lambda _: None)
    boundaries = write_districts(tmp_path, (KITUI, 38.0, -1.5, 0.5), ("Busia", 34.0, 0.0, 0.5))
    return make_app(tmp_path, boundaries=boundaries, districts_dir=tmp_path / "bundles")


class Station:
    """An agronomist at the desk, who teaches Kitui."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = app.test_client()
        self.services: Services = app.extensions["majani"]
        sign_in(self.client, token)

    @property
    def photos(self) -> Sequence[TaughtPhoto]:
        return TaughtPhotos(self.services.engine).of(KITUI)

    @property
    def labels(self) -> set[str | None]:
        return {one.label for one in self.photos}

    def post(self, path: str, *files: tuple[str, bytes], **fields: str) -> TestResponse:
        parts = [("photos", (name, data, "application/octet-stream")) for name, data in files]
        known = {"form_token": form_token(self.client), "district": KITUI, **fields}
        body, content_type = encode_multipart_formdata([*parts, *known.items()])
        return self.client.post(f"/desk/teach/{path}", data=body, content_type=content_type)

    def page(self, path: str = "", **query: str) -> str:
        return self.client.get(f"/desk/teach{path}", query_string={"district": KITUI, **query}).text


@pytest.fixture
def station(app: Flask, make_token: MakeToken) -> Station:
    return Station(app, make_token(Role.AGRONOMIST, name="station 1"))


@pytest.fixture
def refits(services: Services, clock: Clock) -> Refits:
    return Refits(services.engine, clock=clock)


def begun(refits: Refits, district: str = KITUI) -> RefitRow:
    refits.ask(district, 1)
    refit = refits.claim()
    assert refit is not None
    return refit


def latest(refits: Refits) -> RefitRow:
    refit = refits.latest(KITUI)
    assert refit is not None
    return refit


def packed(
    *entries: tuple[str, bytes], damage: Callable[[bytes], bytes] = bytes, how: int = zipfile.ZIP_DEFLATED
) -> tuple[str, bytes]:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", how) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return "photos.zip", damage(written.getvalue())


def test_folders_become_labels_and_what_is_not_sure_is_asked(station: Station) -> None:
    archive = packed(
        *(("our photos/bean/Rust/1.jpg", RED), ("Healthy/2.jpg", YELLOW), ("spotted/3.jpg", PICTURES.grey())),
        *(("a.txt", b""), ("rust/unreadable.jpg", b"no photo")),
    )
    answer = station.post("photos", archive, crop="bean")
    assert answer.status_code == 303
    assert "added=3&refused=1" in answer.location
    assert station.labels == {"bean.rust", "bean.healthy", None}
    page = station.client.get(answer.location).text
    assert 'data-added="3"' in page
    assert 'value="spotted"' in page
    # The same again adds nothing.
    assert "added=0" in station.post("photos", archive, crop="bean").location
    # What cannot be understood is asked again, and all else is kept. Names do as well as ids.
    station.post("photos", packed(("dusty/4.jpg", PICTURES.dark())), crop="bean")
    both = [("name", "spotted"), ("label", "no idea"), ("name", "dusty"), ("label", "healthy")]
    known = [("form_token", form_token(station.client)), ("district", KITUI), ("crop", "bean")]
    refused = station.client.post("/desk/teach/names", data=MultiDict([*known, *both]))
    page = station.client.get(refused.location).text
    assert "no idea" in page.partition('id="unclear"')[2].partition("</p>")[0]
    assert re.findall(r'name="name" value="(\w+)"', page) == ["spotted"]
    assert station.post("names", name="spotted", label="Angular leaf spot of bean").status_code == 303
    assert station.labels == {"bean.rust", "bean.healthy", "bean.angular_leaf_spot"}


def flip(data: bytes) -> bytes:
    at = data.rindex(b"PK\x03\x04") + 200
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


def test_archives_are_refused_by_name_and_nothing_is_kept(station: Station) -> None:
    good, other = ("rust/good.jpg", RED), ("rust/2.jpg", YELLOW)
    many_files, many_photos = ([(f"{one}.{kind}", b"1") for one in range(2000)] for kind in ("txt", "jpg"))
    long_names = [(f"{one:0>60000}.txt", b"") for one in range(20)]
    # 6 MB of them became 6 GB.
    zeros = [(f"rust/{one}.jpg", bytes(MAX_PHOTO_BYTES)) for one in range(21)]
    refused = {
        "no zip": (("x.zip", b"no zip"), "archive_broken"),
        "damaged": (packed(good, other, damage=flip), "archive_broken"),
        # Python unpacks these without a bound.
        "packed oddly": (packed(good, how=zipfile.ZIP_BZIP2), "archive_broken"),
        "no photo": (packed(("readme.txt", b"")), "archive_broken"),
        "a name with a path": (packed(good, ("../../etc/1.jpg", b"1")), "archive_unsafe"),
        "a name with a drive": (packed(good, ("C:\\1.jpg", b"1")), "archive_unsafe"),
        "a bomb": (packed(good, ("rust/1.jpg", bytes(17 * 2**20))), "archive_too_large"),
        "a list that fills the memory": (packed(good, *long_names), "archive_too_large"),
        "zeros": (packed(*zeros), "archive_too_large"),
        "many files": (packed(good, *many_files), "archive_too_large"),
        "many photos": (packed(good, *many_photos[:401]), "archive_too_large"),
    }
    for name, (archive, code) in refused.items():
        answer = station.post("photos", archive, crop="bean")
        assert answer.status_code in (413, 422), name
        assert code in answer.text, name
        assert not station.photos, name
    # Archives come alone.
    assert station.post("photos", packed(good), ("2.zip", packed(other)[1])).status_code == 422
    assert not station.photos


def flat(shade: int, side: tuple[int, int] = (2000, 1600)) -> bytes:
    """A few hundred bytes that take 50 MB while they are decoded."""
    written = io.BytesIO()
    Image.new("RGB", side, (shade, 90, 20)).save(written, "WEBP", lossless=True)
    return written.getvalue()


def test_one_photo_at_a_time_is_decoded_whoever_sends_it(
    app: Flask, make_token: MakeToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, most = [0], [0]
    decode = decode_module.decode_sizes

    def counted(*photo: Any) -> Any:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        try:
            return decode(*photo)
        finally:
            inside[0] -= 1

    monkeypatch.setattr(decode_module, "decode_sizes", counted)
    monkeypatch.setattr(photo_store, "decode_sizes", counted)
    # Two people, four uploads each.
    people = [Station(app, make_token(Role.AGRONOMIST, name=f"station {one}")) for one in range(2)]
    archives = [packed(*((f"rust/{one}.webp", flat(10 * (3 * at + one))) for one in range(3))) for at in range(8)]

    def farmer(_: int) -> int:
        return post_form(app.test_client(), "/v1/diagnoses", [RED]).status_code

    with ThreadPoolExecutor(16) as threads:
        uploads = [threads.submit(people[at % 2].post, "photos", one) for at, one in enumerate(archives)]
        assert set(threads.map(farmer, range(8))) == {201}
        # Answered in between.
        assert any(not upload.done() for upload in uploads)
        assert [upload.result().status_code for upload in uploads] == [303] * 8
    assert most == [1]
    assert len(people[0].photos) == 24


def test_an_upload_of_many_photos_waits_for_others_and_goes_through(app: Flask, station: Station) -> None:
    services = station.services
    # A queue in which nobody may wait, and which is full.
    services.cases.intake.admission._max_wait_s = 0.0
    photos = [(f"rust/{one}.webp", flat(one, (40 + one, 40))) for one in range(60)]
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            post_form(app.test_client(), "/v1/diagnoses", [RED])

    with ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            threads.submit(ask)
        try:
            answer = station.post("photos", packed(*photos))
        finally:
            over.set()
    assert "added=60&refused=0" in answer.location


def test_an_upload_ends_with_its_token(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    token = AccessTokens(station.services.engine)
    add = TaughtPhotos.add

    def revoke(*where: Any, **photo: Any) -> None:
        add(*where, **photo)
        token.revoke(token.list()[0].id)

    monkeypatch.setattr(TaughtPhotos, "add", revoke)
    answer = station.post("photos", packed(("1.jpg", RED), ("2.jpg", YELLOW)))
    assert answer.status_code == 401
    # What came before stays, as that of earlier uploads does.
    assert len(station.photos) == 1


def test_so_many_upload_at_once_and_no_more(app: Flask, station: Station, make_token: MakeToken) -> None:
    intake, most = station.services.cases.intake, HELD_REQUESTS * 4
    other = Station(app, make_token(Role.AGRONOMIST, name="station 2"))
    with ThreadPoolExecutor(most) as threads:
        with intake.upload("worker 1"):
            waiting = [threads.submit(station.post, "photos", ("1.jpg", RED)) for _ in range(most)]
            wait_until(lambda: app.extensions["majani_uploads"]._free_bytes == 0)
            refused = other.post("photos", ("2.jpg", YELLOW))
        assert (refused.status_code, "busy" in refused.text, "Retry-After" in refused.headers) == (503, True, True)
        assert {one.result().status_code for one in waiting} == {303}
    assert other.post("photos", ("2.jpg", YELLOW)).status_code == 303


def test_photos_of_a_folder_lie_in_one_file(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    made, photos = [], [(f"{one}.webp", flat(one, (40 + one, 40))) for one in range(30)]
    temporary = limits.TemporaryFile

    def counted() -> Any:
        made.append(temporary())
        return made[-1]

    monkeypatch.setattr(limits, "TemporaryFile", counted)
    assert "added=31&refused=1" in station.post("photos", *photos, ("2.png", b""), ("3.jpg", RED)).location
    assert [one.closed for one in made] == [True]


def test_pages_show_small_copies(station: Station) -> None:
    station.post("photos", packed(("spotted/1.jpg", PICTURES.leaf())))
    [address] = {*re.findall(r'src="(/desk/teach/photos/[^"]+)"', station.page())}
    small, large = (station.client.get(html.unescape(one)).data for one in (address, address.replace("small=1", "")))
    sizes = [max(Image.open(io.BytesIO(data)).size) for data in (small, large)]
    assert sizes[0] == 256 != sizes[1]


def test_photos_are_labelled_one_by_one_and_deleted_for_good(station: Station) -> None:
    services = station.services
    station.post("photos", ("1.jpg", RED), ("2.jpg", YELLOW))
    first, second = station.photos
    assert first.public_id in station.page("/label")
    assert station.post("labels", photo=first.public_id, label="bean.other").status_code == 303
    assert station.post("labels", photo=second.public_id, label="unsure").status_code == 303
    labelled, unlabelled = labelled_photos(services.engine, KITUI, ())
    assert ([one.label for one in labelled], list(unlabelled)) == (["bean.other"], [])
    assert services.repository.photos.read(first.path)
    # Every label leads to its photos, where another one can be given.
    for one, label in ((first, "bean.other"), (second, "unsure")):
        assert f"shows={label}" in station.page()
        assert f'name="photo" value="{one.public_id}"' in station.page("/label", shows=label, photo=one.public_id)
    again = {"label": "bean.rust", "next": "1", "shows": "unsure"}
    assert station.post("labels", photo=second.public_id, **again).status_code == 303
    assert station.labels == {"bean.other", "bean.rust"}
    # Without a folder's name, too, something new can be written; nothing is chosen unasked.
    assert "<select" not in station.page("/label", shows="bean.rust").partition("<main")[2]
    assert station.post("labels", photo=second.public_id, condition="coffee.red_mite").status_code == 303
    assert station.labels == {"bean.other", "coffee.red_mite"}
    assert station.post("remove", photo=first.public_id).status_code == 303
    assert [one.public_id for one in station.photos] == [second.public_id]
    with pytest.raises(FileNotFoundError):
        services.repository.photos.read(first.path)


def test_reviewed_cases_of_the_district_are_material_until_they_are_deleted(station: Station, kept: Kept) -> None:
    services, (here, elsewhere) = station.services, (kept("red")["id"] for _ in range(2))
    for case, place in ((here, (-1.3, 38.2)), (elsewhere, (0.2, 34.2))):
        where = {"latitude": place[0], "longitude": place[1]}
        with services.engine.begin() as connection:
            connection.execute(update(Case).where(Case.public_id == case).values(where))
        say(station.client, case, label="bean.rust")
    exported = station.client.get(f"/desk/teach/export.zip?district={KITUI}").data
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        _, row = archive.read("photos.csv").decode().splitlines()
    # Who said it and where are numbers of this table.
    assert row.endswith(",bean.rust,1,1")
    assert here not in row
    services.repository.delete(here)
    assert labelled_photos(services.engine, KITUI, {(-1.3, 38.2)}) == ([], [])


def test_two_people_use_it_and_one_goes_back(station: Station, make_token: MakeToken, tmp_path: Path) -> None:
    services = station.services
    refits, districts = Refits(services.engine), services.districts
    for number in (1, 2):
        write_bundle(tiny_district_bundle(version=f"2026-02-0{number}-kitui"), tmp_path / str(number))
        districts.use(KITUI, tmp_path / str(number))
    # A gate that keeps is kept to.
    kept = begun(refits)
    refits.end(kept, RefitState.DONE, {"decision": "keep", "version": "1"})
    assert station.post("use", refit=str(kept.id)).status_code == 404
    assert station.post("refits").status_code == 303
    refit = begun(refits)
    # Nobody else works on it meanwhile.
    assert refits.claim() is None
    refits.ask("Busia", 1)
    waiting = refits.latest("Busia")
    assert waiting is not None
    assert [refits.ahead(one.id) for one in (refit, waiting)] == [0, 1]
    page = station.page()
    assert ('id="progress"' in page, 'id="material"' in page) == (True, False)
    made = tiny_district_bundle(version="2026-02-03-kitui")
    write_bundle(made, services.settings.districts_dir / "kitui" / "refit")
    refits.end(refit, RefitState.DONE, {"decision": "promote", "version": made.manifest.version})
    for _ in range(2):
        assert station.post("use", refit=str(refit.id)).status_code == 303
    assert districts.version(KITUI) == "2026-02-02-kitui"
    colleague = Station(station.client.application, make_token(Role.AGRONOMIST, name="station 2"))
    assert colleague.post("use", refit=str(refit.id + 1)).status_code == 404
    assert colleague.post("use", refit=str(refit.id)).status_code == 303
    assert districts.version(KITUI) == made.manifest.version
    # A double click.
    for _ in range(2):
        assert colleague.post("back", version=made.manifest.version).status_code == 303
    assert districts.version(KITUI) == "2026-02-02-kitui"
    [one] = refits.history(KITUI)
    assert (one.state, one.first_by, one.used_by, one.undone_by) == (RefitState.UNDONE, 1, 2, 2)
    colleague.post("back", version="2026-02-02-kitui")
    assert districts.version(KITUI) == "2026-02-01-kitui"


[CROP], MITE = SUMMARY["crops"], "bean.red_mite"


def test_one_sentence_says_what_teaching_brings_and_no_id(station: Station, refits: Refits) -> None:
    refit = begun(refits)
    refits.end(refit, RefitState.DONE, SUMMARY)
    for language in ("en", "sw"):
        page = station.page(language=language)
        brings = page.partition('id="brings"')[2].partition("</p>")[0]
        assert re.findall(r"\d+", brings) == ["30", "19", "18", "2"]
        strangers = html.unescape(page.partition('id="strangers"')[2].partition("</p>")[0])
        assert re.findall(r"\d+", strangers) == ["3", "20"]
        result = page.partition('id="result"')[2].partition("</section>")[0]
        assert "red mite" in brings
        assert MITE not in result
        assert "bean.rust" not in result
        assert 'id="use"' in result


@pytest.mark.parametrize(("named", "right", "numbers"), [(19, 19, ["30", "19"]), (0, 0, ["30"])])
def test_what_is_all_right_or_names_nothing_is_said_without_a_second_number(
    named: int, right: int, numbers: list[str], station: Station, refits: Refits
) -> None:
    refits.end(
        begun(refits), RefitState.DONE, SUMMARY | {"crops": [CROP | {"named": named, "right": right, "unnamed": []}]}
    )
    assert re.findall(r"\d+", station.page().partition('id="brings"')[2].partition("</p>")[0]) == numbers


@pytest.mark.parametrize("why", ["nothing_gained", "worse_here"])
def test_what_gained_nothing_cannot_be_used(why: str, station: Station, refits: Refits) -> None:
    refit = begun(refits)
    refits.end(refit, RefitState.DONE, SUMMARY | {"decision": "keep", "why": why})
    page = station.page()
    assert ('id="use"' in page, 'id="brings"' in page, 'id="why"' in page) == (False, True, True)
    assert station.post("use", refit=str(refit.id)).status_code == 404


def test_a_refit_of_an_older_release_still_has_a_page(station: Station, refits: Refits) -> None:
    verdict = {"wrong_counts": 4, "before": 0, "after": 41, "low": 20, "high": 60}
    rows = [{"condition": "all", "n": 30, "answered": 50, "right_when_answered": None}]
    old = {"before": rows, "after": rows, "verdict": verdict, "confusions": [], "doubtful": [], "left_out": []}
    found = {"version": "2026-02-03-kitui", "decision": "promote", "why": "not_worse", "worse": [], **old}
    refits.end(begun(refits), RefitState.DONE, found)
    page = station.page()
    assert ('id="why"' in page, 'id="use"' in page, 'id="brings"' in page) == (True, True, False)


def test_folders_are_written_by_name_and_read_back(station: Station) -> None:
    folders = {"rusty/1.jpg": RED, "red mite/2.jpg": YELLOW, "nothing of these/3.jpg": PICTURES.grey()}
    station.post("photos", packed(*folders.items()))
    for language in ("sw", "en"):
        page = station.page(crop="bean", language=language)
        written = dict(re.findall(r'name="name" value="([^"]+)">\s*<input[^>]+ value="([^"]*)"', page))
        assert "." not in "".join(written.values())
        assert written["red mite"] == "bean red mite"
        assert written["rusty"] in page.partition("<datalist")[2].partition("</datalist>")[0]
    none_of_these = re.findall(r'<option value="([^"]+: [^"]+)">', page)[0]
    for name, label in (written | {"nothing of these": none_of_these}).items():
        station.post("names", name=name, label=label, crop="bean")
    assert {MITE, "bean.rust"} < station.labels
    assert any(label and label.endswith(".other") for label in station.labels)


@pytest.fixture
def learned(station: Station, refits: Refits) -> RefitRow:
    """A refit that two people may put to use."""
    refit, made = begun(refits), tiny_district_bundle(version="2026-02-03-kitui")
    write_bundle(made, station.services.settings.districts_dir / "kitui" / "refit")
    refits.end(refit, RefitState.DONE, {"decision": "promote", "version": made.manifest.version})
    return latest(refits)


def test_nobody_is_two_people_by_a_token_that_they_made(
    app: Flask, station: Station, make_token: MakeToken, refits: Refits, learned: RefitRow
) -> None:
    engine = station.services.engine
    tokens, today = AccessTokens(engine), Clock(now())
    admin, colleague = Station(app, make_token(Role.ADMIN, name="office")), station
    by = max(one.id for one in tokens.list())

    def made(name: str, role: Role = Role.AGRONOMIST, *, by: int = by, clock: Clock = today) -> Station:
        return Station(app, AccessTokens(engine, clock=clock).create_batch([name], role, DAY * 90, by=by)[0])

    def use(first: Station, second: Station) -> tuple[int, bool, bool]:
        """Status of the second one's word, and whether its page gives the reason and the bundle answers."""
        with engine.begin() as connection:
            connection.execute(update(RefitRow).values(state=RefitState.DONE, first_by=None, used_by=None))
        station.services.districts.go_back(KITUI)
        assert first.post("use", refit=str(learned.id)).status_code == 303
        answer = second.post("use", refit=str(learned.id))
        is_used = latest(refits).state == RefitState.USED
        assert is_used is (station.services.districts.version(KITUI) is not None)
        return answer.status_code, "second_person_missing" in answer.text, is_used

    refused, accepted = (403, True, False), (303, False, True)
    one, other = made("tablet 1"), made("tablet 2")
    puppet = made("office 2", Role.ADMIN)
    its_own = made("tablet 3", by=max(token.id for token in tokens.list()))
    for pair in ((admin, one), (one, admin), (one, other), (puppet, admin), (its_own, admin), (its_own, one)):
        assert use(*pair) == refused
    for pair in ((admin, colleague), (one, colleague), (colleague, its_own)):
        assert use(*pair) == accepted
    # In an office where one has made all tokens, a week later.
    aged = Clock(now() - 8 * DAY)
    old, older = made("tablet 4", clock=aged), made("tablet 5", clock=aged)
    assert [use(*pair) for pair in ((admin, old), (old, older), (old, one))] == [accepted] * 3
    # Until the administrator has seen the token of another one anew.
    [number] = (token.id for token in tokens.list() if token.name == "tablet 4")
    again = Station(app, tokens.replace(number, DAY, by=by))
    assert [use(admin, again), use(again, older)] == [refused, accepted]
    # The operator has it from the command line.
    again = Station(app, tokens.replace(number, DAY))
    assert use(admin, again) == accepted


def test_two_who_use_it_at_once_and_a_kill_leave_what_can_be_said_again(
    station: Station,
    make_token: MakeToken,
    refits: Refits,
    learned: RefitRow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    districts, app = station.services.districts, station.client.application
    write_bundle(tiny_district_bundle(version="2026-02-01-kitui"), tmp_path / "before")
    districts.use(KITUI, tmp_path / "before")
    colleagues = [Station(app, make_token(Role.AGRONOMIST, name=f"colleague {at}")) for at in range(4)]
    station.post("use", refit=str(learned.id))
    steps: list[str] = []
    point = Districts._point

    def killed(self: Districts, key: str, version: str | None) -> None:
        if len(steps) % 2:
            point(self, key, version)
        steps.append(key)
        raise SystemExit

    # Before and after the link is changed.
    monkeypatch.setattr(Districts, "_point", killed)
    for _ in range(2):
        with pytest.raises(SystemExit):
            colleagues[0].post("use", refit=str(learned.id))
        assert latest(refits).state == RefitState.DONE
    monkeypatch.undo()
    assert (len(steps), districts.version(KITUI)) == (2, "2026-02-03-kitui")
    with ThreadPoolExecutor() as pool:
        answers = pool.map(lambda one: one.post("use", refit=str(learned.id)).status_code, colleagues)
        assert {*answers} == {303}
    assert (latest(refits).state, districts.version(KITUI)) == (RefitState.USED, "2026-02-03-kitui")
    # Each step back is one, whatever was tried, also if two take it.
    with ThreadPoolExecutor() as pool:
        [*pool.map(lambda one: one.post("back", version="2026-02-03-kitui"), colleagues)]
    assert (latest(refits).state, districts.version(KITUI)) == (RefitState.UNDONE, "2026-02-01-kitui")
    assert districts.go_back(KITUI) is None
    assert districts.version(KITUI) is None


def test_a_bundle_that_does_not_answer_is_not_shown_as_one_that_does(station: Station, tmp_path: Path) -> None:
    write_bundle(tiny_district_bundle(version="2026-02-01-kitui"), tmp_path / "made")
    station.services.districts.use(KITUI, tmp_path / "made")
    assert 'data-version="2026-02-01-kitui"' in station.page()
    used = station.services.settings.districts_dir / "kitui/releases/2026-02-01-kitui"
    (used / "manifest.json").write_text("{}")
    page = station.page()
    # The way back stays.
    assert ('data-version=""' in page, 'id="back"' in page) == (True, True)


def test_a_killed_refit_is_taken_up_again_and_then_fails(refits: Refits, clock: Clock) -> None:
    refit, taken_up = begun(refits), 0
    for _ in range(5):
        clock.moment += MINUTE
        taken_up += refits.revive(refit.id) and refits.claim() is not None
    found = latest(refits)
    assert (taken_up, found.state, found.summary) == (2, RefitState.FAILED, {"failure": "killed"})


def test_a_refit_waits_for_another_one_as_long_as_it_takes(refits: Refits, clock: Clock) -> None:
    worked_on = begun(refits, "Busia")
    refits.ask(KITUI, 1)
    waiting = latest(refits)
    for _ in range(9):
        clock.moment += MINUTE
        refits.renew(worked_on, "fit")
        assert not refits.revive(waiting.id)
    assert (latest(refits).id, latest(refits).state) == (waiting.id, RefitState.WAITING)
    refits.end(worked_on, RefitState.DONE, {"decision": "keep"})
    assert refits.claim() is not None


def test_what_has_lost_its_claim_overwrites_nothing(refits: Refits, clock: Clock) -> None:
    lost = begun(refits)
    clock.moment += MINUTE
    own = begun(refits)
    refits.end(lost, RefitState.FAILED, {"failure": "error"})
    refits.renew(lost, "look")
    refits.end(own, RefitState.DONE, {"decision": "keep"})
    refits.end(lost, RefitState.FAILED, {"failure": "error"})
    found = latest(refits)
    assert (found.state, found.summary) == (RefitState.DONE, {"decision": "keep"})


def test_a_training_that_is_killed_begins_again_or_says_why(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    services = station.services
    station.post("photos", packed(("rust/1.jpg", RED)), crop="bean")
    station.post("refits")
    with monkeypatch.context() as patch:
        patch.setattr(refitting, "_TRAIN", ("sh", "-c", "kill -9 $$"))
        with pytest.raises(SystemExit):
            refitting.work(services.engine, services.settings)
    later = Refits(services.engine, clock=Clock(now() + MINUTE))
    refit = latest(later)
    assert refit.state == RefitState.RUNNING
    assert later.revive(refit.id)
    # The process of the training: nothing is kept for the tests' bundle.
    run, commands = refitting._run, []
    monkeypatch.setattr(refitting, "_run", lambda command, *rest: commands.append(command) or run(command, *rest))
    assert refitting.work(services.engine, services.settings) == 1
    found = latest(later)
    assert found.state == RefitState.FAILED
    assert "Error" in found.summary["failure"]
    # It reads what the service says, which is not the repository's wherever an operator has own texts.
    assert f"--texts={services.settings.texts_dir.resolve()}" in commands[0]
    assert 'id="failed"' in station.page()


def test_a_district_is_for_its_own_workers(app: Flask, station: Station) -> None:
    tokens = AccessTokens(station.services.engine)
    [token] = tokens.create_batch(["Busia"], Role.AGRONOMIST, DAY, district="Busia", by=None)
    bound = Station(app, token).client
    assert bound.get(f"/desk/teach?district={KITUI}").status_code == 403
    assert bound.get("/desk/teach").status_code == 200
    assert station.client.get("/desk/teach?district=Atlantis").status_code == 422


def test_an_upload_that_broke_off_is_made_whole_by_the_next_and_forgotten_in_time(station: Station) -> None:
    services = station.services
    station.post("photos", ("1.jpg", RED))
    [one] = station.photos
    address = f"/desk/teach/photos/{one.public_id}?district={KITUI}"
    # As if it had ended between the row and the file.
    services.repository.photos.delete([one.path])
    assert station.client.get(address).status_code == 404
    station.post("photos", ("1.jpg", RED))
    assert station.client.get(address).status_code == 200
    assert [(kept.id, kept.given_at) for kept in station.photos] == [(one.id, one.given_at)]
    later = TaughtPhotos(services.engine, clock=lambda: now() + 2000 * DAY)
    assert [len(later.older_than(days * DAY)) for days in (1999, 2001)] == [1, 0]


def test_a_strangers_upload_is_refused_unread(app: Flask) -> None:
    body, content_type = encode_multipart_formdata([("photos", ("1.jpg", bytes(2**20), "image/jpeg"))])
    answer = app.test_client().post("/desk/teach/photos", data=body, content_type=content_type)
    assert (answer.status_code, answer.headers["Connection"]) == (401, "close")


def test_what_is_only_near_to_a_name_or_no_id_can_be_made_of_is_asked_again(station: Station) -> None:
    station.post("photos", packed(("x y/1.jpg", RED)))
    [photo] = station.photos
    for said in ("bean unhealthy", "bean helthy", "bean not rust", "tomato blight"):
        assert station.post("labels", photo=photo.public_id, condition=said).status_code in (303, 422)
        station.post("names", name="x y", label=said)
        assert station.labels == {None}, said
    station.post("names", name="x y", label="bean 2 spotted mite")
    assert station.labels == {None}


def test_letters_that_no_database_holds_are_refused(station: Station) -> None:
    assert station.post("labels", photo="\0", label="unsure").status_code == 422
    assert station.post("names", name="a\0b", label="bean rust").status_code == 422
    assert station.post("remove", photo="\0").status_code == 422
    assert station.client.get(f"/desk/teach?district={KITUI}%00").status_code == 422
