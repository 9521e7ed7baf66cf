"""Bundles from the Hugging Face Hub: laid out by the release, fetched by the hub's own library from a local server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner

from majani.decision.diagnoser import Diagnoser
from majani.errors import BundleError
from majani.model.bundle import MANIFEST_FILE, MODEL_FILE, read_bundle
from tests.http_server import running
from tests.training.hubs import COMMIT, Hubs
from training.release.hub import main as lay_out

ROOT = Path(__file__).parents[3]
FETCH = """
import sys
from majani import Diagnoser
try:
    print(Diagnoser.from_pretrained("majani/leaves", revision=sys.argv[1]).manifest.version)
except Exception as error:
    print(getattr(error, "code", error))
"""


def fetch(hub: Hubs, home: Path, revision: str = "v1") -> str:
    """What a program gets whose cache of the hub lies below ``home``: the bundle's version or an error's code."""
    environment = os.environ | {"HF_ENDPOINT": hub.url, "HF_HOME": str(home)}
    command = [sys.executable, "-c", FETCH, revision]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def laid_out(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as the release lays it out."""
    folder, bundle = tmp_path_factory.mktemp("hub"), tmp_path_factory.mktemp("released")
    for name in (MODEL_FILE, MANIFEST_FILE):
        (bundle / name).write_bytes((tiny_bundle_dir / name).read_bytes())
    (bundle / "MODEL_CARD.md").write_text("# A card\n", encoding="utf-8")
    with chdir(ROOT):
        assert CliRunner().invoke(lay_out, [str(folder), "--bundle", str(bundle)]).exit_code == 0
    return folder


@pytest.fixture
def hub(laid_out: Path) -> Iterator[Hubs]:
    """A hub with one model, whose branch ``main`` and tag ``v1`` are one commit."""
    files = {path.name: path.read_bytes() for path in laid_out.iterdir()}
    with running(Hubs()) as server:
        server.offer_repository("models", "majani/leaves", files, revisions=["main", "v1"])
        yield server


def test_a_repository_is_fetched_once_without_its_card_and_kept(hub: Hubs, laid_out: Path, tmp_path: Path) -> None:
    version = read_bundle(laid_out).manifest.version
    assert fetch(hub, tmp_path) == version
    files = [address for address, _ in hub.asked if "/resolve/" in address]
    assert {address.rpartition("/")[2] for address in files} == {MODEL_FILE, MANIFEST_FILE}
    hub.asked.clear()
    assert fetch(hub, tmp_path) == version
    assert not [address for address, _ in hub.asked if "/resolve/" in address]
    hub.answers.clear()
    assert fetch(hub, tmp_path) == version, "while the hub has nothing, what was fetched before answers"


def test_a_newer_one_that_does_not_arrive_whole_takes_nothing_away(hub: Hubs, laid_out: Path, tmp_path: Path) -> None:
    version, newer = fetch(hub, tmp_path, "main"), "d" * 40
    files = {path.name: path.read_bytes() + b"\n" for path in laid_out.iterdir()}
    hub.offer_repository("models", "majani/leaves", files, revisions=["main"], commit=newer)
    del hub.answers[f"/majani/leaves/resolve/{newer}/{MODEL_FILE}"]
    assert fetch(hub, tmp_path, "main") == version
    hub.answers.clear()
    assert fetch(hub, tmp_path, "main") == version


def test_what_cannot_be_fetched_or_trusted_is_no_bundle(hub: Hubs, tmp_path: Path) -> None:
    assert fetch(hub, tmp_path / "other", revision="absent") == "bundle_invalid"
    model = f"/majani/leaves/resolve/{COMMIT}/{MODEL_FILE}"
    *head, content = hub.answers[model]
    hub.answers[model] = (*head, content[::-1])
    assert fetch(hub, tmp_path / "altered") == "bundle_invalid"


def test_a_folder_goes_before_a_repository(tiny_bundle_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_bundle_dir.parent.parent)
    name = "/".join(tiny_bundle_dir.parts[-2:])
    assert Diagnoser.from_pretrained(name).manifest == Diagnoser.from_pretrained(tiny_bundle_dir).manifest


def test_only_of_a_repository_without_the_hubs_library_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for folder in ("absent", "a/b/absent", Path("a/absent")):
        with pytest.raises(BundleError, match=r"manifest\.json"):
            Diagnoser.from_pretrained(folder)
    with pytest.raises(BundleError, match=r"pip install 'majani\[hub\]'"):
        Diagnoser.from_pretrained("majani/leaves")
