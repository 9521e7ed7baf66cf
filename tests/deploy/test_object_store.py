"""Commands that speak with the object store, run as they stand against one that speaks S3."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import s3_server
from benchmarks.harness.s3_server import S3Server
from majani.model.bundle import MANIFEST_FILE, read_bundle
from tests.deploy.dockerfile import ROOT
from tests.deploy.manifests import replica, services
from tests.deploy.test_kubernetes import settings

MODELS = "majani-models"


def fetch(url: str, target: Path, store: S3Server) -> subprocess.CompletedProcess[str]:
    """Run what a replica does before it starts."""
    (init,) = replica()["initContainers"]
    python, *words = [word.replace("/bundle", str(target)) for word in init["command"]]
    assert [python, *words] != init["command"]
    assert python == "python"
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own |= {**store.environment, "BUNDLE_URL": url}
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=60, check=False)


def test_the_bucket_is_a_folder_of_the_object_store() -> None:
    objects, bucket = services()["objects"], services()["bucket"]
    url = services()["replica-1"]["environment"]["MAJANI_PHOTOS_URL"]
    assert bucket["volumes"] == objects["volumes"]
    assert bucket["entrypoint"] == ["mkdir", "-p", f"{objects['command'][-1]}/{url.removeprefix('s3://')}"]
    assert bucket["image"] == objects["image"]


def test_a_bundle_comes_from_the_object_store_or_the_image_and_a_broken_one_stops_the_replica(
    tiny_bundle_dir: Path, tmp_path: Path
) -> None:
    good, broken, own = tmp_path / "good", tmp_path / "broken", tmp_path / "own"
    with s3_server.run_server() as store:
        files = store.client()
        files.makedirs(MODELS)
        files.put(f"{tiny_bundle_dir}/", f"{MODELS}/good/", recursive=True)
        files.put(str(tiny_bundle_dir / MANIFEST_FILE), f"{MODELS}/broken/{MANIFEST_FILE}")
        for url, target in (f"s3://{MODELS}/good", good), (settings()["BUNDLE_URL"], own):
            done = fetch(url, target, store)
            assert done.returncode == 0, done.stderr
        assert fetch(f"s3://{MODELS}/broken", broken, store).returncode != 0
    assert read_bundle(good).manifest == read_bundle(tiny_bundle_dir).manifest
    assert read_bundle(own).manifest == read_bundle(ROOT / "models/current").manifest
