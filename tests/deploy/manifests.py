"""The YAML files of ``deploy/``: compose's services, Kubernetes' manifests, and the pods within them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
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

    @property
    def kind(self) -> str:
        return str(self.content["kind"])

    def __str__(self) -> str:
        return f"{self.file}:{self.kind}"


@dataclass(frozen=True)
class Pod:
    """What one kind of pod is made from."""

    name: str
    template: Mapping[str, Any]

    @property
    def spec(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.template["spec"]
        return found

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    def __str__(self) -> str:
        return self.name


@cache
def compose() -> Mapping[str, Any]:
    """The whole file, with its repetitions spelt out."""
    found: Mapping[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return found


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
    (found,) = (
        manifest.content for manifest in manifests() if manifest.kind == kind and manifest.file != "webhooks.yaml"
    )
    return found


def pods() -> list[Pod]:
    return [
        Pod(f"{manifest.file}:{path}", template)
        for manifest in manifests()
        for path, template in _templates(manifest.content)
    ]


def serving() -> Mapping[str, Any]:
    (found,) = only("Deployment")["spec"]["template"]["spec"]["containers"]
    return dict(found)


def _templates(content: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(content, list):
        content = dict(enumerate(content))
    for key, value in content.items():
        if key == "template" and "containers" in value.get("spec", {}):
            yield path.strip("."), value
        elif isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            yield from _templates(value, f"{path}.{key}")
