"""The attacks are what they say, and the published figures say what was measured."""

from collections.abc import Sequence
from functools import cache
from itertools import chain

import pytest

from benchmarks.abuse import single
from benchmarks.abuse.__main__ import Aftermath, Outcome, figures
from benchmarks.abuse.attack import ATTACKS
from benchmarks.abuse.client import Others, address
from benchmarks.abuse.single import Cost, many, odd_requests, routes
from benchmarks.harness.service import unit_environment


def test_every_route_meets_every_body_and_requests_say_how_long_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    # It reads the whole description for each body.
    monkeypatch.setattr(single, "routes", cache(routes))
    names = []
    for name, sent in chain([("many", many([b"x" * 10] * 5))], odd_requests()):
        end = sent.index(b"\r\n\r\n")
        assert f"Content-Length: {len(sent) - end - 4}".encode() in sent[:end].split(b"\r\n")
        names.append(name)
    assert len(set(names)) == len(names)
    for method, path in [("DELETE", "/v1/diagnoses"), ("PUT", "/v1/diagnoses/x/feedback"), ("POST", "/desk/sign-in")]:
        assert sum(name.endswith(f": {method} {path}") for name in names) == 12
    # These take photos.
    assert {("POST", "/v1/diagnoses"), ("POST", "/")}.isdisjoint(routes())


def test_addresses_are_loopback_and_differ() -> None:
    addresses = [address(group, number) for group in range(1, 9) for number in range(600)]
    assert len(set(addresses)) == len(addresses)
    assert all(one.startswith("127.") for one in addresses)


def test_service_runs_as_systemd_starts_it() -> None:
    assert unit_environment()["MALLOC_ARENA_MAX"] == "1"


def test_figures_are_those_of_the_worst() -> None:
    def outcome(name: str, latencies_s: Sequence[float], memory_mb: float) -> Outcome:
        return Outcome(name, Others(0, (), list(latencies_s)), memory_mb, 2 * memory_mb, 0.5, {})

    costs = [Cost("a", 1.0, 0.01, (404,)), Cost("b", 2.0, 0.02, (401,))]
    outcomes = [outcome("none", [0.1] * 9, 300), *(outcome(name, [0.2] * 9, 310) for name in ATTACKS)]
    outcomes[1].others.failures.append(503)
    published = figures(costs, costs, costs, outcomes, Aftermath(3, 2, 5.1), 75)
    found = {key.removeprefix("abuse."): figure.value for key, figure in published.items()}
    expected = {"odd.memory": 2, "odd.core": 20, "slow.p99": 2, "memory": 10, "trouble": 3}
    expected |= {"flat.p99": 0.2, "logs": 2, "cached": 5.1, "uploads.peak": 0.62, "uploads.worst": 0.2}
    assert found.items() >= expected.items()
    assert 98 < found["others"] < 100
