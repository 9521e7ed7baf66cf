"""Jobs for Ray: what KubeRay's operator needs of them, and that every machine has what they read and write."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.deploy.dockerfile import ROOT, environment, last
from tests.deploy.manifests import manifests, only
from training.dataset.loaders import WORK_DIR
from training.dataset.soft_labels import OPINIONS_DIR
from training.stages.curate import CURATED_DIR, RAW_DIR
from training.stages.split import SPLITS_DIR
from training.stages.train import HISTORY_FILE, TRAINED_DIR

JOBS = {one.file: one.content["spec"] for one in manifests() if one.kind == "RayJob"}
BOTH = pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)


def groups(job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    cluster = job["rayClusterSpec"]
    return [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]


def container(group: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first is Ray's."""
    found: Mapping[str, Any] = group["template"]["spec"]["containers"][0]
    return found


def test_there_are_two() -> None:
    assert list(JOBS) == ["ray-job-bulk.yaml", "ray-job-training.yaml"]


@BOTH
def test_its_cluster_goes_with_it(job: Mapping[str, Any]) -> None:
    assert job["shutdownAfterJobFinishes"] is True
    # A pod that handed it over would have no security context, and the namespace would refuse it.
    assert job["submissionMode"] == "HTTPMode"


@BOTH
def test_its_version_is_the_image_s(job: Mapping[str, Any]) -> None:
    pinned = re.search(r"^ray==(.+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned is not None
    assert job["rayClusterSpec"]["rayVersion"] == pinned[1]


@BOTH
def test_only_workers_work(job: Mapping[str, Any]) -> None:
    head, *workers = groups(job)
    assert head["rayStartParams"]["num-cpus"] == "0"
    for group in workers:
        assert group["minReplicas"] == group["replicas"] == group["maxReplicas"] == 2
        assert group["groupName"]


@BOTH
def test_all_its_machines_are_alike(job: Mapping[str, Any]) -> None:
    head, *workers = map(container, groups(job))
    for other in workers:
        for what in ("image", "env", "envFrom", "volumeMounts"):
            assert other[what] == head[what]


@BOTH
def test_probes_need_no_program_that_the_image_lacks(job: Mapping[str, Any]) -> None:
    for one in map(container, groups(job)):
        for probe in ("readinessProbe", "livenessProbe"):
            assert one[probe]["httpGet"]["path"] == "/api/local_raylet_healthz"


def test_training_has_as_many_workers_as_processes() -> None:
    job = JOBS["ray-job-training.yaml"]
    (workers,) = job["rayClusterSpec"]["workerGroupSpecs"]
    assert job["entrypoint"].endswith(f"--processes {workers['replicas']}")


def test_training_shares_every_folder_that_it_reads_and_writes() -> None:
    (folder,) = last("training", "WORKDIR")
    (group, _) = groups(JOBS["ray-job-training.yaml"])
    mounted = {mount["mountPath"] for mount in container(group)["volumeMounts"] if mount["name"] == "work"}
    used = {CURATED_DIR, OPINIONS_DIR, RAW_DIR, SPLITS_DIR, TRAINED_DIR, HISTORY_FILE.parent, WORK_DIR.parent}
    assert mounted == {f"{folder}/{path}" for path in used}


def test_training_s_volume_is_described() -> None:
    claim = only("PersistentVolumeClaim")
    (group, _) = groups(JOBS["ray-job-training.yaml"])
    claims = [v["persistentVolumeClaim"] for v in group["template"]["spec"]["volumes"] if "persistentVolumeClaim" in v]
    assert claims == [{"claimName": claim["metadata"]["name"]}]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]


@pytest.mark.parametrize("name", ["bulk", "training"])
def test_ray_reports_to_nobody(name: str) -> None:
    assert environment(name)["RAY_USAGE_STATS_ENABLED"] == "0"
