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
        assert done.exit_code == 0
        assert done.stderr == ""
        lines = done.stdout.splitlines()
        assert lines[:2] == ["Bean: bean rust, over 99%", "At least 9 in 10 answers like this are right."]
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
        assert done.exit_code == 1
        assert done.stdout == ""
        assert done.stderr.startswith(f"error: {code}: ")
        assert done.stderr.count("\n") == 1


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            pytest.param([], id="nothing"),
            pytest.param(["absent"], id="a file that does not exist"),
            pytest.param(["."], id="a folder without --csv"),
            pytest.param(["leaf", "."], id="a file and a folder"),
            pytest.param(["leaf", "--csv", "-"], id="--csv with a file"),
            pytest.param([".", ".", "--csv", "-"], id="--csv with two folders"),
            pytest.param([".", "leaf", "--csv", "-"], id="--csv with a folder and a file"),
            pytest.param([".", "--csv", "-", "--json"], id="--csv with --json"),
            pytest.param(["leaf", "--quick"], id="unknown option"),
        ],
    )
    def test_that_is_wrong(
        self, photos: Path, tiny_bundle_dir: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
    ) -> None:
        monkeypatch.chdir(photos)
        done = majani("diagnose", *arguments, bundle=tiny_bundle_dir)
        assert done.exit_code == 2
        assert done.stdout == ""
        assert "Error: " in done.stderr


class TestFolder:
    def test_goes_into_a_file(self, photos: Path, tiny_bundle_dir: Path, tmp_path: Path) -> None:
        done = majani("diagnose", photos, "--csv", tmp_path / "out.csv", bundle=tiny_bundle_dir)
        assert done.exit_code == 0
        assert done.stdout == ""
        assert done.stderr.endswith("4 files, 1 of them with an error.\n")
        with (tmp_path / "out.csv").open(newline="") as file:
            outcomes = {row["path"]: row["outcome"] or row["error"] for row in csv.DictReader(file)}
        assert outcomes == {"dark": "retake", "gif": "photo_unsupported", "leaf": "healthy", "red": "condition"}

    @pytest.mark.parametrize("options", [["--crop", "maize"], ["--bundle", "/nonexistent"]], ids=["crop", "bundle"])
    def test_failure_leaves_what_was_there(
        self, photos: Path, tiny_bundle_dir: Path, tmp_path: Path, options: list[str]
    ) -> None:
        (tmp_path / "out.csv").write_text("earlier")
        done = majani("diagnose", photos, "--csv", tmp_path / "out.csv", *options, bundle=tiny_bundle_dir)
        assert done.exit_code == 1
        assert (tmp_path / "out.csv").read_text() == "earlier"

    def test_names_need_not_be_utf8(self, photos: Path, tiny_bundle_dir: Path, tmp_path: Path) -> None:
        odd = b'caf\xe9,"1"\n.jpg'.decode("utf-8", "surrogateescape")
        (photos / odd).write_bytes((photos / "leaf").read_bytes())
        done = majani("diagnose", photos, "--csv", tmp_path / "out.csv", bundle=tiny_bundle_dir)
        assert done.exit_code == 0
        with (tmp_path / "out.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            assert odd in {row["path"] for row in csv.DictReader(file)}

    def test_a_link_that_leads_to_itself_takes_no_photo_with_it(
        self, photos: Path, tiny_bundle_dir: Path, tmp_path: Path
    ) -> None:
        (photos / "loop").symlink_to("loop")
        done = majani("diagnose", photos, "--csv", tmp_path / "out.csv", bundle=tiny_bundle_dir)
        assert done.exit_code == 0
        with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
            assert "leaf" in {row["path"] for row in csv.DictReader(file) if not row["error"]}

    def test_result_that_cannot_be_written(self, photos: Path, tiny_bundle_dir: Path, tmp_path: Path) -> None:
        done = majani("diagnose", photos, "--csv", tmp_path / "absent" / "out.csv", bundle=tiny_bundle_dir)
        assert done.exit_code == 1
        assert "Could not open file" in done.stderr
