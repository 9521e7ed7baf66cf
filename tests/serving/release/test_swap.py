"""SIGHUP on a real server that is answering all the time, with good, bad and half-written folders."""

import http.client
import json
import os
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count, pairwise
from pathlib import Path

import pytest

from serving.release.swap import RESPAWN_PAUSE_S
from tests.pictures import PictureFactory
from tests.serving.live import serve
from tests.serving.release.folders import Folders
from tests.serving.release.site import LOST, Site, Traffic, metrics_of, site_in, wait_until


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def traffic(site: Site, pictures: PictureFactory) -> Iterator[Traffic]:
    """Flows during the whole test, which fails if any of it does."""
    traffic = Traffic(site.server, pictures.red())
    with traffic.flowing():
        wait_until(lambda: traffic.versions)
        yield traffic
    assert traffic.failures == []


def swapped_to(site: Site, traffic: Traffic, version: str, *, workers: int = 2) -> bool:
    is_answered = traffic.versions[-8:] == [version] * 8
    return is_answered and len(site.server.workers) == workers and len(site.snapshots()) == 1


def test_a_new_bundle_takes_over_without_a_failed_request(site: Site, traffic: Traffic) -> None:
    old, workers = site.version(), site.server.workers
    site.folders.put_bundle("2026-02-02-second")
    site.hang_up()
    wait_until(lambda: swapped_to(site, traffic, "2026-02-02-second"))
    assert set(traffic.versions) == {old, "2026-02-02-second"}
    assert not set(workers) & set(site.server.workers)


def test_new_texts_take_over_too(site: Site, traffic: Traffic) -> None:
    names = site.folders.texts_dir / "languages/en/names.yaml"
    text = names.read_text(encoding="utf-8")
    names.write_text(text.replace("Bean", "Broad bean", 1), encoding="utf-8")
    assert "Broad bean" not in texts_of(site)
    site.hang_up()
    wait_until(lambda: "Broad bean" in texts_of(site) and swapped_to(site, traffic, site.version()))
    site.folders.restore_texts()


def texts_of(site: Site) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=30)
    connection.request("GET", "/v1/texts/en")
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def spoil_model(folders: Folders) -> None:
    (folders.bundle / "model.onnx").write_bytes(b"half a mod")


def spoil_folder(folders: Folders) -> None:
    (folders.bundle / "manifest.json").unlink()


def spoil_texts(folders: Folders) -> None:
    (folders.texts_dir / "advice/bean.yaml").unlink()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(spoil_model, "sha256"), (spoil_folder, "manifest.json"), (spoil_texts, "bean")],
    ids=["corrupt", "half-written", "texts"],
)
def test_what_is_bad_is_refused_and_the_old_goes_on(
    site: Site, traffic: Traffic, spoil: Callable[[Folders], None], reason: str
) -> None:
    old, workers = site.version(), site.server.workers
    spoil(site.folders)
    try:
        said = site.refused()
        assert reason in said
        assert str(site.temporary) not in said
        # A worker that dies now comes back with what was answered from before.
        os.kill(site.server.workers[0], signal.SIGKILL)
        wait_until(lambda: len(set(site.server.workers) - set(workers)) == 1 and len(site.server.workers) == 2)
        seen = len(traffic.versions)
        wait_until(lambda: len(traffic.versions) > seen + 30)
        assert set(traffic.versions) == {old}
        assert len(site.snapshots()) == 1
        # Those that it was answering have been lost with it.
        assert [one for one in traffic.failures if not one.startswith(LOST)] == []
        traffic.failures.clear()
    finally:
        # The other tests swap from the same folders.
        site.folders.restore_texts()
        site.folders.put_bundle(old)


def test_who_hangs_up_twice_gets_the_last(site: Site, traffic: Traffic) -> None:
    site.folders.put_bundle("2026-03-03-third")
    site.hang_up()
    wait_until(lambda: len(site.snapshots()) == 2)
    site.folders.put_bundle("2026-04-04-fourth")
    site.hang_up()
    wait_until(lambda: swapped_to(site, traffic, "2026-04-04-fourth"))
    assert "2026-03-03-third" not in traffic.versions


def test_as_many_workers_start_as_there_were(site: Site, traffic: Traffic) -> None:
    os.kill(site.server.process_id, signal.SIGTTIN)
    wait_until(lambda: len(site.server.workers) == 3)
    site.folders.put_bundle("2026-05-05-fifth")
    site.hang_up()
    wait_until(lambda: swapped_to(site, traffic, "2026-05-05-fifth", workers=3))
    os.kill(site.server.process_id, signal.SIGTTOU)
    wait_until(lambda: len(site.server.workers) == 2)


def test_what_cannot_be_checked_is_refused(site: Site, traffic: Traffic) -> None:
    """There are descriptors enough for a copy, but not for another process."""
    master, known = site.server.process_id, site.snapshots()
    used = {int(path.name) for path in Path(f"/proc/{master}/fd").iterdir()}
    enough = next(limit for limit in count() if len(set(range(limit)) - used) == 4)
    limits = resource.prlimit(master, resource.RLIMIT_NOFILE)
    resource.prlimit(master, resource.RLIMIT_NOFILE, (enough, limits[1]))
    try:
        said = site.refused()
    finally:
        resource.prlimit(master, resource.RLIMIT_NOFILE, limits)
    assert "Too many open files" in said
    assert "cop" not in said
    # That it cannot be removed either is for the next server.
    for left in set(site.snapshots()) - set(known):
        shutil.rmtree(left)
    goes_on(site, traffic, site.server.workers)


def goes_on(site: Site, traffic: Traffic, workers: list[int]) -> None:
    seen = len(traffic.versions)
    wait_until(lambda: len(traffic.versions) > seen + 30)
    assert site.server.workers == workers
    assert len(site.snapshots()) == 1


def test_new_workers_that_are_killed_leave_the_old_ones(site: Site, traffic: Traffic) -> None:
    """As when there is not memory enough for both."""
    old, workers = site.version(), site.server.workers
    known = len(site.lines("not swapped"))
    site.folders.put_bundle("2026-06-06-sixth")
    site.hang_up()
    wait_until(lambda: set(site.server.workers) - set(workers))
    os.kill(max(set(site.server.workers) - set(workers)), signal.SIGKILL)
    wait_until(lambda: len(site.lines("not swapped")) > known and len(site.server.workers) == 2)
    goes_on(site, traffic, workers)
    assert set(traffic.versions[-30:]) == {old}
    site.folders.put_bundle(old)


def test_new_workers_that_cannot_start_leave_the_old_ones(site: Site, traffic: Traffic) -> None:
    """The copy is spoilt after the check, while the master is held."""
    master, workers, snapshots = site.server.process_id, site.server.workers, site.snapshots()
    known = len(site.lines("not swapped"))
    site.hang_up()
    wait_until(lambda: [path for path in site.temporary.glob("*/check.log") if path.parent not in snapshots])
    os.kill(master, signal.SIGSTOP)
    (new,) = set(site.snapshots()) - set(snapshots)
    wait_until((new / "verdict.json").exists)
    (new / "bundle" / "model.onnx").write_bytes(b"half a mod")
    os.kill(master, signal.SIGCONT)
    wait_until(lambda: len(site.lines("not swapped")) > known and len(site.server.workers) == 2)
    goes_on(site, traffic, workers)


def test_a_worker_that_cannot_be_replaced_leaves_the_others(site: Site, traffic: Traffic) -> None:
    (snapshot,) = site.snapshots()
    model = snapshot / "bundle" / "model.onnx"
    content, known = model.read_bytes(), len(site.lines("cannot start"))
    model.write_bytes(b"half a mod")
    os.kill(site.server.workers[0], signal.SIGKILL)
    wait_until(lambda: len(site.lines("cannot start")) == known + 3)
    times = [datetime.fromisoformat(line["time"]) for line in site.lines("cannot start")[known:]]
    assert all((later - earlier).total_seconds() >= RESPAWN_PAUSE_S for earlier, later in pairwise(times))
    ready = len(list(snapshot.glob("ready-*")))
    model.write_bytes(content)
    wait_until(lambda: len(list(snapshot.glob("ready-*"))) > ready)
    goes_on(site, traffic, site.server.workers)
    assert len(site.server.workers) == 2
    assert [one for one in traffic.failures if not one.startswith(LOST)] == []
    traffic.failures.clear()


def test_heartbeats_need_no_disk(site: Site) -> None:
    (metrics,) = metrics_of(site.server.process_id)
    files = [path.readlink() for path in Path(f"/proc/{site.server.process_id}/fd").iterdir()]
    assert {path.parent for path in files if path.name.startswith("wgunicorn-")} == {metrics.parent}


def test_a_link_can_be_pointed_elsewhere_and_back(tmp_path: Path) -> None:
    """Rolling back is swapping to the old one."""
    (tmp_path / "site").mkdir()
    folders = Folders.make(tmp_path / "versions")
    first, second = folders.bundle, tmp_path / "second"
    folders.bundle.rename(tmp_path / "first")
    first = tmp_path / "first"
    Folders(second, folders.texts_dir).put_bundle("2026-02-02-second")
    link = tmp_path / "current"
    link.symlink_to(first)
    with serve(link, database_url=f"sqlite:///{tmp_path / 'majani.sqlite3'}", photos_url=tmp_path / "p") as server:
        site = Site(server, folders, tmp_path / "none", tmp_path)
        old = site.version()
        for target, version in ((second, "2026-02-02-second"), (first, old)):
            link.unlink()
            link.symlink_to(target)
            site.hang_up()
            wait_until(lambda version=version: site.version() == version)


def test_a_server_with_a_bad_bundle_does_not_start(tmp_path: Path) -> None:
    folders, log = Folders.make(tmp_path), tmp_path / "server.log"
    spoil_model(folders)
    with pytest.raises(RuntimeError, match="the service ended with 3"), serve(folders.bundle, log=log):
        pytest.fail("started")
    (reason,) = [one for one in map(json.loads, log.read_text().splitlines()) if one["level"] == "critical"]
    assert "cannot start" in reason["event"]
    assert "sha256" in reason["event"]


def test_a_server_without_a_bundle_does_not_start(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with pytest.raises(RuntimeError, match="the service ended with 1"), serve(tmp_path / "nothing", log=log):
        pytest.fail("started")
    (reason,) = [json.loads(line) for line in log.read_text().splitlines() if "cannot start" in line]
    assert str(tmp_path / "nothing") in reason["event"]
    assert metrics_of(reason["process"]) == []


def test_a_server_with_a_bad_setting_does_not_start_and_says_so_in_one_line(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with (
        pytest.raises(RuntimeError, match="the service ended with 4"),
        serve(tmp_path, log=log, max_request_bytes="much"),
    ):
        pytest.fail("started")
    (line,) = map(json.loads, log.read_text().splitlines())
    assert line["level"] == "critical"
    assert "cannot start: MAJANI_MAX_REQUEST_BYTES: Input should be" in line["event"]
