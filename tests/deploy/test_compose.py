"""``deploy/compose.yaml``: closed as far as it goes, and in agreement with nginx, the image and what was measured."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from compose_pydantic.models import ComposeSpecification

from serving.settings import PREFIX, Settings, variable
from tests.deploy.dockerfile import ROOT, environment, health_check
from tests.deploy.manifests import COMPOSE, compose, services

NGINX = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "deploy/example.env").read_text(encoding="utf-8")
MB = 1_000_000
# The largest WebP that is allowed, and four of the largest requests, in MB; "Limits" in docs/operation.md.
WEBP_MB, REQUESTS_MB = 550, 4 * 33.6


def conditions(service: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: one["condition"] for name, one in service.get("depends_on", {}).items()}


def size_bytes(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([kmg])i?", text.lower()).groups()  # type: ignore[union-attr]
    return int(number) * 1024 ** (1 + "kmg".index(unit))


def default(text: str) -> str:
    """Of ``${NAME:-default}``."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def figure(key: str) -> float:
    return float(json.loads((ROOT / "reports/figures.json").read_text(encoding="utf-8"))[key]["value"])


def needed_bytes(processes: str) -> float:
    """What so many processes can need."""
    return int(processes) * (figure("speed.memory") + WEBP_MB + REQUESTS_MB) * MB


def waits_s() -> int:
    """How long gunicorn waits for whoever has begun to send."""
    text = (ROOT / "serving/gunicorn.conf.py").read_text(encoding="utf-8")
    (found,) = re.findall(r"^graceful_timeout = (\d+)$", text, re.MULTILINE)
    return int(found)


def test_it_is_valid() -> None:
    # Names that begin with x- are free.
    ComposeSpecification.model_validate({name: one for name, one in compose().items() if not name.startswith("x-")})


@pytest.mark.parametrize("name", services())
def test_it_is_closed_and_what_it_waits_for_can_happen(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cap_add", "privileged", "network_mode", "pid", "devices"}.isdisjoint(service)
    assert size_bytes(service["mem_limit"])
    assert service["pids_limit"]
    for other, condition in conditions(service).items():
        first = services()[other]
        if condition == "service_healthy":
            of_image = health_check("serving") if first["image"].startswith("majani-serving:") else []
            assert first.get("healthcheck", {}).get("test", of_image)
        else:
            assert condition == "service_completed_successfully"
            assert first["restart"] == "no"


def test_the_image_is_built_once_and_never_fetched() -> None:
    policies = {name: service["pull_policy"] for name, service in services(ours=True).items()}
    assert [name for name, service in services().items() if "build" in service] == ["migration"]
    assert policies.pop("migration") == "build"
    assert set(policies.values()) == {"never"}
    # All others wait until it has run.
    assert {conditions(services()[name])["migration"] for name in policies} == {"service_completed_successfully"}


def test_documents_name_the_memory_of_all_together() -> None:
    total = sum(size_bytes(service["mem_limit"]) for service in services().values() if service["restart"] != "no")
    document = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    (gigabytes,) = re.findall(r"needs (\d+) GB of memory", document)
    # And half a gigabyte for the machine itself.
    assert int(gigabytes) * 1000 * MB >= total + 512 * MB


def test_only_the_proxy_can_be_reached() -> None:
    assert [name for name, service in services().items() if "ports" in service] == ["proxy"]
    assert compose()["networks"]["back"] == {"internal": True}
    for name in ("database", "objects", "counter"):
        assert services()[name]["networks"] == ["back"]


def test_nginx_listens_where_people_come_in_and_names_the_replicas_which_believe_it() -> None:
    (listening,) = re.findall(r"^\s*listen (\d+)", NGINX, re.MULTILINE)
    proxy = services()["proxy"]
    assert [port.rpartition(":")[2] for port in proxy["ports"]] == [listening]
    assert f":{listening}/healthz" in proxy["healthcheck"]["test"][-1]
    (descriptors,) = re.findall(r"worker_rlimit_nofile (\d+)", NGINX)
    assert proxy["ulimits"]["nofile"] >= int(descriptors)
    servers = re.findall(r"^\s*server (replica-\S+):(\d+)", NGINX, re.MULTILINE)
    replicas = [name for name in services() if name.startswith("replica-")]
    assert servers == [(name, environment("serving")["PORT"]) for name in replicas]
    assert len(replicas) == 2
    assert default(services()["replica-1"]["environment"]["MAJANI_TRUSTED_PROXIES"]) == "1"


def test_the_proxy_may_have_the_memory_that_it_can_need() -> None:
    """Photos that arrive, kept files in shared memory, and a buffer for each connection that nginx.conf allows."""
    limits = dict(re.findall(r"limit_conn (\w+) (\d+);", NGINX))
    (buffer,) = re.findall(r"client_body_buffer_size (\w+);", NGINX)
    (files,) = re.findall(r"max_size=(\w+)", NGINX)
    proxy = services()["proxy"]
    (photos,) = re.findall(r"^/run/photos:size=(\w+)", "\n".join(proxy["tmpfs"]))
    assert size_bytes(proxy["shm_size"]) >= size_bytes(files)
    in_memory = size_bytes(photos) + size_bytes(proxy["shm_size"]) + int(limits["all"]) * size_bytes(buffer)
    assert size_bytes(proxy["mem_limit"]) >= in_memory


def test_a_replica_has_the_time_and_the_memory_that_it_can_need() -> None:
    replica = services()["replica-1"]
    assert int(replica["stop_grace_period"].removesuffix("s")) >= waits_s() + 5
    needed = needed_bytes(default(replica["environment"]["WEB_CONCURRENCY"]))
    assert size_bytes(replica["mem_limit"]) >= needed + size_bytes(replica["tmpfs"][0].partition("=")[2])


def test_the_example_has_every_variable_with_its_default_and_begins_with_what_has_none() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) == set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE))
    defaults = dict(re.findall(r"\$\{(\w+):-([^}]+)\}", text))
    assert dict(re.findall(r"^(\w+)=(.+)$", EXAMPLE, re.MULTILINE)) == defaults
    first = EXAMPLE.partition("# Needed.")[2].partition("\n\n")[0]
    assert set(re.findall(r"\$\{(\w+):\?", text)) == set(re.findall(r"^(\w+)=$", first, re.MULTILINE))


def test_every_setting_reaches_the_replicas() -> None:
    """One that is in ``.env`` and not here would be ignored without a word."""
    given = services()["replica-1"]["environment"]
    assert {variable(name) for name in Settings.model_fields} - given.keys() == set()
    fixed = {name for name, value in given.items() if name.startswith(PREFIX) and not value.startswith(f"${{{name}:-")}
    # Other services of this file, and the folder that is mounted.
    assert fixed == {"MAJANI_DATABASE_URL", "MAJANI_PHOTOS_URL", "MAJANI_RATE_LIMIT_URL", "MAJANI_BUNDLE"}


def test_who_forgets_and_who_answers_have_the_same_settings() -> None:
    answering, forgetting = (services()[name]["environment"] for name in ("replica-1", "forget"))
    names = ("bundle", "texts_dir", "app_dir", "references_dir", "examples_dir", "districts_dir")
    folders = {variable(name) for name in names}
    assert {name: value for name, value in answering.items() if name not in folders} == forgetting


def test_the_bucket_is_a_folder_of_the_object_store() -> None:
    objects, bucket = services()["objects"], services()["bucket"]
    url = services()["replica-1"]["environment"]["MAJANI_PHOTOS_URL"]
    assert bucket["volumes"] == objects["volumes"]
    assert bucket["entrypoint"] == ["mkdir", "-p", f"{objects['command'][-1]}/{url.removeprefix('s3://')}"]
    assert bucket["image"] == objects["image"]
