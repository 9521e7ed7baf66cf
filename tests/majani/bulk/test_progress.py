"""The progress that a person sees on a terminal and in a log."""

import pytest

from majani.bulk.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("majani.bulk.progress.time.monotonic", lambda: now[0])
    return now


def test_a_log_gets_a_line_now_and_then(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    for second in range(65):
        clock[0] = 100.0 + second
        progress(1000 + 10 * second, 5000)
    clock[0] = 200.0
    progress(5000, 5000)
    assert capsys.readouterr().err.splitlines() == [
        "1000 of 5000 photos, 0 per second",
        "1300 of 5000 photos, 10 per second",
        "1600 of 5000 photos, 10 per second",
        "5000 of 5000 photos, 40 per second",
    ]
