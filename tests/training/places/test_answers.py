"""What networks of left-out places have seen stands beside the names that they were trained without, or nowhere."""

from pathlib import Path

import pytest

from training.artifacts.files import PLACES_DIR
from training.places.answers import RunsMissingError, read_all


@pytest.mark.parametrize("files", [1, 3])
def test_a_run_is_never_taken_for_another(files: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runs = (("a",), ("b",))
    assert list(read_all(runs)) == [], "the stage has not run"
    PLACES_DIR.mkdir(parents=True)
    for number in range(files):
        (PLACES_DIR / f"{number}.npz").touch()
    with pytest.raises(RunsMissingError):
        list(read_all(runs))
