"""From the rounds to published figures, and which of them have a goal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.harness.measured import measured
from benchmarks.harness.process import Memory
from benchmarks.serving_speed.cold_start import Start
from benchmarks.serving_speed.measurement import CLIENTS, FLOOR, Measured, Slot
from benchmarks.serving_speed.photo import KINDS, Kind
from benchmarks.serving_speed.server import CONTENDERS, CORES, FLASK, LITSERVE, MAJANI
from benchmarks.serving_speed.summary import Spread, ratio
from training.figures import Figure

COMMAND = "python -m benchmarks.serving_speed"
Rounds = Sequence[Mapping[Slot, Measured]]


@dataclass(frozen=True)
class Goal:
    """A bound on a figure: at most, or at least."""

    figure: str
    bound: float
    is_least: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.is_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.is_least else '<='} {self.bound:g}"


GOALS = (
    Goal("speed.12mp.over_floor", 1.25),
    Goal("speed.12mp.of_cores", 0.85, is_least=True),
    Goal("speed.12mp.against_litserve", 2, is_least=True),
    Goal("speed.12mp.against_flask", 5, is_least=True),
    Goal("speed.cold_start", 2),
    Goal("speed.memory", 200),
)


def figures(rounds: Rounds, starts: Sequence[Start], memory: Mapping[str, Sequence[Memory]]) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for kind in KINDS:
        found |= dict(_comparisons(kind, rounds))
        found |= dict(_details(kind, rounds))
    found |= dict(_starts(starts))
    found |= dict(_memory(memory))
    return found


def _comparisons(kind: Kind, rounds: Rounds) -> Iterator[tuple[str, Figure]]:
    floor, one = Slot(kind.name, FLOOR, 1), Slot(kind.name, MAJANI.name, 1)
    ours = best_slot(rounds, kind.name, MAJANI.name)
    count = _photos(rounds, one)
    over = ratio([each[one].latency_ms(50) for each in rounds], [each[floor].latency_ms(50) for each in rounds])
    yield f"speed.{kind.name}.over_floor", _figure(f"{kind.title}: p50 over HTTP against the floor", over, "x", count)
    bare = [CORES * each[floor].photos_per_s for each in rounds]
    title = f"{kind.title}: throughput on {CORES} cores against {CORES} x the floor's"
    yield f"speed.{kind.name}.of_cores", _figure(title, ratio(_rates(rounds, ours), bare), "x", _photos(rounds, ours))
    for peer in (LITSERVE, FLASK):
        theirs = best_slot(rounds, kind.name, peer.name)
        title = f"{kind.title}: throughput against {peer.title}"
        spread = ratio(_rates(rounds, ours), _rates(rounds, theirs))
        yield f"speed.{kind.name}.against_{peer.name}", _figure(title, spread, "x", _photos(rounds, theirs))


def best_slot(rounds: Rounds, kind: str, contender: str) -> Slot:
    """The number of clients with the highest median throughput, so that everybody is shown at its best."""
    slots = [Slot(kind, contender, clients) for clients in CLIENTS]
    return max(slots, key=lambda slot: median(_rates(rounds, slot)))


def _details(kind: Kind, rounds: Rounds) -> Iterator[tuple[str, Figure]]:
    """Latency of the floor, of the service with any number of clients, and of each peer with one; the best of each."""
    yield from _slot(kind, rounds, Slot(kind.name, FLOOR, 1), "the floor")
    for one in CONTENDERS:
        for clients in CLIENTS if one is MAJANI else (1,):
            yield from _slot(kind, rounds, Slot(kind.name, one.name, clients), one.title)
        best = best_slot(rounds, kind.name, one.name)
        key, who = f"speed.{kind.name}.{one.name}", f"{kind.title}, {one.title}"
        count, rate = _photos(rounds, best), Spread.of(_rates(rounds, best))
        yield (
            f"{key}.throughput",
            _figure(f"{who}: throughput, best with {best.clients} clients", rate, "photos/s", count),
        )
        used = Spread.of([1000 * each[best].cpu_s for each in rounds])
        yield f"{key}.cpu", _figure(f"{who}: CPU time per photo", used, "ms", count)


def _slot(kind: Kind, rounds: Rounds, slot: Slot, who: str) -> Iterator[tuple[str, Figure]]:
    for percent in (50, 95, 99):
        title = f"{kind.title}, {who}, clients: {slot.clients}: p{percent}"
        latency = Spread.of([each[slot].latency_ms(percent) for each in rounds])
        key = f"speed.{kind.name}.{slot.contender}.{slot.clients:02}.p{percent}"
        yield key, _figure(title, latency, "ms", _photos(rounds, slot))


def _starts(starts: Sequence[Start]) -> Iterator[tuple[str, Figure]]:
    if not starts:
        return
    seconds, pss = Spread.of([one.seconds for one in starts]), Spread.of([one.pss_mb for one in starts])
    yield "speed.cold_start", _figure("start of the service to its first answer", seconds, "s", len(starts))
    title = "memory of all processes of the service (PSS) after some photos"
    yield "speed.memory_of_all", _figure(title, pss, "MB", len(starts))


def _memory(memory: Mapping[str, Sequence[Memory]]) -> Iterator[tuple[str, Figure]]:
    titles = {one.name: one.title for one in CONTENDERS}
    for name, workers in memory.items():
        key, who = ("", titles[name]) if name == MAJANI.name else (f".{name}", titles[name])
        rss, pss = max(one.rss_mb for one in workers), max(one.pss_mb for one in workers)
        count = len(workers)
        yield (
            f"speed.memory{key}",
            _figure(f"{who}: memory of the largest worker (RSS)", Spread(rss, rss, rss), "MB", count),
        )
        yield f"speed.memory_pss{key}", _figure(f"{who}: the same (PSS)", Spread(pss, pss, pss), "MB", count)


def _rates(rounds: Rounds, slot: Slot) -> list[float]:
    return [each[slot].photos_per_s for each in rounds]


def _photos(rounds: Rounds, slot: Slot) -> int:
    return sum(len(each[slot].latencies_s) for each in rounds)


def _figure(title: str, spread: Spread, unit: str, n: int) -> Figure:
    ends = (round(spread.low, 3), round(spread.high, 3)) if spread.low != spread.high else None
    return measured(title, round(spread.middle, 3), unit, n=n, command=COMMAND, spread=ends)


def judge(found: Mapping[str, Figure], goals: Iterable[Goal] = GOALS) -> list[str]:
    lines = []
    for goal in goals:
        figure = found.get(goal.figure)
        if figure is None:
            lines.append(f"{goal.figure}: not measured; goal {goal}")
            continue
        word = "met" if goal.is_met(figure.value) else "MISSED"
        lines.append(f"{word:6} {figure.title}: {figure.value:.3g} {figure.unit} (goal {goal})")
    return lines
