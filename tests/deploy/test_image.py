"""The image of the service, without a container engine: each stage of the Dockerfile as a folder of this machine.

What a stage copies is copied, what it runs is run there, and its own command starts the service. What belongs to the
system is left out: accounts, and the distribution's packages. That the service can write nowhere but where it keeps
things is seen where systemd starts it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import requests

from benchmarks.harness.port import free_port
from benchmarks.harness.waiting import wait_until_ready
from tests.absence import absent
from tests.deploy.dockerfile import ROOT, environment, health_check, last, sent_below, stages

pytestmark = pytest.mark.nightly

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10
HEAVY = {"torch", "torchvision", "timm", "pytorch-lightning", "dvc", "pandas", "pytest", "weasyprint"}
PHOTO = "ibean/test/healthy/*.jpg"
# Of what stages run, by its beginning: what is run here, and what is not.
RUN = ("pip install", "python -m compileall", "npm run")
LEFT_OUT = ("groupadd", "npm ci")
# A folder that the image keeps things in, which is a volume there.
KEPT = "/var/lib/majani"
# What this machine needs to reach its package registries; nothing else that this process was given is passed on.
FREE_ENVIRONMENT = ("PATH", "PIP_", "LANG", "SSL_", "REQUESTS_", "HTTP", "http", "NO_PROXY", "no_proxy")


@dataclass
class Build:
    """One stage, and with which programs it is built and run."""

    root: Path
    programs: Path
    folder: PurePosixPath = field(default_factory=lambda: PurePosixPath("/"))

    def build(self, name: str, **others: Path) -> None:
        """Follow the stage's instructions; those of its bases are not among them."""
        for instruction in stages()[name].instructions:
            if instruction.keyword == "WORKDIR":
                self.folder /= instruction.value
                self.here().mkdir(parents=True, exist_ok=True)
            elif instruction.keyword == "COPY":
                self._copy(instruction.words, others)
            elif instruction.keyword == "RUN" and not instruction.value.startswith(LEFT_OUT):
                # A person must look at a new kind of command before tests run it.
                assert instruction.value.startswith(RUN), f"neither to be run here nor to be left out: {instruction}"
                subprocess.run(["sh", "-ec", instruction.value], cwd=self.here(), env=self.environment, check=True)

    def here(self, path: str = "") -> Path:
        return self.root / (self.folder / path).relative_to("/")

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name.startswith(FREE_ENVIRONMENT)}
        # Python compiles what it imports by itself.
        return kept | {"PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}", "PIP_NO_COMPILE": "1"}

    def _copy(self, words: list[str], others: dict[str, Path]) -> None:
        option, *found = words[:-1]
        to = self.here(words[-1])
        if option.startswith("--from="):
            shutil.copytree(others[option.partition("=")[2]] / found[0].removeprefix("/"), to)
            return
        for source in (option, *found):
            for file in sent_below(source):
                into = to / Path(file).relative_to(source) if (ROOT / source).is_dir() else to
                # A folder, if it is written as one.
                into = into / Path(file).name if words[-1].endswith("/") and into == to else into
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, into, follow_symlinks=False)


@dataclass(frozen=True)
class Container:
    """The built service, which keeps things in a folder of its own and listens on this machine alone."""

    build: Build
    state: Path
    port: int = field(default_factory=free_port)

    def start(self, words: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        own = {key: value.replace(KEPT, str(self.state)) for key, value in environment("serving").items()}
        own |= {"HOST": "127.0.0.1", "PORT": str(self.port), "HOME": "/nonexistent"}
        return subprocess.Popen(words, cwd=self.build.here(), env=self.build.environment | own, **options)

    def run(self, words: list[str]) -> tuple[int, bytes]:
        """Until it ends; gives its status and what it said."""
        process = self.start(words, stdout=subprocess.PIPE)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Container:
    """Built with the stage of the phone app and with a fresh Python without any packages."""
    if shutil.which("npm") is None or not (ROOT / "web/node_modules").is_dir():
        absent("Node.js or the phone app's packages are missing; see `make app`")
    folder = tmp_path_factory.mktemp("image")
    packages = folder / "app/build/web/node_modules"
    packages.parent.mkdir(parents=True)
    # In place of `npm ci`.
    packages.symlink_to(ROOT / "web/node_modules")
    Build(folder / "app", Path("/usr/bin")).build("app")
    interpreter = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    subprocess.run([interpreter, "-m", "venv", folder / "python"], check=True)
    build = Build(folder / "serving", folder / "python/bin")
    build.build("serving", app=folder / "app")
    (folder / "state").mkdir()
    return Container(build, folder / "state")


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


def test_nothing_heavy_is_installed_and_operators_commands_run(container: Container) -> None:
    _, listed = container.run(["pip", "list", "--format", "json"])
    installed = {entry["name"].lower() for entry in json.loads(listed)}
    assert {"majani", "flask", "onnxruntime", "obstore"} <= installed
    assert HEAVY.isdisjoint(installed)
    for command in ("upgrade", "forget"):
        assert container.run(["majani-admin", "store", command])[0] == 0


@pytest.mark.usefixtures("url")
def test_it_is_healthy_while_it_runs_and_not_when_nobody_answers(container: Container) -> None:
    assert container.run(health_check("serving"))[0] == 0
    assert replace(container, port=free_port()).run(health_check("serving"))[0] != 0


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
