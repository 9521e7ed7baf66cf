import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.training.described import source
from tests.training.files import write_files
from training.sources.description import SourceError
from training.sources.listing import Listing, list_photos

TABLE = {"file": "labels.csv", "photo": "image", "columns": ["found"]}
BY_TABLE: Mapping[str, Any] = {"layout": "**/{file}", "labels": TABLE}


def listed(folder: Path, *photos: str, csv: str = "", file: str = "labels.csv", **described: Any) -> Listing:
    write_files(folder, {**dict.fromkeys(photos, b"x"), file: csv.encode()})
    return list_photos(source(**described), folder)


def labels(listing: Listing) -> dict[str, str]:
    return {photo.relative.as_posix(): photo.mapping.to for photo in listing.photos}


def skipped(listing: Listing) -> dict[tuple[str, str], int]:
    return {(reason.value, what): count for (reason, what), count in listing.skipped.items()}


def test_what_is_left_out_is_counted_and_named(tmp_path: Path) -> None:
    found = listed(tmp_path, "fine/1.JPG", "fine/2.webp", "fine/notes.txt", "other/3.jpg", "fine/deep/4.jpg", "5.jpg")
    assert labels(found) == {"fine/1.JPG": "bean.healthy", "fine/2.webp": "bean.healthy"}
    assert skipped(found) == {("undescribed", "other"): 1, ("misplaced", "fine/deep"): 1, ("misplaced", "."): 1}


@pytest.mark.parametrize(
    ("layout", "photo", "told"),
    [
        pytest.param("{class}/{file}", "fine/1.jpg", {}, id="a folder for each class"),
        pytest.param("**/{class}/{file}", "a/b/fine/1.jpg", {}, id="class folders at any depth"),
        pytest.param("**/{class}/{file}", "fine/1.jpg", {}, id="at no depth"),
        pytest.param("{class}/**/{file}", "fine/a/b/1.jpg", {}, id="folders in class folders"),
        pytest.param("*/{class}/{file}", "2024/fine/1.jpg", {}, id="a folder that tells nothing"),
        pytest.param("{split}/{class}/{file}", "held/fine/1.jpg", {"official_split": "test"}, id="split"),
        pytest.param(
            "{place}/{class}/{session}/{file}", "A/fine/May/1.jpg", {"place": "A", "session": "May"}, id="place"
        ),
        pytest.param("photos/{class}/{camera}_{file}", "photos/fine/A52_1.jpg", {"camera": "A52"}, id="in names"),
        pytest.param("{class}/{session}_{file}", "fine/3 May_IMG_1.jpg", {"session": "3 May"}, id="up to the first _"),
        pytest.param(
            "{class}/*_{session}_{file}", "fine/A_3 May_IMG_1.jpg", {"session": "3 May"}, id="after the first"
        ),
    ],
)
def test_layouts(tmp_path: Path, layout: str, photo: str, told: dict[str, str]) -> None:
    splits = {"official_splits": {"held": "test"}} if "{split}" in layout else {}
    (one,) = listed(tmp_path, photo, layout=layout, **splits).photos
    usual = dict.fromkeys(("official_split", "place", "session", "camera"), "")
    assert one.mapping.to == "bean.healthy"
    assert {name: getattr(one, name) for name in usual} == usual | told


def test_names_that_look_the_same_are_the_same(tmp_path: Path) -> None:
    apart, composed = "e\u0301", "\u00e9"
    described = {
        "layout": f"{composed}/{{split}}/{{class}}/{{file}}",
        "official_splits": {composed: "test"},
        "classes": {apart: {"to": "bean.rust"}, f"{composed}2": {"to": "bean.healthy"}},
    }
    photos = listed(
        tmp_path, f"{apart}/{apart}/{composed}/1.jpg", f"{apart}/{apart}/{apart}2/1.jpg", **described
    ).photos
    assert {(photo.mapping.to, photo.official_split) for photo in photos} == {
        ("bean.rust", "test"),
        ("bean.healthy", "test"),
    }


@pytest.mark.parametrize(
    ("named", "photo"),
    [("a/1.jpg", "a/1.jpg"), ("1.jpg", "a/1.jpg"), ("1", "a/1.jpg"), ("a/\u00e9.jpg", "a/e\u0301.jpg")],
    ids=["path", "name", "name without extension", "an accent apart"],
)
def test_a_table_names_photos(tmp_path: Path, named: str, photo: str) -> None:
    found = listed(tmp_path, photo, "2.jpg", csv=f"image,found\n{named}, rusty \nabsent,fine\n", **BY_TABLE)
    assert labels(found) == {photo: "bean.rust"}
    assert skipped(found) == {("unlabelled", ""): 1}


SPOTS = {"rusty": {"to": "bean.rust"}, "dots": {"to": "bean.angular_leaf_spot"}}
ONE_EACH, COMPLEX = {"columns": ["rusty", "dots"]}, {"columns": ["a", "b"], "several": "bean.healthy"}


@pytest.mark.parametrize(
    ("csv", "changes", "expected"),
    [
        pytest.param("image,found\n1,rusty dots\n", {"separator": " "}, "several_labels", id="in one cell"),
        pytest.param("image,found\n1,rusty\n1,dots\n", {}, "several_labels", id="in two rows"),
        pytest.param("image,found\n1,rusty\n1,rusty\n", {}, "bean.rust", id="one label twice"),
        pytest.param("image,rusty,dots\n1,1,1\n", ONE_EACH, "several_labels", id="in two columns"),
        pytest.param("image,rusty,dots\n1,0,True\n", ONE_EACH, "bean.angular_leaf_spot", id="0/1"),
        pytest.param("image,a,b\n1,rusty,dots\n", COMPLEX, "bean.healthy", id="complex"),
        pytest.param("image,found\n1,mould\n", {}, "undescribed", id="not described"),
        pytest.param("image,found\n1,rusty mould\n", {"separator": " "}, "several_labels", id="one not described"),
    ],
)
def test_several_labels(tmp_path: Path, csv: str, changes: dict[str, Any], expected: str) -> None:
    found = listed(tmp_path, "1.jpg", csv=csv, layout="{file}", labels={**TABLE, **changes}, classes=SPOTS)
    assert [*labels(found).values(), *(reason for reason, _ in skipped(found))] == [expected]


def test_a_table_tells_split_place_session_and_camera(tmp_path: Path) -> None:
    table = {**TABLE, "split": "part", "place": "village", "session": "day", "camera": "phone"}
    csv = "image,found,part,village,day,phone\n1,fine,held,Kisumu,3 May,A52\n"
    described = {"layout": "**/{file}", "labels": table, "official_splits": {"held": "test"}}
    (one,) = listed(tmp_path, "a/b/1.jpg", csv=csv, **described).photos
    assert (one.official_split, one.place, one.session, one.camera) == ("test", "Kisumu", "3 May", "A52")


RECORDS = [
    {"image": "a/1.jpg", "found": ["rusty", "dots"], "village": "Kisumu"},
    {"image": "2", "found": "dots", "day": 3},
    {"image": "3.jpg", "found": None, "remark": "one\u2028two\x85three"},
]
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)
COCO = {
    "images": [{"id": 7, "file_name": "a/1.jpg", "village": "Kisumu"}, {"id": 8, "file_name": "2.jpg", "day": 3}],
    "annotations": [
        *({"id": number, "image_id": 7, "category_id": number} for number in (0, 1)),
        {"id": 2, "image_id": 8, "category_id": 1},
    ],
    "categories": [{"id": 0, "name": "rusty"}, {"id": 1, "name": "dots"}],
}


@pytest.mark.parametrize(
    ("name", "content", "table"),
    [
        pytest.param("a.json", json.dumps(RECORDS), {}, id="a list of records"),
        pytest.param("a.json", json.dumps({"of": {}, "rows": RECORDS}), {"records": "rows"}, id="a list in an object"),
        pytest.param("a.jsonl", LINES, {}, id="lines"),
        pytest.param("a.json", json.dumps(COCO), {"photo": "file_name", "columns": ["category"]}, id="COCO"),
    ],
)
def test_json_tells_the_same_as_a_table(tmp_path: Path, name: str, content: str, table: dict[str, Any]) -> None:
    labels_of = {**TABLE, "file": name, "several": "bean.healthy", "place": "village", "session": "day", **table}
    described = {"layout": "**/{file}", "labels": labels_of, "classes": SPOTS}
    found = listed(tmp_path, "a/1.jpg", "2.jpg", "3.jpg", csv=content, file=name, **described)
    assert [(photo.relative.as_posix(), photo.mapping.to, photo.place, photo.session) for photo in found.photos] == [
        ("2.jpg", "bean.angular_leaf_spot", "", "3"),
        ("a/1.jpg", "bean.healthy", "Kisumu", ""),
    ]
    assert skipped(found) == {("unlabelled", ""): 1}


@pytest.mark.parametrize(
    "content", ["[", "7", "[7]", "[]", '[{"image": "1"}]', '{"rows": []}', json.dumps({**COCO, "categories": []})]
)
def test_json_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    described = {"layout": "{file}", "labels": {**TABLE, "file": "a.json"}}
    with pytest.raises(SourceError, match=r"a\.json"):
        listed(tmp_path, "1.jpg", csv=content, file="a.json", **described)


@pytest.mark.parametrize("csv", ["", "image,label\n1,fine\n", 'image,found\n1,"fine'], ids=["empty", "other", "torn"])
def test_a_table_that_cannot_be_read(tmp_path: Path, csv: str) -> None:
    with pytest.raises(SourceError, match=r"labels\.csv"):
        listed(tmp_path, "1.jpg", csv=csv, **BY_TABLE)


def test_a_cap_is_shared_fairly_and_always_chooses_the_same(tmp_path: Path) -> None:
    photos = [*(f"rusty/{number}.jpg" for number in range(40)), *(f"fine/{number}.jpg" for number in range(4))]
    capped = listed(tmp_path, *photos, max_photos=12)
    chosen = labels(capped)
    assert sorted(chosen.values()) == ["bean.healthy"] * 4 + ["bean.rust"] * 8
    assert skipped(capped) == {("over_max_photos", ""): 32}
    assert set(labels(listed(tmp_path, max_photos=6))) < set(chosen)
    more = labels(listed(tmp_path, "rusty/new.jpg", max_photos=12))
    assert len(set(more) & set(chosen)) >= 11


def test_photos_for_evaluation_are_test_photos_and_some_classes_are_only_asked_about(tmp_path: Path) -> None:
    described = {"layout": "{split}/{class}/{file}", "official_splits": {"train": "train"}, "role": "evaluation"}
    found = listed(tmp_path / "evaluated", "train/fine/1.jpg", "other/rusty/1.jpg", **described)
    assert {photo.official_split for photo in found.photos} == {"test"}
    classes = {
        "fine": {"to": "bean.healthy"},
        "worm": {"to": "bean.rust", "learned": False},
        "curl": {"to": "bean.other"},
    }
    found = listed(tmp_path / "trained", "fine/1.jpg", "worm/2.jpg", "curl/3.jpg", classes=classes)
    assert {photo.mapping.to: photo.official_split for photo in found.photos} == {
        "bean.healthy": "",
        "bean.rust": "asked",
        "bean.other": "asked",
    }


def test_outliers_give_way_to_a_crop_that_is_taught(tmp_path: Path) -> None:
    classes = {"paddy": {"to": "unknown_plant", "crop": "rice"}, "weed": {"to": "unknown_plant"}}
    found = listed(tmp_path, "paddy/1.jpg", "weed/2.jpg", role="outliers", classes=classes, family="weeds")
    found.leave_out_taught({"bean"})
    assert set(labels(found)) == {"paddy/1.jpg", "weed/2.jpg"}
    found.leave_out_taught({"bean", "rice"})
    assert set(labels(found)) == {"weed/2.jpg"}
    assert skipped(found) == {("crop_taught", "rice"): 1}
