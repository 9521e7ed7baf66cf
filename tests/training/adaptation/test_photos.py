import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tiny_bundle import tiny_bundle
from tests.training.described import PARAMS_FILE
from training.adaptation.photos import PhotosError, check, find_photos, looks_like
from training.settings import read_params


def photo(path: Path, seed: int, **exif: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rough = np.random.default_rng(seed).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(rough).resize((200, 200), Image.Resampling.NEAREST).save(path, "JPEG")
    if exif:
        with Image.open(path) as picture:
            tags = picture.getexif()
            tags[0x0110] = exif["phone"]
            tags.get_ifd(0x8769)[0x9003] = exif["day"]
            picture.save(path, exif=tags)


def test_folders_are_labels_and_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    for number in range(3):
        photo(tmp_path / "rust" / f"{number}.jpg", number, phone="Tecno", day="2026:11:29 10:00:00")
    photo(tmp_path / "healthy/a.jpg", 10)
    (tmp_path / "healthy/same.jpg").write_bytes((tmp_path / "healthy/a.jpg").read_bytes())
    (tmp_path / "rust/other label.jpg").write_bytes((tmp_path / "healthy/a.jpg").read_bytes())
    (tmp_path / "rust/broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    photo(tmp_path / "odd/1.jpg", 20)
    photo(tmp_path / "no label.jpg", 30)
    found = find_photos(tmp_path)
    assert found.labels == ["healthy", "odd", "rust"]
    rows = check(
        found, {"rust": "bean.rust", "healthy": "bean.healthy"}, tiny_bundle(), read_params(PARAMS_FILE).curate
    )
    problems = dict(zip(rows["photo"], rows["problem"], strict=True))
    assert [problems[f"rust/{number}.jpg"] for number in range(3)] == [""] * 3
    assert {problems[one] for one in ("healthy/a.jpg", "healthy/same.jpg", "rust/other label.jpg")} == {"two labels"}
    assert (problems["odd/1.jpg"], problems["rust/broken.jpg"] != "") == ("unlabelled", True)
    assert set(rows.loc[rows["photo"].str.startswith("rust/0"), "visit"]) == {"2026:11:29/Tecno"}


def test_tables_name_labels_and_visits_whatever_parts_their_columns(tmp_path: Path) -> None:
    photo(tmp_path / "1.jpg", 1)
    table = tmp_path / "labels.csv"
    lines = ["File;Disease;Farm;Day;Reviewer", "1.jpg;rust;Hill ;2026-12-01 10:03;2"]
    lines.append("missing.jpg;rust;hill;2026-12-01 10:05;")
    lines.append("untold.jpg;rust;;;")
    table.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    found = find_photos(table)
    rows = check(found, {"rust": "bean.rust"}, tiny_bundle(), read_params(PARAMS_FILE).curate)
    assert list(rows[["photo", "problem", "visit", "reviewer"]].itertuples(index=False, name=None)) == [
        ("1.jpg", "", "hill/2026-12-01", "2"),
        ("missing.jpg", "missing", "hill/2026-12-01", ""),
        # On no visit that anybody knows of, which is not one more.
        ("untold.jpg", "missing", "", ""),
    ]


def test_photos_that_look_alike_are_of_one_visit(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 2), ("c", 1)):
        photo(tmp_path / f"{name}.jpg", seed)
    with Image.open(tmp_path / "c.jpg") as picture:
        picture.save(tmp_path / "c.jpg", quality=60)
    (tmp_path / "t.csv").write_text(
        "photo,label,farm\na.jpg,bean.rust,hill\nb.jpg,bean.rust,lake\nc.jpg,bean.rust,mill\n"
    )
    ids = {"bean.rust": "bean.rust"}
    rows = check(find_photos(tmp_path / "t.csv"), ids, tiny_bundle(), read_params(PARAMS_FILE).curate)
    assert list(rows["visit"]) == ["mill", "lake", "mill"]
    files = [tmp_path / f"{name}.jpg" for name in "bca"]
    assert looks_like(files[:2], files[2:], read_params(PARAMS_FILE).curate) == [False, True]


def test_excel_tables_are_read_like_others(tmp_path: Path) -> None:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{office}"'

    def leads_to(kind: str, target: str) -> str:
        schema = "http://schemas.openxmlformats.org/package/2006/relationships"
        link = f'<Relationship Id="a" Type="{office}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{schema}">{link}</Relationships>'

    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in row) + "</row>"
        for row in (("Photo", "Label", "Farm"), ("1.jpg", "rust", "hill"))
    )
    with zipfile.ZipFile(tmp_path / "labels.xlsx", "w") as file:
        file.writestr("_rels/.rels", leads_to("officeDocument", "xl/workbook.xml"))
        sheet = '<sheets><sheet name="1" sheetId="1" r:id="a"/></sheets>'
        file.writestr("xl/workbook.xml", f"<workbook {main}>{sheet}</workbook>")
        file.writestr("xl/_rels/workbook.xml.rels", leads_to("worksheet", "worksheets/1.xml"))
        file.writestr("xl/worksheets/1.xml", f"<worksheet {main}><sheetData>{cells}</sheetData></worksheet>")
    rows = find_photos(tmp_path / "labels.xlsx").rows
    assert list(rows[["photo", "label", "visit"]].itertuples(index=False, name=None)) == [("1.jpg", "rust", "hill")]


@pytest.mark.parametrize("name", ["labels.csv", "labels.xlsx"])
@pytest.mark.parametrize("content", ["a;b\n1;2\n", "photo,label\n../1.jpg,rust\n", "photo,label\n", "\xff\x00", ""])
def test_tables_that_tell_nothing_or_lead_outside_and_folders_without_labels_are_refused(
    tmp_path: Path, content: str, name: str
) -> None:
    photo(tmp_path / "1.jpg", 1)
    (tmp_path / name).write_bytes(content.encode("latin-1"))
    for place in (tmp_path / name, tmp_path):
        with pytest.raises(PhotosError):
            find_photos(place)


def test_what_the_desk_hands_out_is_read_by_its_table(tmp_path: Path) -> None:
    for number in range(2):
        photo(tmp_path / f"photos/{number}.jpg", number)
    (tmp_path / "photos.csv").write_text("photo,label,visit\nphotos/0.jpg,bean.rust,1\nphotos/1.jpg,bean.healthy\n")
    rows = find_photos(tmp_path).rows
    assert list(zip(rows["label"], rows["visit"], strict=True)) == [("bean.rust", "1"), ("bean.healthy", "")]
