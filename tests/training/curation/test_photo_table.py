from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from tests.picture_files import encoded
from tests.pictures import PictureFactory
from tests.training.described import PARAMS_FILE, source, taxonomy
from tests.training.desk_export import described_reviews, export_files, review
from tests.training.files import write_files
from tests.training.site import made_up_photo
from training.curation.partition import split
from training.curation.photo_table import curate, findings, inspect_photo, list_reviewed
from training.curation.summary import count_photos, notes
from training.reviews.labels import Reviewed
from training.settings import CurateParams, SplitParams, read_params
from training.sources.description import Source
from training.sources.listing import Listing, list_photos

LIMITS = CurateParams(duplicate_distance=2, duplicate_difference=4, related_distance=8, related_difference=10)
# Folders whose alphabetical order puts the test last.
SPLIT: Mapping[str, Any] = {"layout": "{split}/{class}/{file}", "official_splits": {"a": "train", "b": "test"}}
WEEDS = source("amaranths", role="outliers", classes={"weed": {"to": "unknown_plant"}}, family="weeds")


def curated(raw: Path, *sources: Source) -> pd.DataFrame:
    listed = [photo for each in sources for photo in list_photos(each, raw / each.id).photos]
    looked = [inspect_photo(raw / photo.source.id / photo.relative) for photo in listed]
    return curate(listed, looked, LIMITS).set_index("photo", drop=False)


def curated_with_reviews(raw: Path, *datasets: Source, **settings: Any) -> tuple[pd.DataFrame, Reviewed]:
    """Rows by path, with those of an export in ``field_reviews``, and what is told of it."""
    desk = Source.model_validate(described_reviews())
    params = read_params(PARAMS_FILE).reviews.model_copy(update={"min_cases_of_new_condition": 1, **settings})
    listed = [photo for each in datasets for photo in list_photos(each, raw / each.id).photos]
    elsewhere = {photo.mapping.to for photo in listed}
    cases, told = list_reviewed(desk, raw=raw, taxonomy=taxonomy(), elsewhere=elsewhere, params=params)
    assert told is not None
    looked = [inspect_photo(raw / photo.source.id / photo.relative) for photo in (*listed, *cases)]
    return curate([*listed, *cases], looked, LIMITS).set_index("photo", drop=False), told


def changed(photo: bytes, brighter: int = 0, quality: int = 90) -> bytes:
    """The same picture, saved again."""
    image = Image.open(BytesIO(photo))
    return encoded(image.point(lambda value: min(value + brighter, 255)), quality=quality)


@pytest.mark.parametrize(
    ("kind", "code"), [("truncated_jpeg", "photo_broken"), ("text", "photo_unsupported"), ("empty", "photo_empty")]
)
def test_a_broken_photo_is_a_row_and_stops_none(tmp_path: Path, pictures: PictureFactory, kind: str, code: str) -> None:
    broken = getattr(pictures, kind)()
    write_files(
        tmp_path / "beans", {"rusty/1.jpg": broken, "rusty/2.jpg": pictures.red(), "fine/3.jpg": pictures.leaf()}
    )
    rows = curated(tmp_path, source())
    assert dict(rows["problem"]) == {"beans/fine/3.jpg": "", "beans/rusty/1.jpg": code, "beans/rusty/2.jpg": ""}
    assert rows.at["beans/rusty/1.jpg", "sha256"] == ""
    assert rows.at["beans/rusty/2.jpg", "class_id"] == "bean.rust"
    assert (rows.at["beans/fine/3.jpg", "side_px"], rows["group"].nunique()) == (240, 3)


def test_of_several_copies_the_first_stays_and_of_contradicting_ones_none(
    tmp_path: Path, pictures: PictureFactory
) -> None:
    leaf, red, blue = pictures.leaf(), pictures.red(), pictures.blue()
    write_files(tmp_path / "beans", {"fine/1.jpg": leaf, "fine/2.jpg": leaf, "fine/3.jpg": changed(leaf, quality=80)})
    write_files(tmp_path / "beans", {"fine/4.jpg": red, "rusty/5.jpg": red, "rusty/6.jpg": blue})
    # An outlier gives way to a copy in another source, wherever that stands.
    write_files(tmp_path / "amaranths", {"weed/1.jpg": blue, "weed/2.jpg": blue})
    rows = curated(tmp_path, WEEDS, source())
    conflicts = ["beans/fine/4.jpg", "beans/rusty/5.jpg"]
    assert list(rows["problem"]) == ["copy", "copy", "", "copy", "copy", "label_conflict", "label_conflict", ""]
    assert list(rows["copy_of"])[3:5] == ["beans/fine/1.jpg"] * 2
    assert findings(rows) == {
        "photos": 8,
        "usable": 2,
        "problems": {"copy": 4, "label_conflict": 2},
        "groups": 3,
        "label_conflicts": conflicts,
    }


def test_a_copy_that_nobody_may_learn_gives_way(tmp_path: Path, pictures: PictureFactory) -> None:
    for name in ("archive", "beans"):
        write_files(tmp_path / name, {"fine/1.jpg": pictures.leaf()})
    rows = curated(tmp_path, source("archive", terms="non_commercial"), source())
    assert dict(rows["problem"]) == {"archive/fine/1.jpg": "copy", "beans/fine/1.jpg": ""}


@pytest.mark.parametrize(("folder", "problem"), [("rusty", "copy"), ("fine", "label_conflict")])
def test_official_test_photos_always_stay(tmp_path: Path, pictures: PictureFactory, folder: str, problem: str) -> None:
    red = pictures.red()
    write_files(tmp_path / "beans", {f"a/{folder}/1.jpg": red, "b/rusty/2.jpg": red, "b/rusty/3.jpg": red})
    rows = curated(tmp_path, source(**SPLIT))
    assert list(rows["problem"]) == [problem, "", ""]
    assert list(rows["official_split"]) == ["train", "test", "test"]
    assert rows.at[f"beans/a/{folder}/1.jpg", "copy_of"] == "beans/b/rusty/2.jpg"


def test_related_photos_of_any_source_share_a_group_and_are_no_copies(tmp_path: Path, pictures: PictureFactory) -> None:
    leaf = pictures.leaf()
    write_files(tmp_path, {"beans/fine/1.jpg": leaf, "beans/fine/2.jpg": pictures.red()})
    write_files(tmp_path, {"peas/fine/1.jpg": changed(leaf, brighter=7)})
    rows = curated(tmp_path, source("beans"), source("peas"))
    assert set(rows["problem"]) == {""}
    assert rows.at["peas/fine/1.jpg", "group"] == rows.at["beans/fine/1.jpg", "group"] == "beans/fine/1.jpg"
    assert rows.at["beans/fine/2.jpg", "group"] == "beans/fine/2.jpg"


def test_photos_of_one_session_at_one_place_share_a_group(tmp_path: Path) -> None:
    names = ("east/fine/monday", "east/rusty/monday", "west/fine/monday", "west/fine/friday")
    write_files(
        tmp_path / "beans", {f"{name}/{number}.jpg": made_up_photo(number) for number, name in enumerate(names)}
    )
    rows = curated(tmp_path, source(layout="{place}/{class}/{session}/{file}"))
    assert list(rows["place"]) == ["east", "east", "west", "west"]
    assert list(rows["session"]) == ["monday", "monday", "friday", "monday"]
    assert "camera" not in rows
    assert rows.groupby("group").size().to_dict() == {
        "beans/east/fine/monday/0.jpg": 2,
        "beans/west/fine/friday/3.jpg": 1,
        "beans/west/fine/monday/2.jpg": 1,
    }


def test_a_part_counts_as_its_place_and_names_tell_its_sessions(tmp_path: Path) -> None:
    names = ("beans/fine/1", "more/fine/a1", "more/rusty/a2", "more/rusty/b1")
    write_files(tmp_path, {f"{name}.jpg": made_up_photo(number) for number, name in enumerate(names)})
    part = source("more", part_of="beans", sessions={"monday": ["a"], "friday": ["b"]})
    rows = curated(tmp_path, source("beans"), part)
    assert list(rows["source"]) == ["beans"] * 4
    assert list(rows["session"]) == ["", "monday", "monday", "friday"]
    assert sorted(rows.groupby("group").size()) == [1, 1, 2]
    counted = count_photos({name: Listing() for name in ("beans", "more")}, rows)
    assert counted["used"].to_dict() == {"beans": 1, "more": 3}


def test_no_photo_for_training_moves_or_looks_like_one_of_another_role(tmp_path: Path) -> None:
    params = SplitParams(seed=1, val_share=0.1, test_share=0.15)
    evaluated, outlier, asked = (made_up_photo(number) for number in (200, 201, 202))
    like = {"evaluated": evaluated, "outlier": outlier, "asked": asked}
    write_files(tmp_path / "beans", {f"fine/{number}.jpg": made_up_photo(number) for number in range(30)})
    write_files(tmp_path / "beans", {f"fine/{name}.jpg": changed(photo, brighter=7) for name, photo in like.items()})
    write_files(tmp_path / "beans", {"fine/copy.jpg": evaluated})
    write_files(tmp_path / "orchard", {"fine/0.jpg": evaluated, "fine/1.jpg": made_up_photo(100)})
    write_files(tmp_path / "amaranths", {"weed/alike.jpg": outlier, "weed/1.jpg": made_up_photo(101)})
    write_files(tmp_path / "far", {"fine/alike.jpg": asked, "fine/1.jpg": made_up_photo(102)})
    write_files(tmp_path / "far", {"curl/1.jpg": made_up_photo(103)})
    classes = {"fine": {"to": "bean.healthy", "domain": "lab"}, "curl": {"to": "bean.other"}}
    far = source("far", role="asked", classes=classes, terms="unstated", terms_of={"^1": "open"})
    learned = [source(), source("orchard", role="evaluation")]
    (before, alone), (rows, done) = (
        (rows, split(rows, params)["split"])
        for rows in (curated(tmp_path, *them) for them in (learned, [*learned, WEEDS, far]))
    )
    assert rows.at["beans/fine/copy.jpg", "problem"] == "copy"
    assert {name: alone[name] for name in alone.index if "orchard" in name or "evaluated" in name} == {
        "beans/fine/evaluated.jpg": "leaks",
        "orchard/fine/0.jpg": "test",
        "orchard/fine/1.jpg": "test",
    }
    assert done[alone.index].equals(alone)
    assert done[done.index.difference(alone.index)].to_dict() == {
        "amaranths/weed/1.jpg": "outlier",
        "amaranths/weed/alike.jpg": "leaks",
        "far/curl/1.jpg": "asked",
        "far/fine/1.jpg": "asked",
        "far/fine/alike.jpg": "leaks",
    }
    assert rows.loc[["far/fine/1.jpg", "far/fine/alike.jpg"], ["terms", "domain"]].to_numpy().tolist() == [
        ["open", "lab"],
        ["unstated", "lab"],
    ]
    assert set(before["terms"]) == {"open"}


def test_what_became_of_all_photos_is_counted(tmp_path: Path, pictures: PictureFactory) -> None:
    leaf = pictures.leaf()
    photos = {"rusty/1.jpg": leaf, "rusty/2.jpg": leaf, "rusty/3.jpg": b"", "curl/1.jpg": b"", "rusty/deep/1.jpg": b""}
    write_files(tmp_path / "beans", photos)
    listings = {"beans": list_photos(source(), tmp_path / "beans")}
    rows = curated(tmp_path, source())
    assert count_photos(listings, rows).loc["beans"].to_dict() == {
        **{"found": 5, "used": 1, "copy": 1, "unreadable": 1},
        **{"undescribed": 1, "misplaced": 1},
    }
    said = "\n".join(notes(listings, rows))
    assert all(what in said for what in ("curl (1", "rusty/deep (1", "may become bean.rust"))
    assert "findings.json" not in said
    assert "findings.json" in "\n".join(
        notes(listings | {"peas": list_photos(source("peas"), tmp_path / "peas")}, rows)
    )


def test_reviewed_cases_change_no_row_of_a_dataset(tmp_path: Path, pictures: PictureFactory) -> None:
    leaf, red = pictures.leaf(), pictures.red()
    write_files(tmp_path / "peas", {"fine/1.jpg": leaf, "rusty/2.jpg": red})
    alone = curated(tmp_path, source("peas"))
    photos = {
        # The dataset's leaf under another label, and its neighbour; another leaf twice; one of no label.
        "photos/c1/0.jpg": changed(leaf, quality=80),
        "photos/c1/1.jpg": made_up_photo(1),
        "photos/c2/0.jpg": made_up_photo(2),
        "photos/c3/0.jpg": changed(made_up_photo(2), brighter=7),
        "photos/c4/0.jpg": made_up_photo(3),
    }
    said = {"c1": "bean.rust", "c2": "bean.rust", "c3": "bean.rust", "c4": "cannot_tell"}
    reviews = [review(case, "r1", one) for case, one in said.items()]
    write_files(tmp_path / "field_reviews", export_files(reviews, photos))

    rows, told = curated_with_reviews(tmp_path, source("peas"))

    pd.testing.assert_frame_equal(rows.loc[alone.index], alone)
    cases = rows.drop(index=alone.index)
    assert dict(cases["problem"]) == {
        "field_reviews/photos/c1/0.jpg": "seen_elsewhere",
        "field_reviews/photos/c1/1.jpg": "seen_elsewhere",
        "field_reviews/photos/c2/0.jpg": "",
        "field_reviews/photos/c3/0.jpg": "",
    }
    assert cases.at["field_reviews/photos/c1/0.jpg", "copy_of"] == "peas/fine/1.jpg"
    assert set(cases["class_id"]) == {"bean.rust"}
    assert list(cases["group"].map(lambda group: group.split("/")[2])) == ["c1", "c1", "c2", "c2"]
    assert told.findings()["left_out"] == {"no_label": ["c4"]}


def test_a_single_condition_is_told_by_its_crop_where_no_healthy_leaf_is_shown() -> None:
    for shown, crops in (("apple.healthy", []), ("apple.rust", ["apple"])):
        rows = pd.DataFrame({"class_id": [shown], "problem": [""]})
        said = [line for line in notes({}, rows) if "no healthy" in line]
        assert [line.split("no healthy ")[1].split()[0] for line in said] == crops
