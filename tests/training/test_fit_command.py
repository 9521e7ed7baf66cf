"""A folder of photos becomes a bundle with a single command; what cannot be one ends in a sentence."""

import zlib
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import Bundle, read_bundle
from serving.i18n.texts import read_adviser
from tests.drawn_leaf import DOUBTFUL, HEALTHY, RUST, drawn_leaf
from tests.training.described import ROOT
from tests.training.files import write_files
from training.cli import main

LOOKS = {"sain": HEALTHY, "blast": RUST, "odd yellow": DOUBTFUL}
IDS = {"rice.healthy", "rice.blast", "rice.odd_yellow"}

# A head on a network that was trained for seconds may not settle.
pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore::FutureWarning"),
]


@pytest.fixture
def leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve leaves of each look, all brighter than a photo has to be, and a broken one."""
    monkeypatch.chdir(ROOT)
    for name, (colour, spots) in LOOKS.items():
        (tmp_path / "kitui" / name).mkdir(parents=True)
        for number in range(12):
            seed = zlib.crc32(f"{name} {number}".encode())
            leaf = drawn_leaf(colour, spots=spots and spots + number, size=(240, 180), seed=seed)
            leaf.point(lambda value: value // 2 + 127).save(tmp_path / "kitui" / name / f"{number}.jpg")
    return write_files(tmp_path / "kitui", {"sain/broken.jpg": b"no photo"})


def typed(*words: object, reply: str = "") -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=reply)


def fitted(folder: Path, into: Path, *options: str) -> Result:
    tiny = ("--backbone=test_efficientnet", "--epochs=1", "--yes")
    return typed("fit", folder, "--crop", "rice", "--into", into, *tiny, *options)


def refused(said: Result, beginning: str = "") -> bool:
    """Whether it ended in a sentence; a traceback is an exception of another kind."""
    return isinstance(said.exception, SystemExit) and said.stderr.splitlines()[-1].startswith(f"Error: {beginning}")


def outside_texts(bundle: Bundle) -> set[str]:
    known = {condition.id for condition in read_adviser(ROOT / "data", bundle.manifest).taxonomy.conditions}
    return {entry.id for entry in bundle.manifest.classes if entry.crop} - known


def test_a_folder_becomes_a_bundle_that_answers_and_nothing_else_changes(leaves: Path, tmp_path: Path) -> None:
    said = fitted(leaves, tmp_path / "rice", "--weights=none")
    assert said.exit_code == 0, said.output
    assert "broken.jpg" in said.output
    bundle = read_bundle(tmp_path / "rice")
    assert {entry.id for entry in bundle.manifest.classes if entry.crop} == IDS
    # The service names it although nobody has written texts on it.
    assert outside_texts(bundle) == {"rice.odd_yellow"}
    # A sharp photo that is darker than all that were learned.
    dark = tmp_path / "dark.jpg"
    drawn_leaf(HEALTHY[0], size=(240, 180), seed=1).save(dark)
    answer = Diagnoser(bundle).diagnose([dark.read_bytes()], crop_hint="rice")
    assert not answer.photos[0].retake
    assert {one.id for one in answer.ranked} <= IDS
    assert "0 of 3" in said.output or any(one in said.output.splitlines()[-2] for one in IDS)
    assert list(tmp_path.glob("kitui/*.csv")) == []
    again = fitted(leaves, tmp_path / "rice")
    assert again.exit_code == 1, "no bundle is overwritten"


def test_what_folders_show_is_written_down_only_after_a_person_agrees(leaves: Path) -> None:
    refused = typed("init", leaves, "--crop", "rice", reply="rice.tungro\nn\n")
    assert refused.exit_code == 1
    assert not (leaves / "photos.csv").exists()
    agreed = typed("init", leaves, "--crop", "rice", reply="rice.tungro\ny\n")
    assert agreed.exit_code == 0, agreed.output
    assert set(pd.read_csv(leaves / "photos.csv")["label"]) == {"rice.healthy", "rice.blast", "rice.tungro"}
    assert typed("init", leaves, "--yes").exit_code == 1, "what a person has corrected stays"


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"1.jpg": b""},
        {f"blast/{number}.jpg": b"" for number in range(9)},
        {f"{name}/{number}.jpg": b"no photo" for name in ("blast", "sain") for number in range(9)},
        {"blast/1.jpg": b"", "sain/1.jpg": b""},
        {"blast/1.jpg": b"", "3/1.jpg": b""},
    ],
    ids=["empty", "no subfolder", "a single condition", "broken photos", "too few", "no id"],
)
def test_folders_that_make_no_bundle_end_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes]
) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "photos").mkdir()
    said = fitted(write_files(tmp_path / "photos", files), tmp_path / "rice")
    assert (said.exit_code, refused(said)) == (1, True), said.output
    assert not (tmp_path / "rice").exists()


def test_a_backbone_that_nobody_knows_and_weights_that_are_nowhere_end_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    files = {f"{name}/{number}.jpg": b"" for name in ("blast", "sain") for number in range(9)}
    folder = write_files(tmp_path, files)
    for options in (("--backbone=mobilenetv9",), ("--weights=package",), (f"--weights={tmp_path}/none.pt",)):
        said = fitted(folder, tmp_path / "rice", *options)
        assert (said.exit_code, refused(said, "train.")) == (1, True), said.output
