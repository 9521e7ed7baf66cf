"""Every command and every program of ``docs/api.md`` works, against the real server with the shipped bundle and a real
photo; and every route has a command there.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from majani.decision.rules import Outcome
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect
from tests.absence import absent
from tests.documents import DOCS, code_blocks
from tests.pictures import PictureFactory
from tests.serving.live import ROOT, Server, serve

DOCUMENT = "api.md"
WRITTEN = "http://localhost:8000"
# As readers see them, an error's body would do; here it ends the commands.
STRICT = 'curl() { command curl --no-progress-meter --fail-with-body "$@"; }\n'


@dataclass(frozen=True)
class Desk:
    """Where a reader of the document sits."""

    server: Server
    folder: Path
    database_url: str
    access_token: str
    client_key: str

    def run(self, *command: str) -> str:
        """Run a program, and give what it printed; it fails as a whole if anything in it does."""
        environment = os.environ | {"ACCESS_TOKEN": self.access_token, "CLIENT_KEY": self.client_key}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def cases(self) -> int:
        engine = connect(self.database_url)
        with engine.connect() as connection:
            count = int(connection.scalar(text("SELECT count(*) FROM cases")) or 0)
        engine.dispose()
        return count

    def code(self, language: str) -> str:
        """All of the document in one language, in its order, for this server."""
        return "\n".join(block.code for block in code_blocks(DOCUMENT) if block.language == language).replace(
            WRITTEN, self.server.url
        )


@pytest.fixture(scope="module")
def desk(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    # One that is named.
    leaf, same_plant = sorted(mirror.glob("plantdoc/test/Potato leaf late blight/*.jpg"))[1:3]
    shutil.copy(leaf, folder / "leaf.jpg")
    shutil.copy(same_plant, folder / "same_plant.jpg")
    url = f"sqlite:///{folder / 'majani.sqlite3'}"
    with serve(ROOT / "models/current", database_url=url, photos_url=folder / "photos", log_level="ERROR") as server:
        engine = connect(url)
        roles = (Role.AGRONOMIST, Role.CLIENT)
        tokens = [AccessTokens(engine).create("desk", role, timedelta(days=1)) for role in roles]
        engine.dispose()
        yield Desk(server, folder, url, *tokens)


def needed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        absent(f"{program} is not installed")
    return found


@pytest.mark.mirror
def test_commands(desk: Desk) -> None:
    for program in ("curl", "jq", "openssl"):
        needed(program)
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
    ("language", "interpreter", "options"), [("python", sys.executable, ["-c"]), ("javascript", "node", ["-e"])]
)
def test_program(language: str, interpreter: str, options: list[str], desk: Desk) -> None:
    before = desk.cases()
    if language == "javascript":
        options = ["--no-warnings", "--input-type=module", *options]
    printed = desk.run(needed(interpreter), *options, desk.code(language)).splitlines()
    outcome, created_at = printed[0], printed[-1]
    assert outcome.startswith("condition ")
    # What to do today, between the two.
    assert len(printed) > 2
    assert re.match(r"\d{4}-\d\d-\d\dT", created_at)
    assert desk.cases() == before


def test_program_without_the_service(pictures: PictureFactory, tmp_path: Path) -> None:
    (tmp_path / "leaf.jpg").write_bytes(pictures.leaf())
    (tmp_path / "bundle").symlink_to(ROOT / "models/current")
    (program,) = (block.code for block in code_blocks(DOCUMENT) if block.language == "py")
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] in set(Outcome)


@pytest.mark.mirror
def test_every_route_has_a_command(desk: Desk) -> None:
    """Apart from those for machines, and addresses that other answers name."""
    commands = (
        desk.code("sh")
        .replace("$ANSWER", f"{desk.server.url}/v1/diagnoses/x")
        .replace("$VISIT", f"{desk.server.url}/v1/visits/x")
        .replace("$(jq -r .golden model.json)", "/v1/model/golden")
    )
    asked = "\n".join(re.findall(rf"{desk.server.url}(\S*)", commands.replace('"', " ").replace("'", " ")))
    for path in requests.get(f"{desk.server.url}/openapi.json", timeout=10).json()["paths"]:
        if path.startswith("/v1/") and not path.endswith((".onnx", ".safetensors", "/{file}")):
            pattern = re.sub(r"\{\w+\}", r"[\\w.]+", path)
            assert re.search(rf"^{pattern}(\?|$)", asked, re.MULTILINE), path


def test_the_document_names_no_other_address() -> None:
    addresses = set(re.findall(r"http://[\w.:]+", (DOCS / DOCUMENT).read_text(encoding="utf-8")))
    assert addresses == {WRITTEN}
