"""The faults: what breaks, and what clients may notice of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults import scene as scenes
from benchmarks.faults.faults import NotAsExpectedError, cut_off, restart_postgresql
from benchmarks.replicas.scene import Replica, Scene

# nginx passes a request on after 20 s of silence, and those that it passed on must be answered while it lasts.
_FROZEN_S = 26.0
# Until a replica has gone over to another bundle.
_SWAP_TIMEOUT_S = 60
# Each goes to one of its processes, as chance will have it.
_ANSWERS_OF_OTHER_VERSION = 20
_RELOAD_PAUSE_S = 1.0
# Of everybody, whatever happens to one of two replicas: several times what clients wait for each other, and the start
# of a replica, which takes connections before its first process is ready.
_BOUND_S = 8.0
# Those whose replica is frozen are answered by the other when nginx has waited for 20 s.
_FROZEN_BOUND_S = 26.0
# With storage away: a farmer in front of a phone.
_AWAY_BOUND_S = 15.0


@dataclass(frozen=True)
class Fault:
    """A fault under load."""

    name: str
    inflict: Callable[[Scene, float], None]
    longest_s: float = _BOUND_S  # What no request may exceed
    # Nothing can be kept while it lasts; otherwise clients may notice nothing but a wait.
    stops_keeping: bool = False


def kill_replica(scene: Scene, seconds: float) -> None:
    """Kill a replica, start it again after half the time, and kill it once more when it has just begun to answer."""
    service = scene.cluster.services[0]
    service.kill()
    time.sleep(seconds / 2)
    service.start()
    service.wait_until_ready()
    time.sleep(seconds / 2)
    service.kill()
    service.start()
    service.wait_until_ready()


def stop_replica(scene: Scene, seconds: float) -> None:
    """Restart one replica after the other as an operator does, with some time in between.

    Each step ends as `docs/deployment.md` says: nginx leaves a replica that it could not reach alone for 5 s, unless it
    is told to read its configuration.
    """
    for service in scene.cluster.services:
        service.stop()
        time.sleep(seconds / 4)
        service.start()
        service.wait_until_ready()
        scene.cluster.proxy.reload()
        time.sleep(seconds / 4)


def freeze_replica(scene: Scene, seconds: float) -> None:
    service = scene.cluster.services[0]
    service.freeze()
    try:
        time.sleep(max(seconds, _FROZEN_S))
    finally:
        service.thaw()


def take_redis_away(scene: Scene, seconds: float) -> None:
    redis = scene.cluster.redis
    redis.freeze()
    time.sleep(seconds / 2)
    redis.kill()
    time.sleep(seconds / 2)
    redis.start()


def swap_bundles(scene: Scene, seconds: float) -> None:
    first, *others = scene.cluster.replicas
    before = first.service.model_version()
    folder, version = scenes.other_version(first.bundle.resolve(), scene.work)
    _swap(first, folder, version)
    time.sleep(seconds / 2)
    for replica in others:
        if replica.service.model_version() != before:
            raise NotAsExpectedError("a replica swapped before it was told to")
        _swap(replica, folder, version)
    time.sleep(seconds / 2)


def reload_proxy(scene: Scene, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        scene.cluster.proxy.reload()
        time.sleep(_RELOAD_PAUSE_S)


def _swap(replica: Replica, folder: Path, version: str) -> None:
    scenes.swap_bundle(replica.bundle, folder)
    replica.service.load_anew()
    deadline = time.monotonic() + _SWAP_TIMEOUT_S
    while time.monotonic() < deadline:
        if all(replica.service.model_version() == version for _ in range(_ANSWERS_OF_OTHER_VERSION)):
            return
        time.sleep(0.2)
    raise NotAsExpectedError("a good bundle was not gone over to")


FAULTS = (
    Fault("replica_killed", kill_replica),
    Fault("replica_stopped", stop_replica),
    Fault("replica_frozen", freeze_replica, _FROZEN_BOUND_S),
    Fault("bundles_swapped", swap_bundles),
    Fault("nginx_reloaded", reload_proxy),
    Fault("redis_away", take_redis_away),
    Fault("postgresql_restarted", restart_postgresql, _AWAY_BOUND_S, stops_keeping=True),
    Fault("s3_away", cut_off, _AWAY_BOUND_S, stops_keeping=True),
)
