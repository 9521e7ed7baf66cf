"""From the rounds to published figures."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from benchmarks.harness.measured import measured_rounds
from benchmarks.harness.process import Memory
from benchmarks.serving_speed.measurement import CLIENTS, FLOOR, Measured, Slot, Start
from benchmarks.serving_speed.photo import KINDS, Kind
from benchmarks.serving_speed.server import CONTENDERS, CORES, LITSERVE, MAJANI
from benchmarks.serving_speed.summary import ratios
from training.figures import Figure

COMMAND = "python -m benchmarks.serving_speed"
Rounds = Sequence[Mapping[Slot, Measured]]


def figures(rounds: Rounds, starts: Sequence[Start], memory: Mapping[str, Sequence[Memory]]) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for kind in KINDS:
        found |= dict(_comparisons(kind, rounds))
        found |= dict(_details(kind, rounds))
    title = "start of the service to its first answer"
    found["speed.cold_start"] = _figure(title, [start.seconds for start in starts], "s", len(starts))
    title = "memory of all processes of the service (PSS) after some photos"
    found["speed.memory_of_all"] = _figure(title, [start.pss_mb for start in starts], "MB", len(starts))
    titles = {contender.name: contender.title for contender in CONTENDERS}
    for name, workers in memory.items():
        key, who, count = "" if name == MAJANI.name else f".{name}", titles[name], len(workers)
        rss_mb, pss_mb = max(worker.rss_mb for worker in workers), max(worker.pss_mb for worker in workers)
        found[f"speed.memory{key}"] = _figure(f"{who}: memory of the largest worker (RSS)", [rss_mb], "MB", count)
        found[f"speed.memory_pss{key}"] = _figure(f"{who}: the same (PSS)", [pss_mb], "MB", count)
    return found


def _comparisons(kind: Kind, rounds: Rounds) -> Iterator[tuple[str, Figure]]:
    floor, one = Slot(kind.name, FLOOR, 1), Slot(kind.name, MAJANI.name, 1)
    ours = best_slot(rounds, kind.name, MAJANI.name)
    over = ratios([each[one].latency_ms(50) for each in rounds], [each[floor].latency_ms(50) for each in rounds])
    title = f"{kind.title}: p50 over HTTP against the floor"
    yield f"speed.{kind.name}.over_floor", _figure(title, over, "x", _photos(rounds, one))
    bare = [CORES * each[floor].photos_per_s for each in rounds]
    title = f"{kind.title}: throughput on {CORES} cores against {CORES} x the floor's"
    yield f"speed.{kind.name}.of_cores", _figure(title, ratios(_rates(rounds, ours), bare), "x", _photos(rounds, ours))
    theirs = best_slot(rounds, kind.name, LITSERVE.name)
    title = f"{kind.title}: throughput against {LITSERVE.title}"
    against = ratios(_rates(rounds, ours), _rates(rounds, theirs))
    yield f"speed.{kind.name}.against_{LITSERVE.name}", _figure(title, against, "x", _photos(rounds, theirs))


def best_slot(rounds: Rounds, kind: str, contender: str) -> Slot:
    """The number of clients with the highest median throughput, so that each contender is shown at its best."""
    slots = [Slot(kind, contender, clients) for clients in CLIENTS]
    return max(slots, key=lambda slot: median(_rates(rounds, slot)))


def _details(kind: Kind, rounds: Rounds) -> Iterator[tuple[str, Figure]]:
    """Latency of the floor, of the service with any number of clients, and of the peer with one; the best of each."""
    yield from _slot(kind, rounds, Slot(kind.name, FLOOR, 1), "the floor")
    for contender in CONTENDERS:
        for clients in CLIENTS if contender is MAJANI else (1,):
            yield from _slot(kind, rounds, Slot(kind.name, contender.name, clients), contender.title)
        best = best_slot(rounds, kind.name, contender.name)
        key, who, count = (
            f"speed.{kind.name}.{contender.name}",
            f"{kind.title}, {contender.title}",
            _photos(rounds, best),
        )
        title = f"{who}: throughput, best with {best.clients} clients"
        yield f"{key}.throughput", _figure(title, _rates(rounds, best), "photos/s", count)
        cpu_ms = [1000 * each[best].cpu_s for each in rounds]
        yield f"{key}.cpu", _figure(f"{who}: CPU time per photo", cpu_ms, "ms", count)


def _slot(kind: Kind, rounds: Rounds, slot: Slot, who: str) -> Iterator[tuple[str, Figure]]:
    for percent in (50, 95, 99):
        title = f"{kind.title}, {who}, clients: {slot.clients}: p{percent}"
        key = f"speed.{kind.name}.{slot.contender}.{slot.clients:02}.p{percent}"
        yield key, _figure(title, [each[slot].latency_ms(percent) for each in rounds], "ms", _photos(rounds, slot))


def _rates(rounds: Rounds, slot: Slot) -> list[float]:
    return [each[slot].photos_per_s for each in rounds]


def _photos(rounds: Rounds, slot: Slot) -> int:
    return sum(len(each[slot].latencies_s) for each in rounds)


def _figure(title: str, values: Sequence[float], unit: str, n: int) -> Figure:
    return measured_rounds(title, values, unit, n=n, command=COMMAND, digits=3)
