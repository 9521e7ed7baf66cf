"""The images work from a read-only root; a stop loses nothing; volumes of 0.2.0 are taken over."""

import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import requests
from alembic import command
from sqlalchemy import MetaData, insert

from benchmarks.harness.port import free_port
from benchmarks.harness.waiting import wait_until_ready
from serving.persistence import migration
from serving.persistence.engine import connect
from tests.absence import absent
from tests.deploy.dockerfile import ROOT, health_check
from tests.image.engine import KEPT, PROGRAMS, Engine, Image
from tests.serving.persistence.test_migration import AT_ONCE, CASES, contents

pytestmark = [pytest.mark.image, pytest.mark.timeout(1800)]

ACCOUNT = 10001
START_S, STOP_S = 60, 40
EXAMPLES = ROOT / "data/examples"
# The newest migration of 0.2.0.
REVISION_0_2_0 = "0013"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    if missing := [name for name in PROGRAMS if shutil.which(name) is None]:
        absent(f"not installed: {', '.join(missing)}")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        built = Engine(Path(folder))
        try:
            yield built
        finally:
            built.remove()


@pytest.fixture(scope="session")
def serving(engine: Engine) -> Image:
    return engine.build("serving")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A volume as an engine makes it: with the owner that the image's folder has."""
    tmp_path.chmod(0o755)
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    shutil.chown(folder, ACCOUNT, ACCOUNT)
    return folder


@contextmanager
def running(image: Image, state: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The service, started by the image's own command on a free port of this machine."""
    port = free_port()
    own = {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "2", "MAJANI_RATE_LIMIT": "100000/minute"}
    with (state.parent / "log").open("wb") as log:
        process = subprocess.Popen(image.nspawn(state=state, environment=own), stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, process, timeout_s=START_S, log=state.parent / "log")
            yield url, process
        finally:
            process.terminate()
            process.wait(STOP_S)


def run(image: Image, words: Sequence[str], state: Path) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(image.nspawn(words, state=state), capture_output=True, check=False, timeout=STOP_S)


def send(url: str, key: str) -> requests.Response:
    files = {"photo": (EXAMPLES / "0047c8c103f7445b.webp").read_bytes()}
    headers = {"Idempotency-Key": key}
    return requests.post(f"{url}/v1/diagnoses?consent=photos", files=files, headers=headers, timeout=30)


def test_a_volume_gets_the_owner_who_answers(serving: Image) -> None:
    folder = (serving.root / KEPT.lstrip("/")).stat()
    assert serving.config["User"] == f"{ACCOUNT}:{ACCOUNT}"
    assert (folder.st_uid, folder.st_gid, folder.st_mode & 0o777) == (ACCOUNT, ACCOUNT, 0o700)


def test_it_answers_keeps_and_is_healthy_and_can_write_nowhere_else(serving: Image, state: Path) -> None:
    with running(serving, state) as (url, _):
        assert send(url, "k" * 22).status_code == 201
        assert requests.get(f"{url}/", timeout=30).text.count("/app/assets/") > 0
        health = ["env", f"PORT={url.rpartition(':')[2]}", *health_check("serving")]
        asked = run(serving, health, state)
        assert asked.returncode == 0, asked.stderr
    assert len(list((state / "photos").rglob("*.jpg"))) == 1
    for folder in ("/srv/majani", "/usr/local", "/etc"):
        assert run(serving, ["touch", f"{folder}/written"], state).returncode != 0


def test_a_stop_under_load_loses_no_acknowledged_case(serving: Image, state: Path) -> None:
    kept: dict[str, str] = {}
    with running(serving, state) as (url, process):

        def ask(sender: int) -> None:
            for number in range(1000):
                key = f"{sender:011}{number:011}"
                try:
                    answer = send(url, key)
                except requests.RequestException:
                    return
                if answer.status_code == 201:
                    kept[answer.json()["id"]] = answer.json()["token"]

        senders = [threading.Thread(target=ask, args=[sender]) for sender in range(4)]
        for sender in senders:
            sender.start()
        time.sleep(3)
        process.terminate()
        assert process.wait(STOP_S) == 0
        for sender in senders:
            sender.join()
    assert kept
    with running(serving, state) as (url, _):
        for case, token in kept.items():
            case_url, headers = f"{url}/v1/diagnoses/{case}", {"Authorization": f"Bearer {token}"}
            assert requests.get(case_url, headers=headers, timeout=30).status_code == 200
            assert requests.get(f"{case_url}/photos/0", headers=headers, timeout=30).status_code == 200


def test_a_volume_of_0_2_0_is_taken_over(serving: Image, state: Path) -> None:
    file = state / "majani.sqlite3"
    engine = connect(f"sqlite:///{file}")
    with engine.begin() as connection:
        config = migration._config()
        config.attributes["connection"] = connection
        command.upgrade(config, REVISION_0_2_0)
    known = MetaData()
    known.reflect(engine)
    with engine.begin() as connection:
        for name, values in contents():
            for start in range(0, len(values), AT_ONCE):
                connection.execute(insert(known.tables[name]).values(values[start : start + AT_ONCE]))
    engine.dispose()
    for path in state.iterdir():
        shutil.chown(path, ACCOUNT, ACCOUNT)
    with running(serving, state) as (url, _):
        for number in (1, CASES):
            headers = {"Authorization": f"Bearer case {number}"}
            assert requests.get(f"{url}/v1/diagnoses/{number:022}", headers=headers, timeout=30).status_code == 200
    listed = run(serving, ["majani-admin", "access", "list"], state)
    assert listed.returncode == 0
    assert b"desk 1" in listed.stdout


def test_leaflets_are_printed(engine: Engine, state: Path) -> None:
    printed = run(engine.build("leaflet"), ["tomato.late_blight", "--language", "ar", "--output", "-"], state)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith(b"%PDF-")


def test_archives_are_read(engine: Engine, state: Path) -> None:
    photos = state / "in"
    photos.mkdir()
    for photo in sorted(EXAMPLES.glob("*.webp"))[:10]:
        shutil.copy(photo, photos)
    shutil.chown(photos, ACCOUNT, ACCOUNT)
    done = run(engine.build("bulk"), ["bulk", f"{KEPT}/in", f"{KEPT}/out"], state)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(state / "out")["error"].to_pylist() == [None] * 10
