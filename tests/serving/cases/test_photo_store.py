"""Kept photos, in a folder and in a real object store; and that nothing but pixels is kept."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.harness import s3_server, wire
from benchmarks.harness.s3_server import BUCKET, S3Server
from benchmarks.harness.wire import State
from serving.cases import photo_store
from serving.cases.photo_store import PhotoStore, decode_and_strip, photo_path
from serving.circuit_breaker import RETRY_S
from serving.persistence.engine import StorageError
from serving.telemetry.metrics import REGISTRY
from tests.pictures import PictureFactory
from tests.waiting import wait_until

DAY = date(2026, 11, 24)
PATH = photo_path("-a_b-c", 3, DAY)
Connect = Callable[[str], None]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Makes an address the object store of this process, for one test."""

    def use(url: str) -> None:
        for name, value in s3_server.client_environment(url).items():
            monkeypatch.setenv(name, value)

    return use


@pytest.fixture(params=["folder", "file", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, connect: Connect) -> PhotoStore:
    if request.param == "folder":
        return PhotoStore(str(tmp_path / "photos"))
    if request.param == "file":
        return PhotoStore(f"file://{tmp_path}/photos")
    server: S3Server = request.getfixturevalue("s3")
    connect(server.url)
    return PhotoStore(f"s3://{BUCKET}/some/where")


def test_photo_comes_back(store: PhotoStore) -> None:
    store.write(PATH, b"first")
    store.write(PATH, b"second")
    assert store.read(PATH) == b"second"
    assert (list(store.below(DAY.isoformat())), list(store.days())) == ([PATH], [DAY])
    store.delete([PATH, "2026-11-24/gone-0.jpg"])
    with pytest.raises(FileNotFoundError):
        store.read(PATH)
    assert list(store.below(DAY.isoformat())) == []


def slowest_failure_s(store: PhotoStore) -> float:
    """Nothing can be done with its photos."""
    took_s = []
    for failing in (lambda: store.write(PATH, b"while"), lambda: store.read(PATH), lambda: store.delete([PATH])):
        began = time.monotonic()
        with pytest.raises(StorageError):
            failing()
        took_s.append(time.monotonic() - began)
    return max(took_s)


def test_a_disk_that_is_not_mounted_has_lost_no_photo(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "none"):
        store = PhotoStore(str(tmp_path / folder))
        with pytest.raises(StorageError):
            store.delete([PATH])
        with pytest.raises(StorageError):
            store.read(PATH)
    (tmp_path / "file").write_text("no folder")
    store = PhotoStore(str(tmp_path / "file" / "photos"))
    slowest_failure_s(store)
    with pytest.raises(StorageError):
        store.below(DAY.isoformat())


def test_object_store_that_is_away_is_a_storage_failure(s3: S3Server, connect: Connect) -> None:
    connect(s3.url)
    store = PhotoStore(f"s3://{BUCKET}")
    store.write(PATH, b"before")
    s3.stop()
    try:
        slowest_failure_s(store)
    finally:
        s3.start()
    store.write(PATH, b"after")
    assert store.read(PATH) == b"after"


def test_object_store_that_says_nothing_is_not_waited_for(
    s3: S3Server, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wire.lay(s3.port) as to_store:
        connect(to_store.url)
        monkeypatch.setattr(photo_store, "_S3_TIMEOUT_S", 0.5)
        monkeypatch.setattr(photo_store, "_S3_RETRY_S", 0.2)
        store = PhotoStore(f"s3://{BUCKET}/at/the/end/of/a/wire")
        store.write(PATH, b"before")
        to_store.become(State.SILENT)
        assert slowest_failure_s(store) < 3
        ends_at, slowest_s = time.monotonic() + 3 * RETRY_S, 0.0
        while time.monotonic() < ends_at:
            began = time.monotonic()
            assert not is_written(store)
            slowest_s = max(slowest_s, time.monotonic() - began)
        assert slowest_s < photo_store._S3_TIMEOUT_S, "a sender waits for a store that is known to be away"
        to_store.become(State.WHOLE)
        # Until a trial that the silence has swallowed has ended.
        wait_until(lambda: is_written(store), most_s=3 * RETRY_S)
        assert store.read(PATH) == b"after"


def is_written(store: PhotoStore) -> bool:
    with suppress(StorageError):
        store.write(PATH, b"after")
        return True
    return False


def test_bucket_that_is_missing_is_a_storage_failure_that_counts(s3: S3Server, connect: Connect) -> None:
    counted = REGISTRY.get_sample_value("majani_storage_failures_total", {"storage": "photos"}) or 0
    connect(s3.url)
    with pytest.raises(StorageError):
        PhotoStore("s3://nobody-made-it").write(PATH, b"")
    assert REGISTRY.get_sample_value("majani_storage_failures_total", {"storage": "photos"}) == counted + 1


def test_full_disk_is_a_storage_failure_and_keeps_no_part(tmp_path: Path) -> None:
    file = tmp_path / PATH
    file.parent.mkdir()
    file.symlink_to("/dev/full")
    store = PhotoStore(str(tmp_path))
    with pytest.raises(StorageError):
        store.write(PATH, b"photo")
    assert list(store.below(DAY.isoformat())) == []


def test_nothing_but_upright_pixels_is_kept(pictures: PictureFactory) -> None:
    image = Image.open(BytesIO(pictures.leaf()))
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Phone of somebody", "2026:11:24 10:00:00"
    exif.get_ifd(0x8825)[2] = (1.0, 17.0, 31.0)
    sent = BytesIO()
    image.save(sent, "JPEG", exif=exif, comment=b"my field", icc_profile=b"profile")
    assert b"Phone of somebody" in sent.getvalue()
    stripped = decode_and_strip(sent.getvalue() + b"appended by an app")[1]
    kept = Image.open(BytesIO(stripped))
    assert dict(kept.getexif()) == {}
    assert {"icc_profile", "comment", "exif", "xmp"} & set(kept.info) == set()
    assert not any(trace in stripped for trace in (b"Phone", b"my field", b"profile", b"appended"))
    # Nor more of them than anybody looks at.
    assert max(Image.open(BytesIO(decode_and_strip(pictures.jpeg_12mp())[1])).size) < 2 * 1920
