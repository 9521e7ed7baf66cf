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
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from majani.model.bundle import Bundle, write_bundle
from serving.releases import copy, environment_of
from serving.settings import Settings
from tests import waiting
from tests.pictures import PictureFactory
from tests.serving.live import ROOT, Server, serve
from tests.tiny_bundle import tiny_bundle

# What a client sees of a process that is killed.
LOST = ("RemoteDisconnected", "ConnectionResetError", "BrokenPipeError", "IncompleteRead")
# What takes a new process or two.
wait_until = partial(waiting.wait_until, most_s=120)


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

    def point_to(self, bundle: Path) -> None:
        self.bundle.unlink()
        self.bundle.symlink_to(bundle)

    def lines(self, word: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.log.read_text().splitlines()) if word in line["event"]]

    def copies(self) -> list[Path]:
        return list(self.temporary.glob("majani-release-*/*"))

    def version(self) -> str:
        return str(self.get("/readyz")["model_version"])

    def get(self, path: str) -> Any:
        return requests.get(f"{self.server.url}{path}", timeout=60).json()


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
            time.sleep(0.05)
        connection.close()

    def go_on(self) -> None:
        count = len(self.versions)
        wait_until(lambda: len(self.versions) > count + 30)

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


def write_version(folder: Path, version: str) -> None:
    bundle = tiny_bundle()
    write_bundle(Bundle(bundle.manifest.model_copy(update={"version": version}), bundle.model), folder)


@contextmanager
def spoilt(site: Site, spoil: Callable[[Site], object]) -> Iterator[None]:
    """For a while: the other tests swap from the same folders."""
    old = site.version()
    spoil(site)
    try:
        yield
    finally:
        put_texts(site.texts_dir)
        write_version(site.bundle.resolve(), old)


def put_texts(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("advice", "languages"):
        shutil.copytree(ROOT / "data" / name, folder / name)
    shutil.copy(ROOT / "data" / "taxonomy.yaml", folder)


def folders_of_metrics(process_id: int) -> list[Path]:
    parents = (Path("/dev/shm"), Path(tempfile.gettempdir()))  # noqa: S108 - only looked into
    return [found for parent in parents for found in parent.glob(f"majani-metrics-{process_id}-*")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    bundle, texts_dir, temporary, log = (folder / name for name in ("bundle", "texts", "temporary", "server.log"))
    temporary.mkdir()
    write_bundle(tiny_bundle(), folder / "first")
    bundle.symlink_to(folder / "first")
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
            # Of 0.2.0; it does nothing any more.
            shadow_dir=folder / "first",
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
    """The bundle by a link that is pointed elsewhere and back, to what was written there meanwhile."""
    old, workers = site.version(), site.server.workers
    first, second = site.bundle.resolve(), site.bundle.with_name("second")
    write_version(second, "2026-02-02-second")
    names = site.texts_dir / "languages/en/names.yaml"
    names.write_text(names.read_text(encoding="utf-8").replace("Bean", "Broad bean", 1), encoding="utf-8")
    site.point_to(second)
    site.hang_up()
    wait_until(lambda: has_swapped(site, traffic, "2026-02-02-second"))
    assert set(traffic.versions) == {old, "2026-02-02-second"}
    assert not set(workers) & set(site.server.workers)
    assert "Broad bean" in json.dumps(site.get("/v1/texts/en"))
    write_version(first, "2026-03-03-third")
    put_texts(site.texts_dir)
    site.point_to(first)
    site.hang_up()
    wait_until(lambda: has_swapped(site, traffic, "2026-03-03-third"))
    assert set(traffic.versions) == {old, "2026-02-02-second", "2026-03-03-third"}
    assert "Broad bean" not in json.dumps(site.get("/v1/texts/en"))


def test_what_is_bad_is_refused_and_the_old_goes_on(site: Site, traffic: Traffic) -> None:
    old = site.version()
    spoiling: list[tuple[Callable[[Site], object], str]] = [
        (lambda site: (site.bundle / "model.onnx").write_bytes(b"half a mod"), "sha256"),
        (lambda site: (site.texts_dir / "advice/bean.yaml").unlink(), "bean"),
        # What pydantic says of it has several lines.
        (lambda site: (site.texts_dir / "languages/sw/names.yaml").write_text("crops: {bean: x}"), "crops.bean"),
    ]
    for spoil, reason in spoiling:
        known = len(site.lines("not swapped"))
        with spoilt(site, spoil):
            site.hang_up()
            wait_until(lambda known=known: len(site.lines("not swapped")) > known)
            message = site.lines("not swapped")[-1]["event"]
            assert reason in message
            assert str(site.temporary) not in message
            wait_until(lambda: len(site.server.workers) == 2 and site.version() == old)
            traffic.go_on()
        assert set(traffic.versions) == {old}
        assert len(site.copies()) == 1


def lose_all(site: Site) -> None:
    shutil.rmtree(site.bundle.resolve())
    shutil.rmtree(site.texts_dir)


def test_a_worker_that_cannot_be_replaced_leaves_the_others(site: Site, traffic: Traffic) -> None:
    """One that can comes back with what was answered from before, whatever became of the operator's folders."""
    (copy,) = site.copies()
    model = copy / "bundle" / "model.onnx"
    content, known = model.read_bytes(), len(site.lines("cannot start"))
    old, killed = site.version(), site.server.workers[0]
    with spoilt(site, lose_all):
        model.write_bytes(b"half a mod")
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: len(site.lines("cannot start")) >= known + 2)
        model.write_bytes(content)
        booted = len(site.lines("Booting worker"))
        wait_until(lambda: len(site.lines("Booting worker")) > booted)
        traffic.go_on()
        wait_until(lambda: killed not in site.server.workers and len(site.server.workers) == 2)
    assert set(traffic.versions) == {old}
    assert len(site.copies()) == 1
    # What the killed process was answering was lost with it.
    assert [failure for failure in traffic.failures if not failure.startswith(LOST)] == []
    traffic.failures.clear()


def test_heartbeats_need_no_disk_and_a_setting_of_an_older_release_is_named(site: Site) -> None:
    (metrics,) = folders_of_metrics(site.server.process_id)
    files = [path.readlink() for path in Path(f"/proc/{site.server.process_id}/fd").iterdir()]
    assert {path.parent for path in files if path.name.startswith("wgunicorn-")} == {metrics.parent}
    assert [line["level"] for line in site.lines("MAJANI_SHADOW_DIR")] == ["warning"]


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


def test_a_copy_has_what_answers_need_and_nothing_else_and_is_whole_or_not_there(tmp_path: Path) -> None:
    write_bundle(tiny_bundle(), tmp_path / "bundle")
    put_texts(tmp_path / "texts")
    settings = Settings(bundle=tmp_path / "bundle", texts_dir=tmp_path / "texts")
    (settings.texts_dir / "raw").mkdir()
    (tmp_path / "districts").touch()
    for number, boundaries in enumerate((None, tmp_path / "districts")):
        to = tmp_path / str(number)
        copy(settings.model_copy(update={"boundaries": boundaries}), to)
        named = {"MAJANI_BUNDLE": to / "bundle", "MAJANI_TEXTS_DIR": to / "texts_dir"}
        named |= {"MAJANI_BOUNDARIES": to / "boundaries"} if boundaries else {}
        assert environment_of(to) == {name: str(path) for name, path in named.items()}
        assert {path.name for path in (to / "texts_dir").iterdir()} == {"advice", "languages", "taxonomy.yaml"}
    (settings.texts_dir / "taxonomy.yaml").unlink()
    with pytest.raises(OSError, match="taxonomy"):
        copy(settings, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
