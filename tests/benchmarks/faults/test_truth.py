"""The comparison of storage with what clients were told sees what is missing, doubled or not whole."""

from pathlib import Path

import pytest

from benchmarks.faults.clients import SentCase
from benchmarks.faults.truth import Truth, read_truth
from serving.cases.photo_store import PhotoStore, decode_and_strip, photo_path
from serving.cases.repository import CaseRepository
from serving.clock import now
from serving.persistence.case_record import KeyedRequest, Origin, Submission
from serving.persistence.cases import Cases
from serving.persistence.engine import connect
from serving.persistence.migration import upgrade
from tests.pictures import PictureFactory
from tests.serving.persistence.examined import examination

KEYS = ("the-first-key-of-a-phone", "the-second-key-of-a-phone")


class Scene:
    """Two cases, each acknowledged."""

    def __init__(self, folder: Path, photos: list[bytes]) -> None:
        self.database_url, self.photos_url = f"sqlite:///{folder / 'majani.sqlite3'}", str(folder / "photos")
        self.engine = connect(self.database_url)
        upgrade(self.engine)
        self.photos = photos
        self.store = PhotoStore(self.photos_url)
        self.repository = CaseRepository(Cases(self.engine), self.store)
        self.sent = [self.keep(key, photo) for photo, key in enumerate(KEYS)]

    def keep(self, key: str, photo: int) -> SentCase:
        request = KeyedRequest(key, "0" * 64)
        kept, token = self.repository.store(
            examination(), Submission(Origin.API, "en", [decode_and_strip(self.photos[photo])[1]], request=request)
        )
        return SentCase(key, photo, kept.public_id, token)

    def path(self, number: int) -> str:
        return photo_path(str(self.sent[number].id), 0, now().date())

    def truth(self) -> Truth:
        return read_truth(self.database_url, self.photos_url, self.sent, self.photos)


@pytest.fixture
def scene(tmp_path: Path, pictures: PictureFactory) -> Scene:
    return Scene(tmp_path, [pictures.red(), pictures.leaf()])


def test_all_is_well(scene: Scene) -> None:
    assert scene.truth() == Truth([], [], stray_photos=0, swept=0)


def test_case_that_is_gone(scene: Scene) -> None:
    scene.repository.cases.delete([str(scene.sent[0].id)])
    truth = scene.truth()
    assert (len(truth.lost), truth.stray_photos, truth.swept) == (1, 1, 1)


@pytest.mark.parametrize("length", [0, 500])
def test_photo_that_is_not_whole(length: int, scene: Scene) -> None:
    scene.store.write(scene.path(0), scene.store.read(scene.path(0))[:length])
    assert len(scene.truth().lost) == 1


def test_case_that_is_kept_twice(scene: Scene) -> None:
    scene.repository.store(examination(), Submission(Origin.API, "en", [decode_and_strip(scene.photos[0])[1]]))
    assert len(scene.truth().duplicated) == 1
