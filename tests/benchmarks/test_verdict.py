"""From rounds to figures and goals, with made-up measurements whose answer is known."""

from dataclasses import replace

import pytest

from benchmarks.harness.process import Memory
from benchmarks.serving_speed.__main__ import failed
from benchmarks.serving_speed.measurement import CLIENTS, FLOOR, Measured, Slot, Start
from benchmarks.serving_speed.photo import KINDS
from benchmarks.serving_speed.server import CONTENDERS, CORES
from benchmarks.serving_speed.verdict import figures


def measured(latency_s: float, photos_per_s: float) -> Measured:
    return Measured([latency_s] * 10, photos_per_s, cpu_s=0.05)


def one_round(drift: float) -> dict[Slot, Measured]:
    """The service takes 1.2 x the floor and is at its best with 4 clients; everything is ``drift`` x as slow."""
    best = {"majani": 18.0, "litserve": 6.0}
    found = {}
    for kind in KINDS:
        found[Slot(kind.name, FLOOR, 1)] = measured(0.05 * drift, 20 / drift)
        for contender in CONTENDERS:
            for clients in CLIENTS:
                rate = best[contender.name] / drift / (1 if clients == 4 else 2)
                found[Slot(kind.name, contender.name, clients)] = measured(0.06 * drift, rate)
    return found


@pytest.fixture
def rounds() -> list[dict[Slot, Measured]]:
    return [one_round(1.0), one_round(3.0), one_round(1.5)]


def test_a_drifting_machine_moves_no_ratio(rounds: list[dict[Slot, Measured]]) -> None:
    found = figures(rounds, [Start(1.5, 300.0)], {"majani": [Memory(150, 120), Memory(180, 110)]})
    over = found["speed.12mp.over_floor"]
    assert (over.low, over.value, over.high) == pytest.approx((1.2, 1.2, 1.2))
    assert found["speed.12mp.of_cores"].value == pytest.approx(18 / (CORES * 20))
    assert found["speed.12mp.against_litserve"].value == pytest.approx(3)
    assert found["speed.12mp.majani.01.p50"].value == pytest.approx(90)
    assert (found["speed.memory"].value, found["speed.memory_pss"].value) == (180, 120)
    assert found["speed.cold_start"].value == 1.5


@pytest.mark.parametrize("contender", [one.name for one in CONTENDERS])
def test_a_failed_request_counts_whoever_it_went_to(rounds: list[dict[Slot, Measured]], contender: str) -> None:
    """A peer that fails answers fewer photos, and the service would look quicker beside it."""
    assert failed(rounds) == 0
    slot = Slot("12mp", contender, 4)
    rounds[1][slot] = replace(rounds[1][slot], failures=["500: b''", "TimeoutError: "])
    assert failed(rounds) == 2
