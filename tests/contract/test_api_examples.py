"""Every command and every program of ``docs/api.md`` and of the README works, against the real server with the shipped
bundle, and every route has a command there; and so does a client that is generated from the served description.
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from majani.decision.grades import Grade
from majani.decision.rules import Outcome
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect
from tests.absence import absent
from tests.documents import DOCS, code_blocks
from tests.pictures import PictureFactory
from tests.serving.live import ROOT, serve

DOCUMENT = "api.md"
WRITTEN = "http://localhost:8000"
# As readers see them, an error's body would do; here it ends the commands.
STRICT = 'curl() { command curl --no-progress-meter --fail-with-body "$@"; }\n'
# The generator knows no media types of pictures.
PICTURES = dict.fromkeys(("image/*", "image/jpeg", "image/png", "image/webp"), "application/octet-stream")
PROGRAM = """
import sys
from pathlib import Path

from majani_client import AuthenticatedClient, Client
from majani_client.api.diagnoses import diagnose, get_diagnosis, get_photo, give_feedback, list_diagnoses
from majani_client.models import DiagnoseConsentItem, DiagnoseFilesBody, DiagnoseResponse422
from majani_client.models import FeedbackVerdict, NewFeedback
from majani_client.types import File

url, key = sys.argv[1:]
photo = File(Path("leaf.jpg").read_bytes(), "leaf.jpg", "image/jpeg")

# curl -F photo=@leaf.jpg -F crop=bean http://localhost:8000/v1/diagnoses
answer = diagnose.sync(client=Client(url), body=DiagnoseFilesBody([photo], "bean"))
print(answer.outcome, answer.candidates[0].name, answer.candidates[0].eppo, answer.photos[0].id == answer.id + ".0")

own = AuthenticatedClient(url, answer.token)
print(get_diagnosis.sync(answer.id, client=own, language="sw").candidates[0].name)
print(give_feedback.sync(answer.id, client=own, body=NewFeedback(FeedbackVerdict.RIGHT)).verdict)

refused = diagnose.sync(client=Client(url), body=DiagnoseFilesBody([photo], "no_crop"))
print(isinstance(refused, DiagnoseResponse422), refused.code.value)

program = AuthenticatedClient(url, key)
kept = diagnose.sync(client=program, body=photo, consent=[DiagnoseConsentItem.PHOTOS])
[listed] = list_diagnoses.sync(client=program).diagnoses
print(listed.id == kept.id, listed.photos == [kept.photos[0].id])
shown = get_photo.sync(kept.id, 0, client=AuthenticatedClient(url, kept.token))
print(shown.payload.read(2) == bytes.fromhex("ffd8"))
"""


@dataclass(frozen=True)
class Desk:
    """Where a reader of the documents sits."""

    url: str
    folder: Path
    access_token: str
    client_key: str
    # Of a program that has asked nothing yet.
    own_key: str

    def run(self, *command: str, folder: Path | None = None) -> str:
        """Run a program, and give what it printed; it fails as a whole if anything in it does."""
        if shutil.which(command[0]) is None:
            absent(f"{command[0]} is not installed")
        # The generator of clients calls ruff, which need not be on the path of who runs the tests.
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        own = os.environ | {"PATH": path, "ACCESS_TOKEN": self.access_token, "CLIENT_KEY": self.client_key}
        done = subprocess.run(
            command, cwd=folder or self.folder, env=own, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def cases(self) -> int:
        [[count]] = sqlite3.connect(self.folder / "majani.sqlite3").execute("SELECT count(*) FROM cases")
        return int(count)

    def code(self, language: str) -> str:
        """All of the document in one language, in its order, for this server."""
        if language == "javascript":
            return (DOCS / "ask.mjs").read_text(encoding="utf-8").replace(WRITTEN, self.url)
        return "\n".join(block.code for block in code_blocks(DOCUMENT) if block.language == language).replace(
            WRITTEN, self.url
        )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    url = f"sqlite:///{folder / 'majani.sqlite3'}"
    with serve(ROOT / "models/current", database_url=url, photos_url=folder / "photos", log_level="ERROR") as server:
        engine = connect(url)
        roles = (Role.AGRONOMIST, Role.CLIENT, Role.CLIENT)
        tokens = [AccessTokens(engine).create("desk", role, timedelta(days=1)) for role in roles]
        engine.dispose()
        yield Desk(server.url, folder, *tokens)


@pytest.fixture(scope="module")
def with_photos(desk: Desk, mirror: Path) -> Desk:
    # One that is named.
    photos = sorted(mirror.glob("plantdoc/test/Potato leaf late blight/*.jpg"))[1:3]
    for photo, name in zip(photos, ("leaf.jpg", "same_plant.jpg"), strict=True):
        shutil.copy(photo, desk.folder / name)
    return desk


@pytest.mark.mirror
def test_commands(with_photos: Desk) -> None:
    desk = with_photos
    for program in ("curl", "jq", "openssl"):
        if shutil.which(program) is None:
            absent(f"{program} is not installed")
    before = desk.cases()
    printed = desk.run("bash", "-euo", "pipefail", "-c", STRICT + desk.code("sh"))
    assert '"code"' not in printed
    assert "model.onnx: OK" in printed
    # Three without a key and that of the program stay; the one with a key came once and is deleted.
    assert desk.cases() == before + 4
    assert (desk.folder / "heatmap.png").read_bytes().startswith(b"\x89PNG")
    assert (desk.folder / "photo.jpg").read_bytes().startswith(b"\xff\xd8")
    assert (desk.folder / "first_part.onnx").stat().st_size == 100_000


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("language", "interpreter", "options"),
    [
        ("python", sys.executable, ["-c"]),
        ("javascript", "node", ["--no-warnings", "--input-type=module", "-e"]),
    ],
)
def test_program(language: str, interpreter: str, options: list[str], with_photos: Desk) -> None:
    before = with_photos.cases()
    printed = with_photos.run(interpreter, *options, with_photos.code(language)).splitlines()
    grade, created_at = printed[0].split()[0], printed[-1]
    assert grade in set(Grade)
    # What to do today, between the two.
    assert len(printed) > 2
    assert re.match(r"\d{4}-\d\d-\d\dT", created_at)
    assert with_photos.cases() == before


def test_program_without_the_service(desk: Desk, pictures: PictureFactory, tmp_path: Path) -> None:
    (tmp_path / "leaf.jpg").write_bytes(pictures.leaf())
    (tmp_path / "bundle").symlink_to(ROOT / "models/current")
    assert desk.run(sys.executable, "-c", desk.code("py"), folder=tmp_path).split()[0] in set(Outcome)


def test_a_generated_client_asks_as_the_readme_does(desk: Desk, pictures: PictureFactory, tmp_path: Path) -> None:
    (tmp_path / "leaf.jpg").write_bytes(pictures.leaf())
    (tmp_path / "generator.json").write_text(json.dumps({"content_type_overrides": PICTURES}))
    generator = [sys.executable, "-m", "openapi_python_client", "generate", "--url", f"{desk.url}/openapi.json"]
    options = ["--meta", "none", "--output-path", "majani_client", "--config", "generator.json"]
    desk.run(*generator, *options, "--fail-on-warning", folder=tmp_path)
    printed = desk.run(sys.executable, "-c", PROGRAM, desk.url, desk.own_key, folder=tmp_path)
    outcome, _, *others = printed.splitlines()
    assert re.fullmatch(r"\w+ .* True", outcome)
    assert others == ["right", "True crop_unknown", "True True", "True"]


def test_the_readmes_leaf_is_asked_about_as_typed(desk: Desk) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    asking, telling = re.findall(r"^(curl .*|\S*majani diagnose [^#\n]*)", readme, re.MULTILINE)
    typed = asking.replace("curl ", "curl --fail --silent ").replace(WRITTEN, desk.url)
    said = json.loads(desk.run(*typed.split(), folder=ROOT))
    typed = telling.replace(".venv/bin/majani", str(Path(sys.executable).with_name("majani"))) + " --json"
    told = json.loads(desk.run(*typed.split(), folder=ROOT))
    assert (said["condition"]["id"], said["crop_hint"]) == ("groundnut.rust", "groundnut")
    assert told["outcome"] == said["outcome"]


def test_every_route_has_a_command(desk: Desk) -> None:
    """Apart from those for machines, and addresses that other answers name."""
    commands = (
        desk.code("sh")
        .replace("$ANSWER", f"{desk.url}/v1/diagnoses/x")
        .replace("$VISIT", f"{desk.url}/v1/visits/x")
        .replace("$(jq -r .golden model.json)", "/v1/model/golden")
    )
    asked = "\n".join(re.findall(rf"{desk.url}(\S*)", commands.replace('"', " ").replace("'", " ")))
    for path in requests.get(f"{desk.url}/openapi.json", timeout=10).json()["paths"]:
        if path.startswith("/v1/") and not path.endswith((".onnx", ".safetensors", "/{file}")):
            pattern = re.sub(r"\{\w+\}", r"[\\w.]+", path)
            assert re.search(rf"^{pattern}(\?|$)", asked, re.MULTILINE), path


def test_the_document_names_no_other_address() -> None:
    addresses = set(re.findall(r"http://[\w.:]+", (DOCS / DOCUMENT).read_text(encoding="utf-8")))
    assert addresses == {WRITTEN}
