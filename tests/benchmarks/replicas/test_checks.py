"""What is asked of all replicas sees what one of them does not have, and what two of them have as two."""

import json
import secrets
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from benchmarks.faults.clients import Load, SentCase
from benchmarks.harness.port import free_port
from benchmarks.replicas.checks import race, unreadable
from serving.cases.photo_store import strip
from tests.benchmarks.replicas.upstream import Answer, Asked, upstream
from tests.pictures import PictureFactory

TOKEN = "a-token"  # noqa: S105 - of nothing


@pytest.fixture
def load(pictures: PictureFactory) -> Load:
    """One case, of the second photo, was acknowledged; another was not."""
    load = Load(0, [pictures.red(), pictures.leaf()])
    load.cases += [SentCase("one", 1, "kept", TOKEN), SentCase("other", 0)]
    return load


def photo_of(photo: bytes) -> Answer:
    def answer(asked: Asked) -> tuple[int, bytes]:
        content = {"/v1/diagnoses/kept": b"{}", "/v1/diagnoses/kept/photos/0": photo}[asked.path]
        return (200, content) if asked.headers["Authorization"] == f"Bearer {TOKEN}" else (404, b"")

    return answer


def row_only(asked: Asked) -> tuple[int, bytes]:
    return 404 if asked.path.endswith("photos/0") else 200, b"{}"


def keeping(kept: dict[str, str]) -> Answer:
    """A replica that looks a key up in ``kept``."""

    def answer(asked: Asked) -> tuple[int, bytes]:
        found = kept.setdefault(asked.headers["Idempotency-Key"], secrets.token_hex(4))
        return 201, json.dumps({"id": found, "token": f"of {found}", "model_version": "1"}).encode()

    return answer


def test_all_is_well(load: Load) -> None:
    with upstream(photo_of(strip(load.photos[1]))) as one, upstream(photo_of(strip(load.photos[1]))) as other:
        assert unreadable(load, [one.port, other.port]) == []
        assert [len(one.asked), len(other.asked)] == [2, 2]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda load: photo_of(strip(load.photos[0])), id="another photo"),
        pytest.param(lambda load: photo_of(strip(load.photos[1])[:500]), id="half a photo"),
        pytest.param(lambda _: lambda _: (404, b""), id="no case"),
        pytest.param(lambda _: lambda _: None, id="no answer"),
        pytest.param(lambda _: row_only, id="no photo"),
    ],
)
def test_case_that_one_replica_does_not_have(other: Callable[[Load], Answer], load: Load) -> None:
    with upstream(photo_of(strip(load.photos[1]))) as sound, upstream(other(load)) as unsound:
        assert len(unreadable(load, [sound.port, unsound.port])) == 1


def test_replica_that_is_not_there(load: Load) -> None:
    assert len(unreadable(load, [free_port()])) == 1


@pytest.mark.parametrize("is_shared", [True, False], ids=["shared memory of keys", "each its own"])
def test_race(is_shared: bool, load: Load) -> None:
    shared: dict[str, str] = {}
    with ExitStack() as stack:
        both = [stack.enter_context(upstream(keeping(shared if is_shared else {}))) for _ in range(2)]
        complaints = race(load, [one.port for one in both])
        assert len(both[0].asked) == len(both[1].asked) > 0
    # The cases belong to the load, so that storage is searched for them too.
    assert len(load.cases) == 2 + len(both[0].asked)
    assert len(complaints) == (0 if is_shared else len(both[0].asked))
