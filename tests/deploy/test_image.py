"""The image of the service, without a container engine. The Dockerfile's own lines build it in a read-only folder, and
its own command runs it as its own account.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from benchmarks.harness.waiting import wait_until_ready
from tests.absence import absent
from tests.deploy.dockerfile import ROOT, health_check, last
from tests.deploy.image import Build, Container, new_programs

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10
HEAVY = {"torch", "torchvision", "timm", "pytorch-lightning", "dvc", "pandas", "pytest", "weasyprint"}
PHOTO = "ibean/test/healthy/*.jpg"


@pytest.fixture(scope="module")
def outside() -> Iterator[Path]:
    # Not pytest's folder, which other accounts cannot enter.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def phone_app(outside: Path) -> Path:
    """The stage that builds the phone app; gives what stands for its ``/``."""
    if shutil.which("npm") is None or not (ROOT / "web/node_modules").is_dir():
        absent("Node.js or the phone app's packages are missing; see `make app`")
    build = Build(outside / "app", Path("/usr/bin"))
    packages = build.root / "build/web/node_modules"
    packages.parent.mkdir(parents=True)
    # In place of `npm ci`.
    packages.symlink_to(ROOT / "web/node_modules")
    build.build("app")
    return build.root


@pytest.fixture(scope="module")
def container(outside: Path, phone_app: Path) -> Container:
    build = Build(outside / "serving", new_programs(outside), {"app": phone_app})
    build.build("serving")
    state = outside / "state"
    state.mkdir(mode=0o700)
    built = Container("serving", build.working_folder, build.programs, state)
    built.close()
    return built


@pytest.fixture(scope="module")
def url(container: Container) -> Iterator[str]:
    """The service, started as the image starts it."""
    process = container.start(last("serving", "CMD"))
    address = f"http://127.0.0.1:{container.port}"
    try:
        wait_until_ready(address, process, timeout_s=START_TIMEOUT_S)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=STOP_TIMEOUT_S)


def test_nothing_heavy_is_installed_and_nobody_may_write_to_it(container: Container) -> None:
    installed = {
        entry["name"].lower() for entry in json.loads(container.run(["pip", "list", "--format", "json"]).stdout)
    }
    assert {"majani", "flask", "onnxruntime", "obstore"} <= installed
    assert HEAVY.isdisjoint(installed)
    assert container.run(["sh", "-c", "echo > written"]).returncode != 0
    assert not (container.folder / "written").exists()


@pytest.mark.usefixtures("url")
def test_it_is_healthy_while_it_runs_and_not_when_nobody_answers(container: Container) -> None:
    done = container.run(health_check("serving"))
    assert done.returncode == 0, done.stderr
    nobody = Container(container.name, container.folder, container.programs, container.state)
    assert nobody.run(health_check("serving")).returncode != 0


@pytest.mark.mirror
def test_it_answers_a_real_photo_and_keeps_it(mirror: Path, container: Container, url: str) -> None:
    photo = sorted(mirror.glob(PHOTO))[0].read_bytes()
    headers = {"Content-Type": "image/jpeg"}
    answer = requests.post(f"{url}/v1/diagnoses?crop=bean&consent=photos", photo, headers=headers, timeout=30)
    assert answer.status_code == 201, answer.text
    assert answer.json()["outcome"] in ("healthy", "condition", "uncertain")
    token = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert requests.get(f"{url}/v1/diagnoses/{answer.json()['id']}", headers=token, timeout=30).status_code == 200
    assert len(list((container.state / "photos").rglob("*.jpg"))) == 1


def test_it_has_the_example_photos_and_the_phone_app(url: str) -> None:
    examples = requests.get(f"{url}/v1/texts/en", timeout=30).json()["examples"]
    file = examples["photos"]["bean.rust"][0]["file"]
    assert requests.get(f"{url}/v1/examples/{file}", timeout=30).headers["Content-Type"] == "image/webp"
    page = requests.get(f"{url}/", timeout=30)
    assert page.status_code == 200
    script = next(word for word in page.text.split('"') if word.startswith("/app/assets/") and word.endswith(".js"))
    assert requests.get(url + script, timeout=30).status_code == 200


def test_operators_commands_run(container: Container) -> None:
    for command in ("upgrade", "forget"):
        done = container.run(["majani-admin", "store", command])
        assert done.returncode == 0, done.stderr
