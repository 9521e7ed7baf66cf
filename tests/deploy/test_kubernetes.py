"""``deploy/contrib/kubernetes``: valid by its own schemas, closed as far as it goes, and in agreement with the app."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from flask import Flask

from majani import cli
from serving.app import create_app
from serving.http.limits import MAX_UPLOAD_BYTES
from serving.settings import Settings
from serving.telemetry.metrics import REGISTRY
from tests.deploy.dockerfile import environment, last
from tests.deploy.manifests import (
    ADAPTER,
    KUBERNETES,
    KUSTOMIZATION,
    Manifest,
    Pod,
    manifests,
    only,
    pods,
    read_kubernetes,
    replica,
    serving,
)
from tests.deploy.test_compose import MB, figure, needed_bytes, size_bytes, waits_s
from tests.serving.live import NO_APP
from training.artifacts.files import HISTORY_FILE, NETWORK_FILE, PHOTOS_FILE, RAW_DIR, SPLITS_FILE
from training.dataset.loaders import WORK_DIR

# The oldest that is promised, and the newest that is known.
VERSIONS = ["1.29", kubernetes_validate.latest_version()]
BY_HAND = {"bulk-job.yaml", "training-job.yaml", "training-volume.yaml"}

(CONFIGURATION,) = read_kubernetes(KUSTOMIZATION)
(ADAPTER_RULE,) = read_kubernetes(ADAPTER)[0]


@pytest.fixture(scope="module")
def app(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("deploy")
    kept = {"database_url": f"sqlite:///{folder / 'majani.sqlite3'}", "photos_url": str(folder / "photos")}
    return create_app(Settings(bundle=tiny_bundle_dir, app_dir=NO_APP, **kept))


def settings() -> dict[str, str]:
    """What the generated config map holds."""
    (generated,) = CONFIGURATION["configMapGenerator"]
    return dict(literal.split("=", 1) for literal in generated["literals"])


def job(file: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What it says, and the container that does it."""
    (found,) = (manifest.content["spec"] for manifest in manifests() if manifest.file == file)
    (container,) = found["template"]["spec"]["containers"]
    return found, container


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", manifests(), ids=str)
def test_it_is_valid(manifest: Manifest, version: str) -> None:
    kubernetes_validate.validate(manifest.content, version, strict=True)


def test_kustomize_finds_all_that_is_not_created_by_hand() -> None:
    assert set(CONFIGURATION["resources"]) == {manifest.file for manifest in manifests()} - BY_HAND
    assert all((KUBERNETES / name).is_file() for name in CONFIGURATION["resources"])


@pytest.mark.parametrize("pod", pods(), ids=str)
def test_it_keeps_the_strictest_rules_and_says_what_it_needs_and_its_secrets_are_documented(pod: Pod) -> None:
    assert only("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    account = pod.spec["securityContext"]
    assert f"{account['runAsUser']}:{account['runAsGroup']}" == last("serving", "USER")[0]
    assert account["runAsNonRoot"] is True
    assert account["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod.spec["automountServiceAccountToken"] is False
    for container in pod.containers:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        if not pod.name.startswith("training-"):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}  # noqa: S108 - of the container
        wanted, allowed = container["resources"]["requests"], container["resources"]["limits"]
        assert wanted["cpu"]
        assert size_bytes(wanted["memory"]) <= size_bytes(allowed["memory"])
    sources = [source for container in pod.containers for source in container.get("envFrom", ())]
    secrets = {source["secretRef"]["name"] for source in sources if "secretRef" in source}
    maps = {source["configMapRef"]["name"] for source in sources if "configMapRef" in source}
    document = (KUBERNETES / "README.md").read_text(encoding="utf-8")
    assert secrets
    for secret in secrets:
        assert f"create secret generic {secret} " in document
    assert maps <= {generated["name"] for generated in CONFIGURATION["configMapGenerator"]}


def test_probes_ask_what_the_app_answers(app: Flask) -> None:
    for name, path in (("startupProbe", "/readyz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/healthz")):
        assert serving()[name]["httpGet"] == {"path": path, "port": "http"}
        assert app.test_client().get(path).status_code == 200


def test_ports_agree() -> None:
    (port,) = serving()["ports"]
    assert port == {"name": "http", "containerPort": int(environment("serving")["PORT"])}
    (open_port,) = only("Service")["spec"]["ports"]
    assert open_port["targetPort"] == port["name"]
    (rule,) = only("Ingress")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    name = only("Service")["metadata"]["name"]
    assert path["backend"]["service"] == {"name": name, "port": {"name": open_port["name"]}}


def test_selectors_find_the_replicas_and_nothing_else() -> None:
    deployment = only("Deployment")["spec"]
    selected = deployment["selector"]["matchLabels"]
    selectors = [only("Service")["spec"]["selector"], only("PodDisruptionBudget")["spec"]["selector"]["matchLabels"]]
    assert selectors == [selected, selected]
    found = [pod.name for pod in pods() if selected.items() <= pod.template["metadata"]["labels"].items()]
    assert found == ["deployment.yaml:spec"]


def test_only_the_ingress_controller_and_prometheus_reach_the_pods() -> None:
    policy = only("NetworkPolicy")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    expressions = policy["podSelector"]["matchExpressions"]
    (components,) = (one["values"] for one in expressions if one["key"].endswith("component"))
    found = {pod.template["metadata"]["labels"]["app.kubernetes.io/component"] for pod in pods()}
    assert set(components) == found - {"training"}
    (rule,) = policy["ingress"]
    assert rule["ports"] == [{"port": serving()["ports"][0]["name"]}]
    assert "from" in rule
    (rule,) = policy["egress"]
    assert all(peer["ipBlock"]["except"] for peer in rule["to"])


def test_a_replica_that_goes_is_given_time() -> None:
    _, pause = serving()["lifecycle"]["preStop"]["exec"]["command"]
    assert 40 == replica()["terminationGracePeriodSeconds"] >= int(pause) + waits_s()


def test_memory_is_what_was_measured() -> None:
    wanted, allowed = (serving()["resources"][kind]["memory"] for kind in ("requests", "limits"))
    processes = settings()["WEB_CONCURRENCY"]
    assert size_bytes(wanted) >= figure("speed.memory_of_all") * MB
    assert size_bytes(wanted) >= int(processes) * figure("speed.memory_pss") * MB
    (temporary,) = (volume["emptyDir"] for volume in replica()["volumes"] if volume["name"] == "tmp")
    assert size_bytes(allowed) >= needed_bytes(processes) + size_bytes(temporary["sizeLimit"])


def test_the_autoscaler_scales_the_replicas() -> None:
    scaler, deployment = only("HorizontalPodAutoscaler")["spec"], only("Deployment")
    assert scaler["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    # Or each time that the manifests are applied there would be so many again.
    assert "replicas" not in deployment["spec"]
    assert scaler["minReplicas"] > only("PodDisruptionBudget")["spec"]["minAvailable"]
    assert [metric["type"] for metric in scaler["metrics"]] == ["Pods", "Resource"]


def test_its_measure_is_made_from_one_that_exists(app: Flask) -> None:
    (metric, _) = only("HorizontalPodAutoscaler")["spec"]["metrics"]
    assert metric["pods"]["metric"]["name"] == ADAPTER_RULE["name"]["as"]
    series = ADAPTER_RULE["seriesQuery"].partition("{")[0]
    labels = REGISTRY._names_to_collectors[series]._labelnames  # type: ignore[attr-defined]
    matched = dict(re.findall(r'(\w+)=~?"([^"]+)"', ADAPTER_RULE["metricsQuery"]))
    assert matched.keys() <= set(labels)
    asked = {rule.rule for rule in app.url_map.iter_rules() if matched["method"] in (rule.methods or ())}
    assert set(matched["route"].split("|")) <= asked


def test_the_largest_request_gets_through() -> None:
    annotations = only("Ingress")["metadata"]["annotations"]
    allowed = int(annotations["nginx.ingress.kubernetes.io/proxy-body-size"].removesuffix("m")) * 1024 * 1024
    assert allowed == MAX_UPLOAD_BYTES >= Settings.model_fields["max_request_bytes"].default
    # Nor may slow senders reach the pods.
    assert annotations["nginx.ingress.kubernetes.io/proxy-request-buffering"] == "on"
    assert int(annotations["nginx.ingress.kubernetes.io/limit-connections"])


def test_pods_of_an_archive_share_all_of_it() -> None:
    bulk, container = job("bulk-job.yaml")
    assert bulk["completionMode"] == "Indexed"
    shell, option, script = container["command"]
    parts = []
    for index in range(bulk["completions"]):
        # The shell counts, and says what it would run.
        command, own = [shell, option, script.replace("exec", "echo", 1)], {"JOB_COMPLETION_INDEX": str(index)}
        words = subprocess.check_output(command, env=own, text=True).split()
        parts.append(cli.main.commands["bulk"].make_context("bulk", words[2:]).params["part"])
    assert parts == [(index + 1, bulk["completions"]) for index in range(bulk["completions"])]


def test_training_keeps_every_folder_that_it_reads_and_writes() -> None:
    (folder,) = last("training", "WORKDIR")
    training, container = job("training-job.yaml")
    mounted = {mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "work"}
    files = (PHOTOS_FILE, SPLITS_FILE, NETWORK_FILE, HISTORY_FILE)
    used = {*(file.parent for file in files), RAW_DIR, WORK_DIR.parent}
    assert mounted == {f"{folder}/{path}" for path in used}
    volumes = training["template"]["spec"]["volumes"]
    claims = [volume["persistentVolumeClaim"] for volume in volumes if "persistentVolumeClaim" in volume]
    assert claims == [{"claimName": only("PersistentVolumeClaim")["metadata"]["name"]}]
