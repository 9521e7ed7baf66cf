"""Command line of :mod:`benchmarks.abuse`."""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from benchmarks import abuse
from benchmarks.abuse.attack import ATTACKS, running
from benchmarks.abuse.client import Others, address, ask, request
from benchmarks.abuse.scene import Scene, set_up
from benchmarks.abuse.single import Cost, measure_cases, measure_fives, measure_odd, warm
from benchmarks.harness.measured import measured_all
from benchmarks.serving_speed.photo import PHONE, enlarge, pick
from benchmarks.serving_speed.summary import percentile
from training.artifacts.files import CURRENT_DIR
from training.figures import Figure, record

_COMMAND = "python -m benchmarks.abuse --seconds {:g} --record"
# All attacks together then last ten minutes.
_FULL_S = 600 / len(ATTACKS)
_PHOTOS = 6
_SHOWN = 5
_memory, _core = attrgetter("memory_mb"), attrgetter("core_s")
_QUERIES = 20
SINGLE = {"no cases": measure_odd, "cases of one photo": measure_cases, "cases of five photos": measure_fives}


@dataclass(frozen=True)
class Outcome:
    """What an attack cost the others."""

    name: str
    others: Others
    memory_mb: float
    peak_mb: float
    core: float
    statuses: Mapping[int, int]

    def __str__(self) -> str:
        answers = ", ".join(f"{count} x {status or 'closed'}" for status, count in sorted(self.statuses.items()))
        return (
            f"{self.name:12} {self.others.success:6.1f} %, not answered {Counter(self.others.failures) or 0}, "
            f"p99 {1000 * self.others.p99_s:6.0f} ms, worst {1000 * self.others.worst_s:6.0f} ms, "
            f"{self.memory_mb:6.0f} MB, workers at most {self.peak_mb:6.0f} MB, {self.core:.2f} cores; {answers}"
        )


@dataclass(frozen=True)
class Aftermath:
    """What attacks left: server errors and restarts, lines of logs with an address or a path, and nginx's cache."""

    trouble: int
    private_lines: int
    cached_mb: float


def attacked(scene: Scene, name: str, photos: Sequence[bytes], seconds: float) -> Outcome:
    """Run the attack of this name for a while. An unknown name means no attack."""
    scene.forget_peaks()
    begun_s, begun = scene.core_s(), time.monotonic()
    others = Others(scene.nginx.port, photos)
    statuses: Mapping[int, int] = {}
    if name in ATTACKS:
        with running(ATTACKS[name], scene) as statuses:
            # Slow ones take a moment to be there.
            time.sleep(1)
            with others:
                time.sleep(seconds)
    else:
        with others:
            time.sleep(seconds)
    core = (scene.core_s() - begun_s) / (time.monotonic() - begun)
    return Outcome(name, others, scene.memory_mb(), scene.peak_mb(), core, dict(statuses))


def _print_costs(title: str, costs: Sequence[Cost]) -> None:
    print(f"{title}: {len(costs)} kinds; those that cost most:")
    by_memory, by_time = (sorted(costs, key=key, reverse=True) for key in (_memory, _core))
    for cost in dict.fromkeys([*by_memory[:_SHOWN], *by_time[:_SHOWN]]):
        statuses = ",".join(map(str, cost.statuses))
        print(f"  {cost.memory_mb:6.1f} MB {1000 * cost.core_s:6.0f} ms  {statuses:8} {cost.name}", flush=True)


def figures(
    odd: Sequence[Cost],
    cases: Sequence[Cost],
    fives: Sequence[Cost],
    outcomes: Sequence[Outcome],
    after: Aftermath,
    seconds: float,
) -> dict[str, Figure]:
    """What a full run publishes, whatever it found."""
    quiet, slow, flat = (
        [latency for outcome in outcomes if outcome.name == name for latency in outcome.others.latencies_s]
        for name in ("none", "slow", "flat")
    )
    [streams] = (outcome.others for outcome in outcomes if outcome.name == "streams")
    [uploads] = (outcome for outcome in outcomes if outcome.name == "uploads")
    asked = sum(outcome.others.asked for outcome in outcomes)
    answered = sum(len(outcome.others.latencies_s) for outcome in outcomes)
    growth_mb = outcomes[-1].memory_mb - outcomes[0].memory_mb
    ratio, count = percentile(slow, 99) / percentile(quiet, 99), len(slow)
    return measured_all(
        "abuse",
        _COMMAND.format(seconds),
        ("odd.memory", "one request that is no case: memory above idle", max(map(_memory, odd)), "MB", len(odd)),
        ("odd.core", "one request that is no case: core time", 1000 * max(map(_core, odd)), "ms", len(odd)),
        ("case.core", "one case of a dear photo: core time", max(map(_core, cases)), "s", len(cases)),
        ("five.core", "one case of five dear photos: core time", max(map(_core, fives)), "s", len(fives)),
        ("slow.p99", "400 slow clients: p99 of others' photos over that without", ratio, "x", count),
        ("others", "cases of others that were answered under attack", 100 * answered / asked, "%", asked),
        ("memory", "growth of memory over all attacks", growth_mb, "MB", len(outcomes)),
        ("trouble", "server errors and restarts under attack", after.trouble, "times", asked),
        ("flat.p99", f"{ATTACKS['flat'].title}: p99 of others' photos", percentile(flat, 99), "s", len(flat)),
        ("streams", f"{ATTACKS['streams'].title}: others refused", len(streams.failures), "cases", streams.asked),
        ("uploads.peak", f"{ATTACKS['uploads'].title}: both workers at most", uploads.peak_mb / 1000, "GB", 1),
        (
            "uploads.worst",
            f"{ATTACKS['uploads'].title}: others' photo, worst",
            uploads.others.worst_s,
            "s",
            uploads.others.asked,
        ),
        ("logs", "lines of logs with an address or a path", after.private_lines, "lines", asked),
        ("cached", f"{_QUERIES} queries of the model's file: kept by nginx", after.cached_mb, "MB", _QUERIES),
        digits=3,
    )


def main() -> int:
    """Attack, print what it cost, and publish a run of full length."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.abuse", description=abuse.__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="how long each attack lasts")
    parser.add_argument("--only", choices=["single", *ATTACKS], action="append")
    parser.add_argument("--record", action="store_true", help=f"publish a run of all, of {_FULL_S:g} s each or more")
    wanted = parser.parse_args()
    # Ended from outside, it still ends its own processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    photos = [enlarge(path, PHONE) for path in pick(Path(os.environ["MAJANI_MIRROR"]), _PHOTOS)]
    names = [name for name in ATTACKS if not wanted.only or name in wanted.only]
    costs: list[list[Cost]] = []
    with (
        tempfile.TemporaryDirectory(prefix="majani-abuse-") as folder,
        set_up(Path(folder), CURRENT_DIR.resolve()) as scene,
    ):
        workers = scene.service.workers()
        # Both workers have their working memory then.
        attacked(scene, "none", photos, 5)
        warm(scene)
        if not wanted.only or "single" in wanted.only:
            for title, measure in SINGLE.items():
                costs.append(measure(scene))
                _print_costs(title, costs[-1])
        outcomes = []
        # By turns, as one slow photo of three hundred is chance.
        turns = 2 * ["none", "slow"] if "slow" in names else []
        for name in [*turns, "none", *names, "none"]:
            outcomes.append(attacked(scene, name, photos, wanted.seconds))
            print(outcomes[-1], flush=True)
        for number in range(_QUERIES):
            ask(scene.nginx.port, address(2, number), request("GET", f"{scene.model_path.decode()}?x={number}"))
        errors = [line for line in scene.service.server_errors() if not line.startswith("503")]
        trouble, lines = len(errors) + len(set(workers) ^ set(scene.service.workers())), scene.private_lines()
        after = Aftermath(trouble, len(lines), scene.cached_mb())
    print(*errors[:20], *lines[:20], f"{trouble} server errors and restarts", sep="\n")
    print(f"{len(lines)} lines of logs with an address or a path; nginx keeps {after.cached_mb:.1f} MB")
    if wanted.record and not wanted.only and wanted.seconds >= _FULL_S:
        record(figures(costs[0], costs[1], costs[2], outcomes, after, wanted.seconds))
    return 1 if trouble or lines or any(outcome.others.failures for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
