"""Two replicas that share a database, an object store and a Redis, behind nginx."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults import scene
from benchmarks.faults.clients import Load
from benchmarks.faults.scene import Storage
from benchmarks.harness import redis_server
from benchmarks.harness.nginx import REPLICAS as NGINX_CONFIGURATION
from benchmarks.harness.nginx import Nginx, run_nginx
from benchmarks.harness.redis_server import RedisServer
from benchmarks.harness.service import Service

REPLICAS = 2


@dataclass(frozen=True)
class Replica:
    """One machine's service."""

    service: Service
    bundle: Path  # A link to the folder that it answers from


@dataclass(frozen=True)
class Cluster:
    """Everything that answers."""

    replicas: tuple[Replica, ...]
    proxy: Nginx
    storage: Storage
    redis: RedisServer

    @property
    def services(self) -> list[Service]:
        return [replica.service for replica in self.replicas]


@dataclass(frozen=True)
class Scene:
    """What a fault is given."""

    cluster: Cluster
    load: Load
    work: Path  # Folder for what it makes

    @property
    def storage(self) -> Storage:
        return self.cluster.storage


@contextmanager
def run_cluster(work: Path, bundle: Path, settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    with ExitStack() as stack:
        storage = stack.enter_context(scene.postgresql_and_s3(work))
        redis = stack.enter_context(redis_server.run_server())
        shared = {"MAJANI_RATE_LIMIT_URL": redis.url, "MAJANI_TRUSTED_PROXIES": "1"}
        replicas = tuple(
            _replica(work / f"replica-{number + 1}", bundle, storage.settings | shared | dict(settings or {}))
            for number in range(REPLICAS)
        )
        for replica in replicas:
            # Ends it also if it does not get ready.
            stack.push(replica.service)
            replica.service.start()
        for replica in replicas:
            replica.service.wait_until_ready()
        ports = [replica.service.port for replica in replicas]
        proxy = stack.enter_context(run_nginx(NGINX_CONFIGURATION, ports, work / "nginx"))
        yield Cluster(replicas, proxy, storage, redis)


def _replica(folder: Path, bundle: Path, settings: Mapping[str, str]) -> Replica:
    """On a machine of its own, as far as a folder is one."""
    folder.mkdir()
    link = scene.place_bundle(bundle, folder)
    return Replica(Service(folder / "home", link, settings), link)
