"""The YAML files of ``deploy/``: compose's services, Kubernetes' manifests, and the pods within them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.deploy.dockerfile import ROOT

COMPOSE = ROOT / "deploy/compose.yaml"
KUBERNETES = ROOT / "deploy/contrib/kubernetes"
KUSTOMIZATION = "kustomization.yaml"
ADAPTER = "prometheus-adapter.yaml"
# Written for Kubernetes' own tools, or for none.
_NO_MANIFESTS = {KUSTOMIZATION, ADAPTER}
OURS = "majani-"


@dataclass(frozen=True)
class Manifest:
    """One document of one file."""

    file: str
    content: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.file}:{self.content['kind']}"


@dataclass(frozen=True)
class Pod:
    """What one kind of pod is made from."""

    name: str
    template: Mapping[str, Any]

    @property
    def spec(self) -> Mapping[str, Any]:
        return dict(self.template["spec"])

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    def __str__(self) -> str:
        return self.name


@cache
def compose() -> Mapping[str, Any]:
    """The whole file, with its repetitions spelt out."""
    return dict(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))


def services(*, ours: bool = False) -> Mapping[str, Mapping[str, Any]]:
    """By name; only those of our image if ``ours``."""
    found = compose()["services"]
    return {name: one for name, one in found.items() if not ours or one["image"].startswith(OURS)}


@cache
def manifests() -> tuple[Manifest, ...]:
    files = sorted(file for file in KUBERNETES.glob("*.yaml") if file.name not in _NO_MANIFESTS)
    return tuple(Manifest(file.name, content) for file in files for content in read_kubernetes(file.name))


def read_kubernetes(name: str) -> list[Any]:
    return list(yaml.safe_load_all((KUBERNETES / name).read_text(encoding="utf-8")))


def only(kind: str) -> Mapping[str, Any]:
    """The one manifest of its kind; of deployments, that of the replicas."""
    (found,) = (one.content for one in manifests() if one.content["kind"] == kind and one.file != "webhooks.yaml")
    return found


def replica() -> Mapping[str, Any]:
    """What a replica's pod is made of."""
    return dict(only("Deployment")["spec"]["template"]["spec"])


def pods() -> list[Pod]:
    return [Pod(f"{one.file}:{path}", found) for one in manifests() for path, found in _templates(one.content)]


def serving() -> Mapping[str, Any]:
    (found,) = replica()["containers"]
    return dict(found)


def _templates(content: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(content, list):
        content = dict(enumerate(content))
    for key, value in content.items():
        if key == "template" and "containers" in value.get("spec", {}):
            yield path.strip("."), value
        elif isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            yield from _templates(value, f"{path}.{key}")
