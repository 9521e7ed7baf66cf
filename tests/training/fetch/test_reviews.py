import shutil
from collections.abc import Mapping

import pytest
import yaml

from tests.training.desk_export import REVIEWS_HEADER, described_reviews, export_files, review, table
from tests.training.fetch.project import Project, state
from tests.training.files import pack_tar

LEAF, OTHER = "photos/c1/0.jpg", "photos/c2/0.jpg"


@pytest.fixture
def desk(project: Project) -> Project:
    """A project with a dataset and a place for reviewed cases."""
    project.add_mirrored("village")
    (project.root / "data/sources/field_reviews.yaml").write_text(yaml.safe_dump(described_reviews()))
    return project


def exported(project: Project, photos: Mapping[str, bytes], changed: Mapping[str, bytes] = {}) -> str:
    """An archive in which one reviewer saw rust on every photo."""
    cases = sorted({path.split("/")[1] for path in photos})
    files = export_files([review(case, "r1", "bean.rust") for case in cases], photos, changed)
    return str(pack_tar(project.root / "reviews.tar", files))


def test_nobody_has_to_have_reviewers(desk: Project) -> None:
    assert desk.run() == 0
    assert {path.name for path in desk.raw.iterdir()} == {"village", "village.json"}
    assert desk.run("field_reviews") == 1, "but who names them has to bring them"


def test_an_export_becomes_a_source_and_replaces_the_one_before(desk: Project) -> None:
    for photos in ({LEAF: b"leaf", OTHER: b"other"}, {OTHER: b"other"}):
        # As a spreadsheet saves it.
        rows = [review(path.split("/")[1], "r1", "bean.rust") for path in photos]
        marked = {"reviews.csv": b"\xef\xbb\xbf" + table(REVIEWS_HEADER, rows)}
        assert desk.run("field_reviews", "--archive", exported(desk, photos, marked)) == 0
        assert set(desk.photos("field_reviews")) == {"reviews.csv", "photos.csv", *photos}
        record = desk.record("field_reviews")
        assert (record["origin"], record["content"]["files"]) == ("archive", len(photos))
        before = state(desk.raw / "field_reviews")
        assert desk.run() == 0
        assert state(desk.raw / "field_reviews") == before
    assert b"c1" not in desk.photos("field_reviews")["reviews.csv"]


@pytest.mark.parametrize("harm", ["remove", "alter a verdict", "remove folder"])
def test_what_is_changed_in_an_export_is_noticed(desk: Project, capsys: pytest.CaptureFixture[str], harm: str) -> None:
    desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf"}))
    folder = desk.raw / "field_reviews"
    if harm == "remove":
        (folder / LEAF).unlink()
    elif harm == "alter a verdict":
        (folder / "reviews.csv").write_text((folder / "reviews.csv").read_text().replace("rust", "healthy"))
    else:
        shutil.rmtree(folder)
    assert desk.run() == 1
    assert "field_reviews: no_direct_link: Export them." in capsys.readouterr().err


def test_bad_rows_are_told_and_the_others_arrive(desk: Project, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [review("c1", "r1", "bean.rust"), review("c1", "r2", "bean.gone"), review("c1", "r3", "bean.gone")]
    changed = {"reviews.csv": table(REVIEWS_HEADER, rows)}
    assert desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf"}, changed)) == 0
    assert "left out: condition_unknown: 2, the first is reviews.csv:3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "code"),
    [
        pytest.param({"photos/c1/0.jpg": b"leaf"}, "layout_unexpected", id="no tables"),
        pytest.param({"reviews.csv": b"x\n", "photos.csv": b"x\n"}, "layout_unexpected", id="other tables"),
        pytest.param({"export/reviews.csv": b"", "export/photos.csv": b""}, "root_not_found", id="in a folder"),
        pytest.param({"../reviews.csv": b"", "photos.csv": b""}, "archive_unsafe", id="a table outside"),
        pytest.param({"photos/c1/../../../x.jpg": b""}, "archive_unsafe", id="a photo outside"),
    ],
)
def test_what_is_no_export_leaves_the_one_before(
    desk: Project, capsys: pytest.CaptureFixture[str], files: dict[str, bytes], code: str
) -> None:
    desk.run("field_reviews", "--archive", exported(desk, {LEAF: b"leaf"}))
    before = state(desk.raw / "field_reviews")
    bad = pack_tar(desk.root / "bad.tar", files)
    assert desk.run("field_reviews", "--archive", str(bad)) == 1
    assert f"field_reviews: {code}:" in capsys.readouterr().err
    assert state(desk.raw / "field_reviews") == before
    assert desk.run() == 0
