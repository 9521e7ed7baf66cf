import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml

from majani.model.bundle import CARD_FILE, MODEL_FILE, SOURCES_FILE, read_bundle, write_bundle
from tests.tiny_bundle import tiny_bundle
from tests.training import described
from tests.training.described import description, write_data
from tests.training.typed import typed
from training.artifacts.files import (
    ANSWERS_FILE,
    CANDIDATE_DIR,
    CURRENT_DIR,
    GATE_FILE,
    NETWORK_FILE,
    PHOTOS_FILE,
    PLACES_FILE,
    SPLITS_FILE,
)
from training.places.answer_table import as_table, write_answers
from training.places.rows import PlaceTable
from training.release.gate import Comparison, Verdict
from training.release.registry import RECORD_FILE, roll_back
from training.settings import PARAMS_FILE
from training.stages import promote as stage
from training.warm_start.kept_networks import network_file, write_learned_photos

RUNNING = tiny_bundle({"bean.rust": (30, -20, -20)})
CANDIDATE = tiny_bundle().manifest.version
PROMOTE = Verdict(decision="promote", reason="better", candidate=CANDIDATE, champion=RUNNING.manifest.version)
KEEP = Verdict(decision="keep", reason="no better", candidate=CANDIDATE, champion=RUNNING.manifest.version)


def judged(verdict: Verdict) -> None:
    GATE_FILE.parent.mkdir()
    write_answers(as_table([]), ANSWERS_FILE)
    GATE_FILE.write_text(verdict.model_dump_json(), encoding="utf-8")
    PLACES_FILE.write_text(PlaceTable().model_dump_json(), encoding="utf-8")


def content(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.fixture(autouse=True)
def workspace(folder: Path) -> Iterator[None]:
    """A folder as the stage finds it, with a running bundle and another candidate."""
    write_data(folder, description("beans", licence="CC BY 4.0"))
    SPLITS_FILE.parent.mkdir(parents=True)
    photos = pd.DataFrame({"source": "beans", "group": ["leaf", "other"], "sha256": ["learned", "closed"]})
    photos.assign(split="train", terms=["open", "unstated"]).to_csv(SPLITS_FILE, index=False)
    PHOTOS_FILE.parent.mkdir()
    photos.to_csv(PHOTOS_FILE, index=False)
    params = described.PARAMS_FILE.read_text(encoding="utf-8")
    PARAMS_FILE.write_text(params.replace("terms: all", "terms: open"), encoding="utf-8")
    write_bundle(tiny_bundle(), CANDIDATE_DIR)
    write_bundle(RUNNING, CURRENT_DIR)
    (CURRENT_DIR / CARD_FILE).write_text("the former card", encoding="utf-8")
    yield
    assert read_bundle(CANDIDATE_DIR) == tiny_bundle(), "the candidate is only read"


@pytest.mark.parametrize(("verdict", "expected"), [(PROMOTE, tiny_bundle()), (KEEP, RUNNING)], ids=["promote", "keep"])
def test_the_stage_does_as_the_gate_wrote(verdict: Verdict, expected: object) -> None:
    before = content(CURRENT_DIR)
    judged(verdict)
    typed("promote")
    assert read_bundle(CURRENT_DIR) == expected
    assert (content(CURRENT_DIR) == before) is (verdict is KEEP)
    card, sources = (CURRENT_DIR / CARD_FILE).read_text(encoding="utf-8"), CURRENT_DIR / SOURCES_FILE
    is_new = CANDIDATE in card and sources.exists() and "CC BY 4.0" in sources.read_text(encoding="utf-8")
    assert (card == "the former card") is not is_new


@pytest.mark.parametrize(
    ("high", "expected"), [pytest.param(1, tiny_bundle(), id="no worse"), pytest.param(-0.5, RUNNING, id="worse")]
)
def test_what_is_no_better_is_promoted_by_hand_unless_it_is_worse(high: float, expected: object) -> None:
    row = Comparison(
        source="beans", measure="first name right", n=100, groups=100, candidate=80, champion=80, low=-1, high=high
    )
    judged(KEEP.model_copy(update={"table": (row,)}))
    typed("promote", "--because", "promises hold elsewhere")
    assert read_bundle(CURRENT_DIR) == expected
    assert RECORD_FILE.exists() is (expected != RUNNING)


@pytest.mark.parametrize("other", [{"candidate": "2"}, {"champion": "2"}], ids=["candidate", "running"])
def test_a_bundle_that_the_gate_has_not_judged_is_no_part_of_a_promotion(
    other: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stage, "keep_network", lambda *_, **__: pytest.fail("its network is not wanted either"))
    NETWORK_FILE.parent.mkdir(parents=True)
    NETWORK_FILE.touch()
    judged(PROMOTE.model_copy(update=other))
    before = content(CURRENT_DIR)
    assert typed("promote") == 1
    assert re.search(f"holds {CANDIDATE} and .* speaks of .*\\b2\\b", capsys.readouterr().err)
    assert content(CURRENT_DIR) == before
    assert not RECORD_FILE.exists()


def test_the_running_bundle_stays_if_the_candidate_is_damaged() -> None:
    before, sound = content(CURRENT_DIR), (CANDIDATE_DIR / MODEL_FILE).read_bytes()
    (CANDIDATE_DIR / MODEL_FILE).write_bytes(sound[:-1])
    judged(PROMOTE)
    assert typed("promote") == 1
    (CANDIDATE_DIR / MODEL_FILE).write_bytes(sound)
    assert content(CURRENT_DIR) == before


@pytest.mark.parametrize(
    ("start_from", "kept", "learned"),
    [
        pytest.param(None, set(), {"learned"}, id="after a full training"),
        pytest.param("0", {"0"}, {"learned", "earlier"}, id="after a quick round"),
    ],
)
def test_the_former_bundle_and_the_network_stay_at_hand(
    monkeypatch: pytest.MonkeyPatch, start_from: str | None, kept: set[str], learned: set[str]
) -> None:
    params = yaml.safe_load(PARAMS_FILE.read_text(encoding="utf-8"))
    params["train"]["start_from"] = start_from
    PARAMS_FILE.write_text(yaml.safe_dump(params), encoding="utf-8")
    write_learned_photos("0", {"earlier"})
    network_file("0").touch()
    was_kept = []
    monkeypatch.setattr(
        stage, "keep_network", lambda version, **more: was_kept.append((version, more["wanted"], more["learned"]))
    )
    monkeypatch.setattr(stage, "write_warm_start", was_kept.append)
    NETWORK_FILE.parent.mkdir(parents=True)
    NETWORK_FILE.touch()
    judged(PROMOTE)
    typed("promote")
    assert read_bundle(CURRENT_DIR.with_name("releases") / RUNNING.manifest.version) == RUNNING
    assert was_kept == [(CANDIDATE, {RUNNING.manifest.version, *kept}, learned), CANDIDATE]


def test_what_was_taken_back_is_not_promoted_again(capsys: pytest.CaptureFixture[str]) -> None:
    judged(PROMOTE.model_copy(update={"champion": "1"}))
    (CURRENT_DIR / "manifest.json").write_text(
        RUNNING.manifest.model_copy(update={"version": "1"}).model_dump_json(), encoding="utf-8"
    )
    typed("promote")
    roll_back(current=CURRENT_DIR, reason="worse in Kisumu")
    before = content(CURRENT_DIR)
    typed("promote")
    assert content(CURRENT_DIR) == before
    assert "better, but it was taken back" in capsys.readouterr().out
