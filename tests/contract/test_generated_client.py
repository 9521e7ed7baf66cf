"""A client in Python, generated from the description that the service serves, asks it what the README asks, and more.

That proves the description to be one that programs can be made from. The generator knows no media types of pictures.
"""

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect
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


@pytest.fixture
def folder(tmp_path: Path, pictures: PictureFactory) -> Path:
    (tmp_path / "leaf.jpg").write_bytes(pictures.leaf())
    (tmp_path / "generator.json").write_text(json.dumps({"content_type_overrides": PICTURES}))
    return tmp_path


def test_it_asks_as_the_readme_does(folder: Path) -> None:
    url = f"sqlite:///{folder / 'majani.sqlite3'}"
    with serve(ROOT / "models/current", database_url=url, photos_url=folder / "photos", log_level="ERROR") as server:
        engine = connect(url)
        key = AccessTokens(engine).create("program", Role.CLIENT, timedelta(days=1))
        engine.dispose()
        generator = [sys.executable, "-m", "openapi_python_client", "generate", "--url", f"{server.url}/openapi.json"]
        options = ["--meta", "none", "--output-path", "majani_client", "--config", "generator.json"]
        run(folder, *generator, *options, "--fail-on-warning")
        printed = run(folder, sys.executable, "-c", PROGRAM, server.url, key)
    outcome, _, *others = printed.splitlines()
    assert re.fullmatch(r"\w+ .* True", outcome)
    assert others == ["right", "True crop_unknown", "True True", "True"]


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
