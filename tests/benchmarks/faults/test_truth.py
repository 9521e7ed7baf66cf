"""The comparison of storage with what clients were told sees what is missing, doubled or not whole."""

from pathlib import Path

from benchmarks.faults.clients import SentCase
from benchmarks.faults.truth import Truth, read_truth
from serving.cases.photo_store import PhotoStore, decode_and_strip, photo_path
from serving.cases.repository import CaseRepository
from serving.clock import now
from serving.persistence.case_record import KeyedRequest
from serving.persistence.cases import Cases
from serving.persistence.engine import connect
from serving.persistence.migration import upgrade
from tests.pictures import PictureFactory
from tests.serving.persistence.examined import store as keep

KEYS = ("the-first-key-of-a-phone", "the-second-key-of-a-phone")


def test_what_is_not_whole_gone_or_doubled_is_seen(tmp_path: Path, pictures: PictureFactory) -> None:
    database_url, photos_url = f"sqlite:///{tmp_path / 'majani.sqlite3'}", str(tmp_path / "photos")
    engine, store = connect(database_url), PhotoStore(photos_url)
    upgrade(engine)
    repository = CaseRepository(Cases(engine), store)
    photos = [pictures.red(), pictures.leaf()]
    bare = [decode_and_strip(photo)[1] for photo in photos]
    sent = []
    for number, key in enumerate(KEYS):
        case, token = keep(repository, bare[number], request=KeyedRequest(key, "0" * 64))
        sent.append(SentCase(key, number, case.public_id, token))

    def truth() -> Truth:
        return read_truth(database_url, photos_url, sent, photos)

    assert truth() == Truth([], [], stray_photos=0, swept=0)
    path = photo_path(str(sent[0].id), 0, now().date())
    whole = store.read(path)
    for kept in (b"", whole[:500], bare[1]):
        store.write(path, kept)
        assert len(truth().lost) == 1
    store.write(path, whole)
    repository.cases.delete([str(sent[0].id)])
    found = truth()
    assert (len(found.lost), found.stray_photos, found.swept) == (1, 1, 1)
    keep(repository, bare[0])
    assert len(truth().duplicated) == 1
