"""``deploy/contrib/kubernetes``: valid by its own schemas, closed as far as it goes, and in agreement with the app."""

import json
import re

import kubernetes_validate
import pytest
from flask import Flask

from serving.http.limits import MAX_UPLOAD_BYTES
from serving.settings import Settings
from serving.telemetry.metrics import REGISTRY
from tests.deploy.dockerfile import ROOT, environment, last
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
    serving,
)
from tests.deploy.test_compose import MB, REQUESTS_MB, WEBP_MB, size_bytes

# The oldest that is promised, and the newest that is known.
VERSIONS = ["1.29", kubernetes_validate.latest_version()]
BY_HAND = {"bulk-job.yaml", "training-job.yaml", "training-volume.yaml"}

(CONFIGURATION,) = read_kubernetes(KUSTOMIZATION)
(ADAPTER_RULE,) = read_kubernetes(ADAPTER)[0]


def settings() -> dict[str, str]:
    """What the generated config map holds."""
    (generated,) = CONFIGURATION["configMapGenerator"]
    return dict(literal.split("=", 1) for literal in generated["literals"])


def figure(key: str) -> float:
    return float(json.loads((ROOT / "reports/figures.json").read_text(encoding="utf-8"))[key]["value"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", manifests(), ids=str)
def test_it_is_valid(manifest: Manifest, version: str) -> None:
    kubernetes_validate.validate(manifest.content, version, strict=True)


def test_kustomize_finds_all_that_is_not_created_by_hand() -> None:
    assert set(CONFIGURATION["resources"]) == {manifest.file for manifest in manifests()} - BY_HAND
    assert all((KUBERNETES / name).is_file() for name in CONFIGURATION["resources"])


@pytest.mark.parametrize("pod", pods(), ids=str)
def test_it_keeps_the_strictest_rules_and_says_what_it_needs(pod: Pod) -> None:
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


@pytest.mark.parametrize("pod", pods(), ids=str)
def test_its_secrets_are_documented(pod: Pod) -> None:
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
    assert path["backend"]["service"] == {
        "name": only("Service")["metadata"]["name"],
        "port": {"name": open_port["name"]},
    }


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
    (components,) = (
        one["values"] for one in policy["podSelector"]["matchExpressions"] if one["key"].endswith("component")
    )
    found = {pod.template["metadata"]["labels"]["app.kubernetes.io/component"] for pod in pods()}
    assert set(components) == found - {"training"}
    (rule,) = policy["ingress"]
    assert rule["ports"] == [
        {"port": only("Deployment")["spec"]["template"]["spec"]["containers"][0]["ports"][0]["name"]}
    ]
    assert "from" in rule
    (rule,) = policy["egress"]
    assert all(peer["ipBlock"]["except"] for peer in rule["to"])


def test_a_replica_that_goes_is_given_time() -> None:
    configured = re.search(r"^graceful_timeout = (\d+)$", (ROOT / "serving/gunicorn.conf.py").read_text(), re.MULTILINE)
    assert configured is not None
    _, pause = serving()["lifecycle"]["preStop"]["exec"]["command"]
    given = only("Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert given == 40
    assert given >= int(pause) + int(configured[1])


def test_memory_is_what_was_measured() -> None:
    wanted, allowed = (serving()["resources"][kind]["memory"] for kind in ("requests", "limits"))
    processes = int(settings()["WEB_CONCURRENCY"])
    assert size_bytes(wanted) >= figure("speed.memory_of_all") * MB
    assert size_bytes(wanted) >= processes * figure("speed.memory_pss") * MB
    (temporary,) = (
        v["emptyDir"] for v in only("Deployment")["spec"]["template"]["spec"]["volumes"] if v["name"] == "tmp"
    )
    needed = processes * (figure("speed.memory") + WEBP_MB + REQUESTS_MB) * MB
    assert size_bytes(allowed) >= needed + size_bytes(temporary["sizeLimit"])


def test_the_autoscaler_scales_the_replicas() -> None:
    scaler = only("HorizontalPodAutoscaler")["spec"]
    deployment = only("Deployment")
    assert scaler["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    # Or each time that the manifests are applied there would be so many again.
    assert "replicas" not in deployment["spec"]
    assert scaler["minReplicas"] > only("PodDisruptionBudget")["spec"]["minAvailable"]
    assert [metric["type"] for metric in scaler["metrics"]] == ["Pods", "Resource"]


def test_its_measure_is_made_from_one_that_exists(app: Flask) -> None:
    (metric, _) = only("HorizontalPodAutoscaler")["spec"]["metrics"]
    assert metric["pods"]["metric"]["name"] == ADAPTER_RULE["name"]["as"]
    series = ADAPTER_RULE["seriesQuery"].partition("{")[0]
    labels = next(
        collector._labelnames
        for collector in list(REGISTRY._names_to_collectors.values())
        if f"{collector._name}_bucket" == series
    )  # type: ignore[attr-defined]
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
