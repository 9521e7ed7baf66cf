"""Commands that speak with the object store, run as they stand against one that speaks S3."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import s3fs

from benchmarks.harness import s3_server
from benchmarks.harness.s3_server import S3Server
from majani.model.bundle import MANIFEST_FILE, read_bundle
from tests.deploy.manifests import ROOT, only, services
from tests.deploy.test_kubernetes import settings

MODELS = "majani-models"


@pytest.fixture(scope="module")
def store() -> Iterator[S3Server]:
    with s3_server.run_server() as server:
        yield server


@pytest.fixture(scope="module")
def files(store: S3Server) -> s3fs.S3FileSystem:
    client = store.client()
    client.makedirs(MODELS)
    return client


def run(words: list[str], store: S3Server, **variables: str) -> subprocess.CompletedProcess[str]:
    assert words[0] == "python"
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | store.environment
    return subprocess.run(
        [sys.executable, *words[1:]],
        cwd=ROOT,
        env=own | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def fetch(url: str, target: Path, store: S3Server) -> subprocess.CompletedProcess[str]:
    """Run what a replica does before it starts."""
    (init,) = only("Deployment")["spec"]["template"]["spec"]["initContainers"]
    words = [word.replace("/bundle", str(target)) for word in init["command"]]
    assert words != init["command"]
    return run(words, store, BUNDLE_URL=url)


def test_the_bucket_is_a_folder_of_the_object_store() -> None:
    objects, bucket = services()["objects"], services()["bucket"]
    url = services()["replica-1"]["environment"]["MAJANI_PHOTOS_URL"]
    assert bucket["volumes"] == objects["volumes"]
    assert bucket["entrypoint"] == ["mkdir", "-p", f"{objects['command'][-1]}/{url.removeprefix('s3://')}"]
    assert bucket["image"] == objects["image"]


def test_a_bundle_is_fetched_from_the_object_store_and_a_broken_one_stops_the_replica(
    store: S3Server, files: s3fs.S3FileSystem, tiny_bundle_dir: Path, tmp_path: Path
) -> None:
    files.put(f"{tiny_bundle_dir}/", f"{MODELS}/good/", recursive=True)
    done = fetch(f"s3://{MODELS}/good", tmp_path / "good", store)
    assert done.returncode == 0, done.stderr
    assert read_bundle(tmp_path / "good").manifest == read_bundle(tiny_bundle_dir).manifest
    files.put(str(tiny_bundle_dir / MANIFEST_FILE), f"{MODELS}/broken/{MANIFEST_FILE}")
    assert fetch(f"s3://{MODELS}/broken", tmp_path / "broken", store).returncode != 0


def test_without_a_setting_it_is_the_image_s(store: S3Server, tmp_path: Path) -> None:
    done = fetch(settings()["BUNDLE_URL"], tmp_path, store)
    assert done.returncode == 0, done.stderr
    assert read_bundle(tmp_path).manifest == read_bundle(ROOT / "models/current").manifest
