"""Example photos over HTTP: those of the shipped or an operator's list, kept for ever; nothing else of the disk."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from majani.text.example_photos import LIST_FILE, MAX_BYTES
from serving.i18n.examples import NO_EXAMPLES, find_examples
from tests.serving.conftest import MakeApp
from tests.tiny_examples import write_tiny_examples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_tiny_examples(tmp_path_factory.mktemp("served") / "examples")
    (folder.parent / "secret.webp").write_bytes(b"secret")
    (folder / "unlisted.webp").write_bytes(b"secret")
    return folder


@pytest.fixture(scope="module")
def client_with(make_app: MakeApp, folder: Path) -> FlaskClient:
    """Of a service whose operator passes some on."""
    return make_app(folder.parent, examples_dir=folder).test_client()


def test_listed_photos_are_sent_with_credit_and_kept_for_ever_and_nothing_else_is(
    client_with: FlaskClient, folder: Path
) -> None:
    examples = client_with.get("/v1/texts/sw").json["examples"]
    # As a list of release 0.2.0, which does not say so itself.
    assert '"bytes"' not in (folder / LIST_FILE).read_text()
    assert examples["bytes"] == sum((folder / file).stat().st_size for file in find_examples(folder).files)
    shown = examples["photos"]["bean.rust"][0]
    assert examples["sources"][shown["source"]]["authors"] == ["A. Drawer", "B. Drawer"]
    answer = client_with.get(f"/v1/examples/{shown['file']}")
    assert answer.data == (folder / shown["file"]).read_bytes()
    assert answer.mimetype == "image/webp"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for file in (
        "unlisted.webp",
        LIST_FILE,
        "../secret.webp",
        "..%2Fsecret.webp",
        "%2e%2e/secret.webp",
        "0" * 16 + ".webp",
    ):
        answer = client_with.get(f"/v1/examples/{file}")
        assert (answer.status_code, answer.json["code"]) == (404, "not_found"), file


def test_without_the_setting_there_are_the_shipped_ones_alone(client: FlaskClient, folder: Path) -> None:
    examples = client.get("/v1/texts/sw").json["examples"]
    shown = [photo["file"] for photos in examples["photos"].values() for photo in photos]
    answers = [client.get(f"/v1/examples/{file}") for file in shown]
    assert examples["bytes"] == sum(len(answer.data) for answer in answers) > 0
    assert {answer.mimetype for answer in answers} == {"image/webp"}
    assert client.get(f"/v1/examples/{next(folder.glob('*.webp')).name}").status_code == 404


def write(listed: Path, **parts: object) -> None:
    listed.write_text(json.dumps(json.loads(listed.read_text()) | parts))


FAULTS: dict[str, Callable[[Path, Path], object]] = {
    "no list": lambda listed, _: listed.unlink(),
    "photo elsewhere": lambda listed, _: write(
        listed, photos={"bean.rust": [{"file": "../secret.webp", "source": "drawn"}]}
    ),
    "no credit": lambda listed, _: write(listed, sources={}),
    "photo missing": lambda _, photo: photo.unlink(),
    "photo too large": lambda _, photo: photo.write_bytes(bytes(MAX_BYTES + 1)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_folder_that_cannot_be_used_leaves_the_service_without(
    folder: Path, tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    spoilt = Path(shutil.copytree(folder, tmp_path / "spoilt"))
    # Where one of the faults leads.
    (tmp_path / "secret.webp").write_bytes(b"secret")
    FAULTS[fault](spoilt / LIST_FILE, spoilt / min(find_examples(folder).files))
    assert find_examples(spoilt) == NO_EXAMPLES
    assert "example photos in" in caplog.text
