"""The job for Ray and the job that trains: what KubeRay needs, and that a machine has what it reads and writes."""

import re
from collections.abc import Mapping
from typing import Any

from tests.deploy.dockerfile import ROOT, environment, last
from tests.deploy.manifests import manifests, only
from training.artifacts import HISTORY_FILE, NETWORK_FILE, PHOTOS_FILE, RAW_DIR, SPLITS_FILE
from training.dataset.loaders import WORK_DIR

(JOB,) = (one.content["spec"] for one in manifests() if one.kind == "RayJob")
HEAD, *WORKERS = JOB["rayClusterSpec"]["headGroupSpec"], *JOB["rayClusterSpec"]["workerGroupSpecs"]


def container(group: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first is Ray's."""
    found: Mapping[str, Any] = group["template"]["spec"]["containers"][0]
    return found


def test_its_cluster_goes_with_it() -> None:
    assert JOB["shutdownAfterJobFinishes"] is True
    # A pod that handed it over would have no security context, and the namespace would refuse it.
    assert JOB["submissionMode"] == "HTTPMode"


def test_its_version_is_the_image_s() -> None:
    pinned = re.search(r"^ray==(.+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned is not None
    assert JOB["rayClusterSpec"]["rayVersion"] == pinned[1]


def test_only_workers_work_and_all_machines_are_alike() -> None:
    assert HEAD["rayStartParams"]["num-cpus"] == "0"
    for group in WORKERS:
        assert group["minReplicas"] == group["replicas"] == group["maxReplicas"] == 2
        for what in ("image", "env", "envFrom", "volumeMounts"):
            assert container(group)[what] == container(HEAD)[what]


def test_probes_need_no_program_that_the_image_lacks() -> None:
    for one in map(container, (HEAD, *WORKERS)):
        for probe in ("readinessProbe", "livenessProbe"):
            assert one[probe]["httpGet"]["path"] == "/api/local_raylet_healthz"


def test_ray_reports_to_nobody() -> None:
    assert environment("bulk")["RAY_USAGE_STATS_ENABLED"] == "0"


def test_training_keeps_every_folder_that_it_reads_and_writes() -> None:
    (folder,) = last("training", "WORKDIR")
    (job,) = (one.content["spec"] for one in manifests() if one.file == "training-job.yaml")
    mounted = {mount["mountPath"] for mount in container(job)["volumeMounts"] if mount["name"] == "work"}
    files = (PHOTOS_FILE, SPLITS_FILE, NETWORK_FILE, HISTORY_FILE)
    used = {*(file.parent for file in files), RAW_DIR, WORK_DIR.parent}
    assert mounted == {f"{folder}/{path}" for path in used}
    volumes = job["template"]["spec"]["volumes"]
    claims = [one["persistentVolumeClaim"] for one in volumes if "persistentVolumeClaim" in one]
    assert claims == [{"claimName": only("PersistentVolumeClaim")["metadata"]["name"]}]
