import hashlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.unreliable_server import (
    Step,
    UnreliableServer,
    answer,
    break_off,
    replaced_by,
    reset,
    stall,
    unreliable_server,
)
from training.sources.download import DownloadCode, DownloadError, Patience, download

CONTENT = random.Random(1).randbytes(600_000)
OTHER = random.Random(2).randbytes(600_000)
IMPATIENT = Patience(attempts=3, backoff_s=0.01, max_pause_s=1, connect_timeout_s=2, read_timeout_s=0.5)
Script = list[Step]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def silent(_: object) -> None:
    time.sleep(0.8)


@pytest.fixture
def server() -> Iterator[UnreliableServer]:
    with unreliable_server(CONTENT) as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.mark.parametrize(
    ("script", "ranges"),
    [
        pytest.param([], [None], id="at once"),
        pytest.param([break_off(1000), break_off(70_000)], [None, "1000", "71000"], id="broken off twice"),
        pytest.param([break_off(0)], [None, None], id="broken off before the first byte"),
        pytest.param([break_off(50_000)] * 8, [None, *(str(n * 50_000) for n in range(1, 9))], id="progress each time"),
        pytest.param([answer(503, {})], [None, None], id="503 once"),
        pytest.param([answer(500, {}), answer(502, {})], [None] * 3, id="500, then 502"),
        pytest.param([break_off(1000), answer(503, {})], [None, "1000", "1000"], id="503 while continuing"),
        pytest.param([break_off(1000), answer(416, {})], [None, "1000", None], id="416 without size"),
        pytest.param(
            [break_off(1000), answer(416, {"Content-Range": "bytes */999"})], [None, "1000", None], id="416, shorter"
        ),
        pytest.param(
            [break_off(1000), answer(206, {"Content-Range": "bytes 0-9/600000"}, b"0123456789")],
            [None, "1000", None],
            id="206 of another range",
        ),
        pytest.param([break_off(1000), answer(206, {}, b"?")], [None, "1000", None], id="206 that does not say which"),
        pytest.param([silent], [None, None], id="silent"),
    ],
)
def test_ends_with_the_whole_file(
    server: UnreliableServer, target: Path, script: Script, ranges: list[str | None]
) -> None:
    server.script = list(script)
    assert download(server.url, target, patience=IMPATIENT) == sha256(CONTENT)
    assert target.read_bytes() == CONTENT
    assert [asked.get("Range") for asked in server.asked] == [one and f"bytes={one}-" for one in ranges]
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_continues_after_a_reset_with_what_had_arrived(server: UnreliableServer, target: Path) -> None:
    server.script = [reset(200_000), reset(200_000)]
    assert download(server.url, target, patience=IMPATIENT) == sha256(CONTENT)
    assert len(server.asked) == 3


def test_continues_after_silence_with_what_had_arrived(server: UnreliableServer, target: Path) -> None:
    server.script = [stall(1000)]
    assert download(server.url, target, patience=IMPATIENT) == sha256(CONTENT)
    assert server.asked[1]["Range"] == "bytes=1000-"


@pytest.mark.parametrize(
    ("validators", "condition"),
    [
        pytest.param({"ETag": '"first"'}, '"first"', id="strong ETag"),
        pytest.param({"ETag": 'W/"first"'}, None, id="weak ETag does not promise equal bytes"),
        pytest.param({"Last-Modified": "Mon, 03 Mar 2025 10:00:00 GMT"}, "Mon, 03 Mar 2025 10:00:00 GMT", id="date"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_asks_for_the_rest_of_the_same_version(
    server: UnreliableServer, target: Path, validators: dict[str, str], condition: str | None
) -> None:
    server.validators, server.script = validators, [break_off(1000)]
    assert download(server.url, target, patience=IMPATIENT) == sha256(CONTENT)
    assert server.asked[1].get("If-Range") == condition


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_file_changed_between_attempts_is_fetched_from_its_beginning(
    server: UnreliableServer, target: Path, ranges: bool
) -> None:
    server.ranges = ranges
    server.script = [break_off(1000), replaced_by(OTHER, {"ETag": '"second"'})]
    assert download(server.url, target, patience=IMPATIENT) == sha256(OTHER)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Content-Range": "bytes 1000-599999/600000", "ETag": '"second"'}, id="other ETag"),
        pytest.param({"Content-Range": "bytes 1000-599999/700000"}, id="other size"),
    ],
)
def test_versions_are_not_spliced_when_the_server_ignores_the_condition(
    server: UnreliableServer, target: Path, headers: dict[str, str]
) -> None:
    server.script = [break_off(1000), answer(206, headers, OTHER[1000:])]
    assert download(server.url, target, patience=IMPATIENT) == sha256(CONTENT)


def test_range_ignored(server: UnreliableServer, target: Path) -> None:
    server.ranges, server.script = False, [break_off(1000)]
    assert download(server.url, target, patience=IMPATIENT) == sha256(CONTENT)


def test_a_later_run_continues(server: UnreliableServer, target: Path) -> None:
    server.script = [break_off(100_000), answer(404, {})]
    with pytest.raises(DownloadError):
        download(server.url, target, patience=IMPATIENT)
    assert not target.exists()
    assert download(server.url, target, patience=IMPATIENT) == sha256(CONTENT)
    assert server.asked[-1]["Range"] == "bytes=100000-"


def test_a_run_killed_before_the_renaming_needs_no_byte_again(server: UnreliableServer, target: Path) -> None:
    target.with_name(target.name + ".part").write_bytes(CONTENT)
    assert download(server.url, target, patience=IMPATIENT) == sha256(CONTENT)
    assert len(server.asked) == 1


def test_a_finished_file_is_only_checked(server: UnreliableServer, target: Path) -> None:
    target.write_bytes(CONTENT)
    assert download(server.url, target, sha256=sha256(CONTENT), patience=IMPATIENT) == sha256(CONTENT)
    assert not server.asked


def test_waits_as_long_as_the_server_asks(server: UnreliableServer, target: Path) -> None:
    server.script = [answer(429, {"Retry-After": "1"})]
    before = time.monotonic()
    download(server.url, target, patience=IMPATIENT)
    assert time.monotonic() - before >= 1


def test_does_not_wait_for_hours(server: UnreliableServer, target: Path) -> None:
    server.script = [answer(503, {"Retry-After": "7200"})]
    before = time.monotonic()
    download(server.url, target, patience=IMPATIENT)
    assert time.monotonic() - before < 5


@pytest.mark.parametrize(
    ("script", "requests"),
    [
        pytest.param([answer(404, {})], 1, id="404 is not repeated"),
        pytest.param([answer(403, {})], 1, id="403 is not repeated"),
        pytest.param([answer(204, {})], 1, id="204 is no file"),
        pytest.param([answer(503, {})] * 9, 3, id="503 for ever"),
        pytest.param([answer(429, {})] * 9, 3, id="429 for ever"),
        pytest.param([break_off(0)] * 9, 3, id="never a byte"),
        pytest.param([break_off(1000), *[break_off(0)] * 9], 4, id="no further byte"),
        pytest.param([silent] * 9, 3, id="silent for ever"),
    ],
)
def test_gives_up(server: UnreliableServer, target: Path, script: Script, requests: int) -> None:
    server.script = list(script)
    with pytest.raises(DownloadError) as caught:
        download(server.url, target, patience=IMPATIENT)
    assert caught.value.code is DownloadCode.DOWNLOAD_FAILED
    assert len(server.asked) == requests
    assert not target.exists()


def test_gives_up_on_a_server_without_ranges_that_always_breaks_off_there(
    server: UnreliableServer, target: Path
) -> None:
    server.ranges, server.script = False, [break_off(1000)] * 99
    with pytest.raises(DownloadError) as caught:
        download(server.url, target, patience=IMPATIENT)
    assert caught.value.code is DownloadCode.DOWNLOAD_FAILED
    assert len(server.asked) == 4


def test_nobody_listens(target: Path) -> None:
    with unreliable_server(b"") as server:
        url = server.url
    with pytest.raises(DownloadError) as caught:
        download(url, target, patience=IMPATIENT)
    assert caught.value.code is DownloadCode.DOWNLOAD_FAILED


def test_wrong_checksum_starts_anew_next_time(server: UnreliableServer, target: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        download(server.url, target, sha256=sha256(OTHER), patience=IMPATIENT)
    assert caught.value.code is DownloadCode.CHECKSUM_MISMATCH
    assert not list(target.parent.iterdir())
    assert download(server.url, target, sha256=sha256(CONTENT), patience=IMPATIENT) == sha256(CONTENT)
