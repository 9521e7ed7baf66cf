import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from majani.errors import BundleError
from majani.model.bundle import CARD_FILE, MODEL_FILE, read_bundle
from tests.tiny_bundle import tiny_bundle
from tests.training.typed import typed
from training.artifacts.files import CURRENT_DIR
from training.release import registry
from training.release.registry import RECORD_FILE, promote_bundle, roll_back, was_rolled_back

pytestmark = pytest.mark.usefixtures("folder")


def version(directory: Path) -> str:
    return read_bundle(directory).manifest.version


def release(name: str) -> Path:
    return CURRENT_DIR.with_name("releases") / name


def promoted(*names: str) -> None:
    made = tiny_bundle()
    for name in names:
        bundle = replace(made, manifest=made.manifest.model_copy(update={"version": name}))
        promote_bundle(bundle, {CARD_FILE: f"card of {name}"}, current=CURRENT_DIR, reason="better")


def record() -> list[tuple[str, str, str]]:
    with RECORD_FILE.open(newline="") as file:
        return [(row["did"], row["version"], row["before"]) for row in csv.DictReader(file)]


def test_the_one_that_ran_stays_beside_it() -> None:
    promoted("1", "2")
    assert (CURRENT_DIR.readlink(), version(CURRENT_DIR), version(release("1"))) == (Path("releases/2"), "2", "1")
    assert (CURRENT_DIR / CARD_FILE).read_text() == "card of 2"
    assert record() == [("promoted", "1", ""), ("promoted", "2", "1")]
    assert {path.name for path in CURRENT_DIR.parent.iterdir()} == {"current", "releases"}


def test_the_folders_of_earlier_releases_are_taken_over() -> None:
    promoted("1", "2")
    CURRENT_DIR.unlink()
    release("2").rename(CURRENT_DIR)
    release("1").rename(CURRENT_DIR.with_name("former"))
    assert roll_back(current=CURRENT_DIR, reason="worse") == ("1", "2")
    promoted("3")
    assert version(CURRENT_DIR) == "3"
    assert {path.name for path in release("3").parent.iterdir()} == {"1", "2", "3"}
    assert {path.name for path in CURRENT_DIR.parent.iterdir()} == {"current", "releases"}


def test_going_back_and_forth() -> None:
    promoted("1", "2")
    assert roll_back(current=CURRENT_DIR, reason="worse") == ("1", "2")
    assert (version(CURRENT_DIR), (CURRENT_DIR / CARD_FILE).read_text()) == ("1", "card of 1")
    assert was_rolled_back("2") and not was_rolled_back("1")
    assert roll_back(current=CURRENT_DIR, reason="after all") == ("2", "1")
    assert not was_rolled_back("2") and was_rolled_back("1")
    assert record()[2:] == [("rolled_back", "1", "2"), ("rolled_back", "2", "1")]
    # By hand, what was taken back may be put in place.
    promoted("1")
    assert not was_rolled_back("1")
    assert (version(CURRENT_DIR), record()[-1]) == ("1", ("promoted", "1", "2"))


def test_what_was_taken_back_is_known_when_it_is_calibrated_on_another_day() -> None:
    promoted("2026.10.01-aaaa1111", "2026.10.02-bbbb2222")
    roll_back(current=CURRENT_DIR, reason="worse in the field")
    assert was_rolled_back("2026.10.09-bbbb2222")
    assert not was_rolled_back("2026.10.09-cccc3333")


@pytest.mark.parametrize("action", [lambda: roll_back(current=CURRENT_DIR, reason=""), lambda: promoted("3")])
def test_a_damaged_bundle_never_gets_in_place(action: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    promoted("1", "2")
    former = release("1") / MODEL_FILE
    former.write_bytes(former.read_bytes()[:-1])
    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: write(path, data[:-1]))
    with pytest.raises(BundleError):
        action()
    assert version(CURRENT_DIR) == "2"
    assert len(record()) == 2


def test_a_rollback_that_could_not_be_recorded_is_no_rollback(monkeypatch: pytest.MonkeyPatch) -> None:
    promoted("1", "2")
    with monkeypatch.context() as patch:
        patch.setattr(registry, "_write_down", Mock(side_effect=OSError("no space left")))
        with pytest.raises(OSError, match="no space"):
            roll_back(current=CURRENT_DIR, reason="worse")
    roll_back(current=CURRENT_DIR, reason="worse")
    assert version(CURRENT_DIR) == "1"


class Killed(BaseException):
    """What a killed process does not live to see."""


@pytest.mark.parametrize("step", ["write_bundle", "_write_down", "point"])
def test_what_is_killed_anywhere_is_completed_when_it_is_said_again(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def killed(action: Callable[[], object]) -> None:
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(registry, step, Mock(side_effect=Killed))
            action()

    promoted("1", "2")
    killed(lambda: promoted("3"))
    assert version(CURRENT_DIR) == "2"
    promoted("3")
    assert version(CURRENT_DIR) == "3"
    if step != "write_bundle":
        killed(lambda: roll_back(current=CURRENT_DIR, reason=""))
        assert version(CURRENT_DIR) == "3"
    assert roll_back(current=CURRENT_DIR, reason="") == ("2", "3")
    assert version(CURRENT_DIR) == "2"
    assert record() == [
        ("promoted", "1", ""),
        ("promoted", "2", "1"),
        ("promoted", "3", "2"),
        ("rolled_back", "2", "3"),
    ]


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("rollback", "--reason", "too many refusals, says Kisumu")
    promoted("1")
    assert typed(*words) == 1
    assert "no_former_bundle" in capsys.readouterr().err
    assert version(CURRENT_DIR) == "1"
    promoted("2")
    assert typed(*words) == 0
    assert version(CURRENT_DIR) == "1"
    assert RECORD_FILE.read_text().splitlines()[-1].endswith(',rolled_back,1,2,"too many refusals, says Kisumu"')
