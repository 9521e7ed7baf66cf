"""The README's commands, and a client in Python that is generated from the description that the service serves.

That proves the description to be one that programs can be made from. The generator knows no media types of pictures.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect
from tests.absence import absent
from tests.pictures import PictureFactory
from tests.serving.live import ROOT, serve

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


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of the service, and a program's key for it."""
    folder = tmp_path_factory.mktemp("shipped")
    url = f"sqlite:///{folder / 'majani.sqlite3'}"
    with serve(ROOT / "models/current", database_url=url, photos_url=folder / "photos", log_level="ERROR") as server:
        engine = connect(url)
        key = AccessTokens(engine).create("program", Role.CLIENT, timedelta(days=1))
        engine.dispose()
        yield server.url, key


def test_a_generated_client_asks_as_the_readme_does(
    asked: tuple[str, str], pictures: PictureFactory, tmp_path: Path
) -> None:
    (tmp_path / "leaf.jpg").write_bytes(pictures.leaf())
    (tmp_path / "generator.json").write_text(json.dumps({"content_type_overrides": PICTURES}))
    generator = [sys.executable, "-m", "openapi_python_client", "generate", "--url", f"{asked[0]}/openapi.json"]
    options = ["--meta", "none", "--output-path", "majani_client", "--config", "generator.json"]
    run(tmp_path, *generator, *options, "--fail-on-warning")
    outcome, _, *others = run(tmp_path, sys.executable, "-c", PROGRAM, *asked).splitlines()
    assert re.fullmatch(r"\w+ .* True", outcome)
    assert others == ["right", "True crop_unknown", "True True", "True"]


def test_the_readmes_leaf_is_asked_about_as_typed(asked: tuple[str, str]) -> None:
    if shutil.which("curl") is None:
        absent("curl is not installed")
    readme = (ROOT / "README.md").read_text("utf-8")
    asking, telling = re.findall(r"^(curl .*|\S*majani diagnose [^#\n]*)", readme, re.MULTILINE)
    typed = asking.replace("curl ", "curl --fail --silent ").replace("http://localhost:8000", asked[0])
    said = json.loads(run(ROOT, *typed.split()))
    typed = telling.replace(".venv/bin/majani", str(Path(sys.executable).with_name("majani"))) + " --json"
    told = json.loads(run(ROOT, *typed.split()))
    assert (said["condition"]["id"], said["crop_hint"]) == ("groundnut.rust", "groundnut")
    assert told["outcome"] == said["outcome"]


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
