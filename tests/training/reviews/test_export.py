from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.training.described import taxonomy
from tests.training.desk_export import PHOTOS_HEADER, REVIEWS_HEADER, Row, export_files, photo_row, review, table
from tests.training.files import write_files
from training.reviews.export import Export, ExportError, read_export

LEAF = "photos/c1/0.jpg"


def read(folder: Path, reviews: list[Row], photos: dict[str, bytes], changed: Mapping[str, bytes] = {}) -> Export:
    return read_export(write_files(folder, export_files(reviews, photos, changed)), taxonomy())


def test_reads_reviews_and_photos_and_names_conditions_that_are_not_in_the_taxonomy(tmp_path: Path) -> None:
    said = ["bean.rust", "unknown_plant", "not_a_plant", "cannot_tell", "bad_photo", "bean.gone"]
    export = read(tmp_path, [review("c1", f"r{number}", one) for number, one in enumerate(said)], {LEAF: b"leaf"})
    assert [one.label for one in export.reviews] == ["bean.rust", "unknown_plant", "not_a_plant", "", "", ""]
    assert [one.verdict for one in export.reviews] == ["condition", *said[1:5], "cannot_tell"], (
        "it agrees with no other"
    )
    assert [photo.path for photo in export.photos] == [LEAF]
    assert export.left_out == (("reviews.csv:7", "condition_unknown"),)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        pytest.param(review("c1", "r1", "bean.healthy"), "review_twice", id="a second review of one reviewer"),
        pytest.param(("c1", "r9", "maybe", "", "2026-11-25"), "row_malformed", id="no such verdict"),
        pytest.param(("c1", "r9", "condition", "", "2026-11-25"), "row_malformed", id="a condition without its name"),
        pytest.param(("c1", "r9", "bad_photo", "bean.rust", "2026-11-25"), "row_malformed", id="a name too many"),
        pytest.param(("c1", "r9", "bad_photo", "", "today"), "row_malformed", id="no date"),
        pytest.param(("c1", "r9", "bad_photo", ""), "row_malformed", id="a field too few"),
        pytest.param(("c1", "r9", "bad_photo", "", "2026-11-25", "x"), "row_malformed", id="a field too many"),
        pytest.param(("../c1", "r9", "bad_photo", "", "2026-11-25"), "row_malformed", id="a path for a case"),
        pytest.param(("c1", "=1+1", "bad_photo", "", "2026-11-25"), "row_malformed", id="a formula for a reviewer"),
    ],
)
def test_a_bad_review_is_named_and_the_others_go_on(tmp_path: Path, bad: Row, code: str) -> None:
    good = [review("c1", "r1", "bean.rust"), review("c1", "r2", "bean.rust")]
    export = read(tmp_path, [good[0], bad, good[1]], {LEAF: b"leaf"})
    assert export.left_out == (("reviews.csv:3", code),)
    assert [one.reviewer for one in export.reviews] == ["r1", "r2"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("photos/c1/9.jpg", "photo_missing", id="not there"),
        pytest.param("photos/c1/1.jpg", "photo_altered", id="another file"),
        pytest.param("photos/c1/../../../../etc/passwd.jpg", "row_malformed", id="climbs out"),
        pytest.param("photos/../reviews.jpg", "row_malformed", id="climbs up"),
        pytest.param("/photos/c1/1.jpg", "row_malformed", id="absolute"),
        pytest.param("photos/c2/1.jpg", "row_malformed", id="of another case"),
        pytest.param("photos/c1/1.txt", "row_malformed", id="no photo"),
        pytest.param(f"photos/c1/{'1' * 252}.jpg", "row_malformed", id="longer than names of files can be"),
    ],
)
def test_a_bad_photo_is_named_and_the_others_go_on(tmp_path: Path, path: str, code: str) -> None:
    (tmp_path / "photos/c1").mkdir(parents=True)
    (tmp_path / "photos/c1/1.jpg").write_bytes(b"something else")
    rows = [photo_row(LEAF, b"leaf"), ("c1", 1, path, "0" * 64, "", "1")]
    changed = table(PHOTOS_HEADER, rows)
    export = read(tmp_path, [review("c1", "r1", "bean.rust")], {LEAF: b"leaf"}, {"photos.csv": changed})
    assert export.left_out == (("photos.csv:3", code),)
    assert [photo.path for photo in export.photos] == [LEAF]


def test_cases_without_photos_or_reviews_are_named(tmp_path: Path) -> None:
    reviews = [review("c1", "r1", "bean.rust"), review("c2", "r1", "bean.rust")]
    export = read(tmp_path, reviews, {LEAF: b"leaf", "photos/c3/0.jpg": b"other"})
    assert export.left_out == (("c2", "case_without_photos"), ("c3", "case_without_reviews"))
    assert [one.case for one in export.reviews] == ["c1"]
    assert [photo.case for photo in export.photos] == ["c1"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"case,reviewer\n", id="another header"),
        pytest.param(table((*REVIEWS_HEADER, "name"), []), id="a column too many"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(table(REVIEWS_HEADER, [("x" * 200_000,)]), id="a field without an end"),
    ],
)
def test_what_is_no_table_of_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ExportError, match=r"reviews\.csv"):
        read(tmp_path, [], {}, {"reviews.csv": content})
    (write_files(tmp_path, export_files([], {})) / "photos.csv").unlink()
    with pytest.raises(ExportError, match=r"photos\.csv"):
        read_export(tmp_path, taxonomy())
