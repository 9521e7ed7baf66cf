"""What shadow mode costs: the service with a challenger and without one, in turns, under light and under full load.

The challenger is the shipped model once more under another version, so that it costs what a real one would.
"""

import itertools
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.harness.measured import measured_all, measured_rounds
from benchmarks.harness.process import memory
from benchmarks.harness.service import SERVE_COMMAND
from benchmarks.serving_speed.load import form_request, load
from benchmarks.serving_speed.photo import SMALL, enlarge, pick
from benchmarks.serving_speed.server import MAJANI, Server, database_url, prepare_database, serve
from benchmarks.steady_load.load import Wanted, keep_pace
from majani.model.bundle import Bundle, read_bundle, write_bundle
from serving.persistence.engine import connect
from serving.persistence.models import Case, ShadowAnswer
from training.artifacts.files import CURRENT_DIR
from training.figures import Figure

COMMAND = "python -m benchmarks.overview shadow"
WAYS = {"off": "without a challenger", "on": "with a challenger"}
# Four cases a second make a hundred thousand a week, with no cases at night.
PACE_PER_S, CLIENTS = 4.0, 8
LOADS = {"pace": f"{PACE_PER_S:.0f} cases a second", "full": f"{CLIENTS} clients without a pause"}
_ROUNDS, _ROUND_S, _WARM_UP_S, _SETTLING_S, _PHOTOS = 6, 10.0, 5.0, 1.0, 12


# Of one way and one load: a value per round.
Seen = dict[str, list[float]]
_MEASURES = {
    "p50": ("p50", "ms"),
    "p99": ("p99", "ms"),
    "throughput": ("throughput", "photos/s"),
    "answered": ("cases that it answers too", "%"),
}


def measure() -> Mapping[str, Figure]:
    photos = [enlarge(path, SMALL) for path in pick(Path(os.environ["MAJANI_MIRROR"]), _PHOTOS)]
    requests = [form_request(MAJANI.path, photo) for photo in photos]
    seen: dict[tuple[str, str], Seen] = {(way, kind): {key: [] for key in _MEASURES} for way in WAYS for kind in LOADS}
    with tempfile.TemporaryDirectory() as folder, _services(Path(folder), requests[0]) as services:
        for way in WAYS:
            load(services[way].port, requests, clients=CLIENTS, seconds=_WARM_UP_S)
        for number in range(_ROUNDS):
            for kind in LOADS:
                # The machine changes over time, so the two take turns in coming first.
                for way in WAYS if number % 2 else reversed(WAYS):
                    _round(services[way], Path(folder) / way, requests, kind, seen[way, kind])
        memory_mb = {way: max(memory(pid).pss_mb for pid in services[way].workers()) for way in WAYS}
    return _figures(seen, memory_mb)


@contextmanager
def _services(work: Path, first_request: bytes) -> Iterator[Mapping[str, Server]]:
    bundle, challenger = read_bundle(CURRENT_DIR), work / "challenger"
    write_bundle(Bundle(bundle.manifest.model_copy(update={"version": "challenger"}), bundle.model), challenger)
    for way in WAYS:
        (work / way).mkdir()
        prepare_database(work / way)
    with_challenger = ["env", f"MAJANI_SHADOW_DIR={challenger}", *SERVE_COMMAND]
    with (
        serve(MAJANI, work / "off", first_request) as off,
        serve(MAJANI, work / "on", first_request, command=with_challenger) as on,
    ):
        yield {"off": off, "on": on}


def _round(server: Server, work: Path, requests: Sequence[bytes], kind: str, seen: Seen) -> None:
    before = _settled(work)
    latencies_s, failures, elapsed_s = (_pace if kind == "pace" else _press)(server, requests)
    if failures:
        raise RuntimeError(failures[0])
    cases, answered = (now - then for now, then in zip(_settled(work), before, strict=True))
    seen["p50"].append(1000 * float(np.quantile(latencies_s, 0.5)))
    seen["p99"].append(1000 * float(np.quantile(latencies_s, 0.99)))
    seen["throughput"].append(len(latencies_s) / elapsed_s)
    seen["answered"].append(100 * answered / cases)


def _pace(server: Server, requests: Sequence[bytes]) -> tuple[Sequence[float], Sequence[str], float]:
    wanted = itertools.cycle(Wanted(request, (201,)) for request in requests)
    log = keep_pace(server, wanted, per_s=PACE_PER_S, seconds=_ROUND_S)
    return [latency_s for _, latency_s in log.answers], log.failures, _ROUND_S


def _press(server: Server, requests: Sequence[bytes]) -> tuple[Sequence[float], Sequence[str], float]:
    tally = load(server.port, requests, clients=CLIENTS, seconds=_ROUND_S)
    return tally.latencies_s, tally.failures, tally.elapsed_s


def _settled(work: Path) -> tuple[int, int]:
    """Cases and answers of the challenger, once what waited has been answered."""
    before = None
    while before != (now := _counted(work)):
        before = now
        time.sleep(_SETTLING_S)
    return now


def _counted(work: Path) -> tuple[int, int]:
    engine = connect(database_url(work))
    with Session(engine) as session:
        cases, answers = (
            session.scalar(select(func.count()).select_from(table)) or 0 for table in (Case, ShadowAnswer)
        )
    engine.dispose()
    return cases, answers


def _figures(seen: Mapping[tuple[str, str], Seen], memory_mb: Mapping[str, float]) -> Mapping[str, Figure]:
    figures: dict[str, Figure] = {}
    for (way, kind), rounds in seen.items():
        for key, (title, unit) in _MEASURES.items():
            # The pace is given, and a challenger that is not there answers nothing.
            if (key, kind) != ("throughput", "pace") and (key, way) != ("answered", "off"):
                about = f"{LOADS[kind]}, {WAYS[way]}: {title}"
                figures[f"shadow.{kind}.{way}.{key}"] = measured_rounds(about, rounds[key], unit, command=COMMAND)
    titles = {way: f"{WAYS[way]}: memory of the largest worker (PSS)" for way in WAYS}
    rows = ((way, titles[way], value, "MB", 2) for way, value in memory_mb.items())
    return figures | measured_all("shadow.memory", COMMAND, *rows, digits=1)
