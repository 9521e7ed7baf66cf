"""Which photos may be passed on, which of them are chosen, and what is written of them."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from majani.model.bundle import write_bundle
from majani.text.example_photos import LIST_FILE, MAX_BYTES, ExamplePhotos
from tests.drawn_leaf import drawn_leaf
from tests.picture_files import encoded
from tests.tiny_bundle import tiny_bundle
from tests.training.typed import typed
from training.artifacts.files import read_taxonomy
from training.release.example_photos import passed_on, shortlist
from training.sources.description import Source, read_sources

ROOT = Path(__file__).parents[3]
RUST, GREEN = (215, 75, 45), (50, 170, 45)
COLUMNS = ("photo", "source", "class_id", "domain", "doubt", "sha256", "sharpness", "group", "split")


@pytest.fixture(scope="module")
def ibean() -> Source:
    return read_sources(ROOT / "data/sources", read_taxonomy(ROOT / "data/taxonomy.yaml"))["ibean"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"licence": "CC0 1.0"}, "CC0 1.0"),
        ({"licence": "CC BY-SA 3.0 (as published by the authors)"}, "CC BY-SA 3.0"),
        ({"licence": "MIT"}, "MIT"),
        ({"licence": "CC BY-NC 4.0"}, None),
        ({"licence": "CC BY-NC-SA 4.0 (as published by the authors)"}, None),
        ({"licence": "CC BY-ND 4.0"}, None),
        ({"licence": "CC BY-SA 4.0 for some photos, unverified for the rest"}, None),
        ({"licence": "unclear: the readme says MIT"}, None),
        ({"redistributable": False}, None),
        # Whoever gathered photos from the web could not license them.
        ({"domain": "web"}, None),
    ],
)
def test_licence_decides(ibean: Source, changes: dict[str, object], name: str | None) -> None:
    found = passed_on(Source.model_validate(ibean.model_dump() | changes))
    assert (found and found.licence) == name
    if found:
        assert (found.authors, found.title, found.home) == (ibean.authors, ibean.title, ibean.home)
        assert found.licence_link.startswith("https://")


def test_field_comes_first_then_what_is_sharp_and_each_group_once() -> None:
    table = pd.DataFrame(
        [
            ("lab", "lab", "", 900, "a"),
            ("blurred", "field", "", 100, "b"),
            ("blurred too", "field", "", 200, "c"),
            ("sharp", "field", "", 800, "c"),
            ("sharp as well", "field", "", 800, "c"),
            ("doubtful", "field", "labelled by folder", 800, "d"),
        ],
        columns=["photo", "domain", "doubt", "sharpness", "group"],
    ).assign(class_id="bean.rust", sha256="0")
    assert list(shortlist(table)["photo"]) == ["sharp", "blurred", "lab"]


def test_folder_holds_small_photos_with_credit_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "data/sources", tmp_path / "data/sources")
    shutil.copy(ROOT / "data/taxonomy.yaml", tmp_path / "data")
    forbidden = tmp_path / "data/sources/groundnut.yaml"
    forbidden.write_text(forbidden.read_text(encoding="utf-8").replace("licence: CC BY 4.0", "licence: CC BY-NC 4.0"))
    write_bundle(tiny_bundle(), tmp_path / "bundle")
    rows = [
        *((f"ibean/{number}.jpg", "ibean", "bean.rust", RUST, "train") for number in range(4)),
        # The network takes it for another condition.
        ("ibean/green.jpg", "ibean", "bean.rust", GREEN, "train"),
        ("ibean/val.jpg", "ibean", "bean.healthy", GREEN, "val"),
        ("groundnut/0.jpg", "groundnut", "bean.healthy", GREEN, "train"),
    ]
    camera = Image.Exif()
    camera[0x010F] = "Camera of a farmer"
    for photo, *_, colour, _ in rows:
        (tmp_path / "data/raw" / photo).parent.mkdir(parents=True, exist_ok=True)
        leaf = encoded(drawn_leaf(colour, spots=9, seed=len(photo)), exif=camera)
        (tmp_path / "data/raw" / photo).write_bytes(leaf + photo.encode())
    (tmp_path / "data/splits").mkdir()
    pd.DataFrame(
        [(photo, source, name, "field", "", photo, 1.0, photo, split) for photo, source, name, _, split in rows],
        columns=list(COLUMNS),
    ).to_csv(tmp_path / "data/splits/splits.csv", index=False)
    monkeypatch.chdir(tmp_path)
    lists = []
    for folder in ("first", "second"):
        assert typed("example-photos", folder, "--bundle", "bundle") == 0
        lists.append(Path(folder, LIST_FILE).read_bytes())
    assert lists[0] == lists[1]
    found = ExamplePhotos.model_validate_json(lists[0])
    assert {name: len(photos) for name, photos in found.photos.items()} == {"bean.rust": 2}
    assert list(found.sources) == ["ibean"]
    for file in found.files:
        data = Path("first", file).read_bytes()
        with Image.open(Path("first", file)) as image:
            assert (image.format, max(image.size), dict(image.getexif())) == ("WEBP", 320, {})
        assert len(data) <= MAX_BYTES
        assert b"Camera" not in data
