"""The command line as a user meets it: what is printed where, and with which exit status."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from majani.cli import main
from majani.decision.diagnosis import Diagnosis
from tests.pictures import PictureFactory


@pytest.fixture
def photos(tmp_path: Path, pictures: PictureFactory) -> Path:
    """A folder with ``leaf``, ``red``, ``dark``, ``gif`` and an empty folder."""
    folder = tmp_path / "photos"
    (folder / "nothing").mkdir(parents=True)
    for method in ("leaf", "red", "dark", "gif"):
        (folder / method).write_bytes(getattr(pictures, method)())
    return folder


def majani(*arguments: str | Path, bundle: Path | None = None) -> Result:
    environment = {"MAJANI_BUNDLE": str(bundle) if bundle else None}
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env=environment)


class TestCase:
    def test_is_answered_in_words(self, photos: Path, tiny_bundle_dir: Path) -> None:
        done = majani("diagnose", photos / "red", photos / "dark", bundle=tiny_bundle_dir)
        assert (done.exit_code, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert "bean rust" in lines[0]
        assert f"{photos / 'red'}: used" in lines
        assert any(line.startswith(f"{photos / 'dark'}: not used, too dark") for line in lines)
        assert majani("diagnose", photos / "dark", bundle=tiny_bundle_dir).exit_code == 0, "retake is an answer"

    def test_is_answered_in_json(self, photos: Path, tiny_bundle_dir: Path) -> None:
        done = majani("diagnose", photos / "leaf", "--json", "--crop", "bean", "--bundle", tiny_bundle_dir)
        assert done.exit_code == 0
        diagnosis = Diagnosis.model_validate_json(done.stdout)
        assert diagnosis.condition is not None
        assert (diagnosis.condition.id, diagnosis.crop_hint) == ("bean.healthy", "bean")

    @pytest.mark.parametrize(
        ("names", "options", "code"),
        [
            (["gif"], [], "photo_unsupported"),
            (["gif", "gif"], [], "photo_unsupported"),
            (["/dev/null"], [], "photo_unreadable"),
            (["leaf"] * 6, [], "case_too_many_photos"),
            (["leaf"], ["--crop", "maize"], "crop_unknown"),
            (["leaf"], ["--bundle", "/nonexistent"], "bundle_invalid"),
        ],
        ids=["bad photo", "bad photos only", "device", "six photos", "unknown crop", "no bundle"],
    )
    def test_failure_is_one_line(
        self, photos: Path, tiny_bundle_dir: Path, names: list[str], options: list[str], code: str
    ) -> None:
        done = majani("diagnose", *(photos / name for name in names), *options, bundle=tiny_bundle_dir)
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith(f"error: {code}: ")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param("", id="nothing"),
        pytest.param("absent", id="a file that does not exist"),
        pytest.param(".", id="a folder without --csv"),
        pytest.param("leaf .", id="a file and a folder"),
        pytest.param("leaf --csv -", id="--csv with a file"),
        pytest.param(". . --csv -", id="--csv with two folders"),
        pytest.param(". leaf --csv -", id="--csv with a folder and a file"),
        pytest.param(". --csv - --json", id="--csv with --json"),
        pytest.param("leaf --quick", id="unknown option"),
    ],
)
def test_wrong_usage(photos: Path, monkeypatch: pytest.MonkeyPatch, arguments: str) -> None:
    monkeypatch.chdir(photos)
    done = majani("diagnose", *arguments.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: " in done.stderr


class TestFolder:
    def test_goes_into_a_file_whatever_its_names_are(self, photos: Path, tiny_bundle_dir: Path, tmp_path: Path) -> None:
        odd = b'caf\xe9,"1"\n.jpg'.decode("utf-8", "surrogateescape")
        (photos / odd).write_bytes((photos / "leaf").read_bytes())
        (photos / "loop").symlink_to("loop")
        done = majani("diagnose", photos, "--csv", tmp_path / "out.csv", bundle=tiny_bundle_dir)
        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr.endswith("6 files, 2 of them with an error.\n")
        with (tmp_path / "out.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            outcomes = {row["path"]: row["outcome"] or row["error"] for row in csv.DictReader(file)}
        assert outcomes == {
            **{"dark": "retake", "leaf": "healthy", "red": "condition", odd: "healthy"},
            **{"gif": "photo_unsupported", "loop": "photo_unreadable"},
        }

    def test_failure_leaves_what_was_there(self, photos: Path, tiny_bundle_dir: Path, tmp_path: Path) -> None:
        (tmp_path / "out.csv").write_text("earlier")
        for options in (["--crop", "maize"], ["--bundle", "/nonexistent"]):
            done = majani("diagnose", photos, "--csv", tmp_path / "out.csv", *options, bundle=tiny_bundle_dir)
            assert done.exit_code == 1
            assert (tmp_path / "out.csv").read_text() == "earlier"
        done = majani("diagnose", photos, "--csv", tmp_path / "absent" / "out.csv", bundle=tiny_bundle_dir)
        assert done.exit_code == 1
        assert "Could not open file" in done.stderr
