"""Photos that a district is taught are kept and deleted with their rows, whatever comes in between."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import update

from majani.decision.diagnoser import Diagnoser
from serving.cases.admission import Admission
from serving.cases.backup import restore_backup, write_backup
from serving.cases.diagnose import CaseService
from serving.cases.intake import Intake
from serving.cases.photo_store import PhotoStore
from serving.cases.repository import CaseRepository
from serving.persistence.cases import Cases
from serving.persistence.engine import StorageError, connect
from serving.persistence.migration import upgrade
from serving.persistence.models import TaughtPhoto
from serving.review.archive import Uploaded
from serving.review.photos import hide_visits, keep_upload, remove_photos
from serving.teach.districts import Districts
from serving.teach.repository import TaughtPhotos
from tests.pictures import PictureFactory
from tests.serving.clock import START, Clock

KITUI, PICTURES = "Kitui", PictureFactory()


class Office:
    def __init__(self, folder: Path, diagnoser: Diagnoser) -> None:
        self.engine = connect(f"sqlite:///{folder / 'majani.sqlite3'}")
        upgrade(self.engine)
        self.clock, self.files, self.backup = Clock(START), folder / "photos", folder / "backup"
        self.store = PhotoStore(str(self.files))
        self.taught = TaughtPhotos(self.engine, clock=self.clock)
        districts = Districts(folder / "districts", diagnoser, key=None)
        intake = Intake(diagnoser, districts, (), Admission(1, 5.0))
        self.cases = CaseService(intake, CaseRepository(Cases(self.engine), self.store), lambda _: None)

    def keep(self, photos: Iterator[bytes]) -> int:
        uploaded = (Uploaded("", photo) for photo in photos)
        added, _ = keep_upload(uploaded, lambda _: None, to=self.taught, cases=self.cases, district=KITUI, by=1)
        return added

    def remove(self) -> None:
        remove_photos(self.taught.of(KITUI), of=self.taught, store=self.store)

    def back_up(self) -> None:
        shutil.rmtree(self.backup, ignore_errors=True)
        write_backup(self.engine, self.store, self.backup)

    def restore(self) -> None:
        restore_backup(self.backup, self.engine, self.store)

    def kept(self) -> tuple[int, int]:
        return len(self.taught.of(KITUI)), len(list((self.files / "taught").glob("*.jpg")))


@pytest.fixture
def office(tmp_path: Path, diagnoser: Diagnoser) -> Office:
    return Office(tmp_path, diagnoser)


def test_a_photo_that_is_given_again_outlives_what_says_that_it_was_deleted(office: Office) -> None:
    assert office.keep(iter([PICTURES.red()])) == 1
    office.remove()
    assert office.kept() == (0, 0)
    office.clock.moment += timedelta(minutes=1)
    office.keep(iter([PICTURES.red()]))
    office.back_up()
    office.restore()
    assert office.kept() == (1, 1)
    office.clock.moment += timedelta(minutes=1)
    office.remove()
    office.restore()
    assert office.kept() == (0, 0)


@pytest.mark.parametrize("days", [-3000, 3000])
def test_a_photo_of_a_wrong_clock_is_dated_anew_and_stays_deleted(days: int, office: Office) -> None:
    age, given = timedelta(days=400), office.clock.moment + timedelta(days=days)
    office.clock.moment = given
    office.keep(iter([PICTURES.red(), PICTURES.yellow()]))
    office.clock.moment = START
    if days > 0:
        office.back_up()
        remove_photos(office.taught.of(KITUI)[:1], of=office.taught, store=office.store)
        office.restore()
        assert office.kept()[0] == 1
    Cases(office.engine, clock=office.clock).date_anew({True: age, False: age})
    assert office.taught.older_than(age) == []
    office.clock.moment += timedelta(days=401)
    assert len(office.taught.older_than(age)) == office.kept()[0]


def test_a_photo_that_is_deleted_while_it_comes_again_has_a_row_or_no_file(office: Office) -> None:
    office.keep(iter([PICTURES.red()]))

    def again() -> Iterator[bytes]:
        office.remove()
        yield PICTURES.red()

    office.keep(again())
    assert office.kept() == (1, 1)


def test_a_photo_that_cannot_be_deleted_holds_up_no_other(office: Office) -> None:
    office.keep(iter([PICTURES.red(), PICTURES.yellow()]))
    first, second = (office.files / one.path for one in office.taught.of(KITUI))
    first.unlink()
    first.mkdir()
    with pytest.raises(StorageError):
        office.remove()
    assert not second.exists()
    assert len(office.taught.of(KITUI)) == 1


def phone_photo(day: str, phone: str, shade: int, image_format: str = "JPEG") -> bytes:
    exif, written = Image.Exif(), BytesIO()
    exif[0x0110] = phone
    exif.get_ifd(0x8769)[0x9003] = f"{day} 10:00:00"
    Image.new("RGB", (400, 400), (50 * shade, 90, 20)).save(written, image_format, exif=exif)
    return written.getvalue()


def test_visits_are_the_same_for_a_day_and_phone_and_cannot_be_guessed(
    office: Office, tmp_path: Path, diagnoser: Diagnoser
) -> None:
    days = ("2026:11:30", "2026:11:30", "2026:12:01")
    office.keep(phone_photo(day, "SM-A057F", shade) for shade, day in enumerate(days))
    office.keep(iter([phone_photo(days[0], "SM-A057F", 4, "PNG"), PICTURES.red()]))
    first, same, other, later, none = (one.visit for one in office.taught.of(KITUI))
    assert first == same == later
    assert len({first, other, none}) == 3
    assert none == ""
    # Another installation calls them otherwise.
    (tmp_path / "other").mkdir()
    elsewhere = Office(tmp_path / "other", diagnoser)
    elsewhere.keep(iter([phone_photo(days[0], "SM-A057F", 0)]))
    assert elsewhere.taught.of(KITUI)[0].visit != first
    # As releases before 0.4 have it: the beginning of SHA-256 of "2026:11:30/SM-A057F".
    old, theirs = "bca690ce49e7ee78", update(TaughtPhoto).where(TaughtPhoto.visit == first)
    with office.engine.begin() as connection:
        connection.execute(theirs.values(visit=old))
    hide_visits(office.taught, office.store)
    assert [one.visit for one in office.taught.of(KITUI)] == [first, first, other, first, ""]
