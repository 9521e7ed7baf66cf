"""SIGHUP on a real server that answers all the time, with good, bad and half-written folders."""

import http.client
import json
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from majani.model.bundle import Bundle, write_bundle
from serving.releases import Release
from serving.settings import Settings
from tests import waiting
from tests.pictures import PictureFactory
from tests.serving.live import ROOT, Server, serve
from tests.tiny_bundle import tiny_bundle

PATIENCE_S = 120
# What a client sees of a process that is killed.
LOST = ("RemoteDisconnected", "ConnectionResetError", "BrokenPipeError", "IncompleteRead")


@dataclass
class Traffic:
    """Clients that ask without a pause, some on a new connection each time, some on one that they keep."""

    port: int
    photo: bytes
    versions: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def ask_until_stopped(self, *, keeps: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self._stop.is_set():
            try:
                connection.request("POST", "/v1/diagnoses", self.photo, {"Content-Type": "image/jpeg"})
                response = connection.getresponse()
                answer = json.loads(response.read())
            # Whatever a client sees is a failure.
            except Exception as error:
                self.failures.append(repr(error))
                connection.close()
                continue
            if response.status == 201:
                self.versions.append(answer["model_version"])
            else:
                self.failures.append(str(answer))
            if not keeps:
                connection.close()
            # Leaves the machine something to swap with.
            time.sleep(0.02)
        connection.close()

    @contextmanager
    def flowing(self) -> Iterator[None]:
        clients = [
            threading.Thread(target=self.ask_until_stopped, kwargs={"keeps": keeps}) for keeps in (True, False) * 2
        ]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self._stop.set()
            for client in clients:
                client.join()


@dataclass(frozen=True)
class Site:
    """A server, the operator's folders, and what the server leaves about."""

    server: Server
    bundle: Path
    texts_dir: Path
    log: Path
    temporary: Path

    def hang_up(self) -> None:
        os.kill(self.server.process_id, signal.SIGHUP)

    def put_bundle(self, version: str) -> None:
        bundle = tiny_bundle()
        write_bundle(Bundle(bundle.manifest.model_copy(update={"version": version}), bundle.model), self.bundle)

    def restore_texts(self) -> None:
        put_texts(self.texts_dir)

    def lines(self, word: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.log.read_text().splitlines()) if word in line["event"]]

    def copies(self) -> list[Path]:
        return list(self.temporary.glob("majani-release-*/*"))

    def version(self) -> str:
        return str(self.get("/readyz")["model_version"])

    def get(self, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


def put_texts(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("advice", "languages"):
        shutil.copytree(ROOT / "data" / name, folder / name)
    shutil.copy(ROOT / "data" / "taxonomy.yaml", folder)


def folders_of_metrics(process_id: int) -> list[Path]:
    parents = (Path("/dev/shm"), Path(tempfile.gettempdir()))  # noqa: S108 - only looked into
    return [found for parent in parents for found in parent.glob(f"majani-metrics-{process_id}-*")]


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait for what takes a new process or two."""
    waiting.wait_until(is_so, most_s=PATIENCE_S)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    bundle, texts_dir, temporary, log = (folder / name for name in ("bundle", "texts", "temporary", "server.log"))
    temporary.mkdir()
    write_bundle(tiny_bundle(), bundle)
    put_texts(texts_dir)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        with serve(
            bundle,
            workers=2,
            log=log,
            texts_dir=texts_dir,
            database_url=f"sqlite:///{folder / 'majani.sqlite3'}",
            photos_url=folder / "photos",
        ) as server:
            assert len(folders_of_metrics(server.process_id)) == 1
            yield Site(server, bundle, texts_dir, log, temporary)
    assert list(temporary.glob("majani-*")) == []
    assert folders_of_metrics(server.process_id) == []


@pytest.fixture
def traffic(site: Site, pictures: PictureFactory) -> Iterator[Traffic]:
    """Flows during the whole test, which fails if any of it does."""
    traffic = Traffic(site.server.port, pictures.red())
    with traffic.flowing():
        wait_until(lambda: traffic.versions)
        yield traffic
    assert traffic.failures == []


def has_swapped(site: Site, traffic: Traffic, version: str) -> bool:
    return traffic.versions[-8:] == [version] * 8 and len(site.server.workers) == 2 and len(site.copies()) == 1


def test_a_new_bundle_and_new_texts_take_over_without_a_failed_request(site: Site, traffic: Traffic) -> None:
    old, workers = site.version(), site.server.workers
    site.put_bundle("2026-02-02-second")
    names = site.texts_dir / "languages/en/names.yaml"
    names.write_text(names.read_text(encoding="utf-8").replace("Bean", "Broad bean", 1), encoding="utf-8")
    site.hang_up()
    wait_until(lambda: has_swapped(site, traffic, "2026-02-02-second"))
    assert set(traffic.versions) == {old, "2026-02-02-second"}
    assert not set(workers) & set(site.server.workers)
    assert "Broad bean" in json.dumps(site.get("/v1/texts/en"))
    site.restore_texts()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda site: (site.bundle / "model.onnx").write_bytes(b"half a mod"), "sha256", id="corrupt"),
        pytest.param(lambda site: (site.bundle / "manifest.json").unlink(), "manifest.json", id="half-written"),
        pytest.param(lambda site: (site.texts_dir / "advice/bean.yaml").unlink(), "bean", id="texts"),
    ],
)
def test_what_is_bad_is_refused_and_the_old_goes_on(
    site: Site, traffic: Traffic, spoil: Callable[[Site], object], reason: str
) -> None:
    old, known = site.version(), len(site.lines("not swapped"))
    spoil(site)
    try:
        site.hang_up()
        wait_until(lambda: len(site.lines("not swapped")) > known)
        message = site.lines("not swapped")[-1]["event"]
        assert reason in message
        assert str(site.temporary) not in message
        wait_until(lambda: len(site.server.workers) == 2 and site.version() == old)
        # A worker that dies now comes back with what was answered from before.
        killed = site.server.workers[0]
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: killed not in site.server.workers and len(site.server.workers) == 2)
        count = len(traffic.versions)
        wait_until(lambda: len(traffic.versions) > count + 30)
        assert set(traffic.versions) == {old}
        assert len(site.copies()) == 1
        # What the killed process was answering was lost with it.
        assert [failure for failure in traffic.failures if not failure.startswith(LOST)] == []
        traffic.failures.clear()
    finally:
        # The other tests swap from the same folders.
        site.restore_texts()
        site.put_bundle(old)


def test_a_worker_that_cannot_be_replaced_leaves_the_others(site: Site, traffic: Traffic) -> None:
    (copy,) = site.copies()
    model = copy / "bundle" / "model.onnx"
    content, known = model.read_bytes(), len(site.lines("cannot start"))
    model.write_bytes(b"half a mod")
    os.kill(site.server.workers[0], signal.SIGKILL)
    wait_until(lambda: len(site.lines("cannot start")) >= known + 2)
    model.write_bytes(content)
    booted = len(site.lines("Booting worker"))
    wait_until(lambda: len(site.lines("Booting worker")) > booted)
    count = len(traffic.versions)
    wait_until(lambda: len(traffic.versions) > count + 30 and len(site.server.workers) == 2)
    assert [failure for failure in traffic.failures if not failure.startswith(LOST)] == []
    traffic.failures.clear()


def test_a_link_can_be_pointed_elsewhere_and_back(tmp_path: Path) -> None:
    bundle = tiny_bundle()
    old, new, link = bundle.manifest.version, "2026-02-02-second", tmp_path / "current"
    write_bundle(bundle, tmp_path / "first")
    write_bundle(Bundle(bundle.manifest.model_copy(update={"version": new}), bundle.model), tmp_path / "second")
    link.symlink_to(tmp_path / "first")
    with serve(link, database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}", photos_url=tmp_path / "p") as server:
        site = Site(server, link, tmp_path, tmp_path / "none", tmp_path)
        for folder, version in (("second", new), ("first", old)):
            link.unlink()
            link.symlink_to(tmp_path / folder)
            site.hang_up()
            wait_until(lambda version=version: site.version() == version)


def test_heartbeats_need_no_disk(site: Site) -> None:
    (metrics,) = folders_of_metrics(site.server.process_id)
    files = [path.readlink() for path in Path(f"/proc/{site.server.process_id}/fd").iterdir()]
    assert {path.parent for path in files if path.name.startswith("wgunicorn-")} == {metrics.parent}


@pytest.mark.parametrize(
    ("bundle", "settings", "status", "reason"),
    [
        pytest.param("bundle", {}, 3, "sha256", id="bad bundle"),
        pytest.param("absent", {}, 1, "absent", id="absent bundle"),
        pytest.param(
            "bundle", {"max_request_bytes": "much"}, 4, "MAJANI_MAX_REQUEST_BYTES: Input should be", id="setting"
        ),
    ],
)
def test_a_server_that_cannot_start_says_why_in_one_line(
    tmp_path: Path, bundle: str, settings: dict[str, str], status: int, reason: str
) -> None:
    log = tmp_path / "server.log"
    write_bundle(tiny_bundle(), tmp_path / "bundle")
    (tmp_path / "bundle" / "model.onnx").write_bytes(b"half a mod")
    with (
        pytest.raises(RuntimeError, match=f"the service ended with {status}"),
        serve(tmp_path / bundle, log=log, **settings),
    ):
        pytest.fail("started")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (line,) = [line for line in lines if line["level"] == "critical"]
    assert line["event"].startswith("cannot start: ")
    assert reason in line["event"]
    assert settings == {} or len(lines) == 1
    assert "process" not in line or folders_of_metrics(line["process"]) == []


def settings_of(folder: Path) -> Settings:
    write_bundle(tiny_bundle(), folder / "bundle")
    put_texts(folder / "texts")
    return Settings(bundle=folder / "bundle", texts_dir=folder / "texts", shadow_dir=folder / "shadow")


def test_a_copy_has_what_answers_need_and_nothing_else(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (settings.texts_dir / "raw").mkdir()
    copy = Release.copy(settings, tmp_path / "copy")
    # Its own bundle and texts; the challenger is absent, which stops nothing.
    assert copy.environment == {
        "MAJANI_BUNDLE": str(tmp_path / "copy/bundle"),
        "MAJANI_TEXTS_DIR": str(tmp_path / "copy/texts"),
    }
    assert {path.name for path in (tmp_path / "copy/texts").iterdir()} == {"advice", "languages", "taxonomy.yaml"}
    write_bundle(tiny_bundle(), tmp_path / "shadow")
    assert Release.copy(settings, tmp_path / "other").environment["MAJANI_SHADOW_DIR"] == str(
        tmp_path / "other/shadow_dir"
    )


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (settings.texts_dir / "taxonomy.yaml").unlink()
    with pytest.raises(OSError, match="taxonomy"):
        Release.copy(settings, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
