"""The job for archives and the job that trains: all is done, and a machine has what it reads and writes."""

import subprocess
from collections.abc import Mapping
from typing import Any

from majani import cli
from tests.deploy.dockerfile import last
from tests.deploy.manifests import manifests, only
from training.artifacts.files import HISTORY_FILE, NETWORK_FILE, PHOTOS_FILE, RAW_DIR, SPLITS_FILE
from training.dataset.loaders import WORK_DIR


def job(file: str) -> Mapping[str, Any]:
    (found,) = (manifest.content["spec"] for manifest in manifests() if manifest.file == file)
    return dict(found)


def container(one: Mapping[str, Any]) -> Mapping[str, Any]:
    (found,) = one["template"]["spec"]["containers"]
    return dict(found)


def test_pods_of_an_archive_share_all_of_it() -> None:
    bulk = job("bulk-job.yaml")
    assert bulk["completionMode"] == "Indexed"
    shell, option, script = container(bulk)["command"]
    parts = []
    for index in range(bulk["completions"]):
        # The shell counts, and says what it would run.
        words = subprocess.check_output(
            [shell, option, script.replace("exec", "echo", 1)], env={"JOB_COMPLETION_INDEX": str(index)}, text=True
        ).split()
        parts.append(cli.main.commands["bulk"].make_context("bulk", words[2:]).params["part"])
    assert parts == [(index + 1, bulk["completions"]) for index in range(bulk["completions"])]


def test_training_keeps_every_folder_that_it_reads_and_writes() -> None:
    (folder,) = last("training", "WORKDIR")
    training = job("training-job.yaml")
    mounted = {mount["mountPath"] for mount in container(training)["volumeMounts"] if mount["name"] == "work"}
    files = (PHOTOS_FILE, SPLITS_FILE, NETWORK_FILE, HISTORY_FILE)
    used = {*(file.parent for file in files), RAW_DIR, WORK_DIR.parent}
    assert mounted == {f"{folder}/{path}" for path in used}
    volumes = training["template"]["spec"]["volumes"]
    claims = [volume["persistentVolumeClaim"] for volume in volumes if "persistentVolumeClaim" in volume]
    assert claims == [{"claimName": only("PersistentVolumeClaim")["metadata"]["name"]}]
