import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from majani.model.bundle import write_bundle
from majani.text.example_photos import LIST_FILE, ExamplePhotos
from tests.drawn_leaf import drawn_leaf
from tests.picture_files import encoded
from tests.tiny_bundle import tiny_bundle
from tests.training.described import ROOT
from tests.training.files import read_files
from tests.training.typed import typed
from training.artifacts.files import read_taxonomy
from training.release.example_photos import PHOTO_BYTES, passed_on, shortlist
from training.sources.description import Source, read_sources

RUST, GREEN = (215, 75, 45), (50, 170, 45)
FAULTS = {"doubt": ("doubt", "labelled by folder"), "terms": ("terms", "unverified"), "web": ("domain", "web")}
COLUMNS = ("photo", "source", "class_id", "domain", "doubt", "terms", "sha256", "sharpness", "group", "split")


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
        ({"licence": "ODbL 1.0"}, None),
        ({"redistributable": False}, None),
        ({"terms": "contradictory"}, None),
        ({"role": "evaluation"}, None),
        ({"role": "asked"}, None),
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


def test_field_comes_first_then_what_is_sharp_and_each_group_once_and_sources_take_turns() -> None:
    table = pd.DataFrame(
        [
            ("lab", "lab", "village", 900, "a"),
            ("blurred", "field", "ibean", 100, "b"),
            ("blurred too", "field", "ibean", 200, "c"),
            ("sharp", "field", "ibean", 800, "c"),
            ("sharp as well", "field", "ibean", 800, "c"),
            ("elsewhere", "field", "bean_eastafrica", 100, "d"),
        ],
        columns=["photo", "domain", "source", "sharpness", "group"],
    ).assign(class_id="bean.rust", sha256="0")
    assert list(shortlist(table)["photo"]) == ["sharp", "elsewhere", "blurred", "lab"]


def test_folder_holds_small_photos_with_credit_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "data/sources", tmp_path / "data/sources")
    shutil.copy(ROOT / "data/taxonomy.yaml", tmp_path / "data")
    forbidden = tmp_path / "data/sources/groundnut.yaml"
    forbidden.write_text(forbidden.read_text(encoding="utf-8").replace("licence: CC BY 4.0", "licence: CC BY-NC 4.0"))
    write_bundle(tiny_bundle(), tmp_path / "bundle")
    rows = [
        *((f"ibean/{number}.jpg", "ibean", "bean.rust", RUST, "train") for number in range(6)),
        # The network takes it for another condition.
        ("ibean/green.jpg", "ibean", "bean.rust", GREEN, "train"),
        ("ibean/val.jpg", "ibean", "bean.healthy", GREEN, "val"),
        ("groundnut/0.jpg", "groundnut", "bean.healthy", GREEN, "train"),
        *((f"ibean/{fault}.jpg", "ibean", "bean.healthy", GREEN, "train") for fault in ("refused", *FAULTS)),
        # A person has looked at it: in doubt, of a source that is open in part, and not what the network says.
        ("banana/chosen.jpg", "banana", "bean.healthy", RUST, "val"),
        ("banana/unverified.jpg", "banana", "bean.healthy", GREEN, "train"),
    ]
    camera = Image.Exif()
    camera[0x010F] = "Camera of a farmer"
    for photo, *_, colour, _ in rows:
        (tmp_path / "data/raw" / photo).parent.mkdir(parents=True, exist_ok=True)
        leaf = encoded(drawn_leaf(colour, spots=9, seed=len(photo)), exif=camera)
        (tmp_path / "data/raw" / photo).write_bytes(leaf + photo.encode())
    (tmp_path / "data/splits").mkdir()
    table = pd.DataFrame(
        [
            (photo, source, name, "field", "", "open", photo, 1.0, photo, split)
            for photo, source, name, _, split in rows
        ],
        columns=list(COLUMNS),
    )
    for fault, (column, value) in FAULTS.items():
        table.loc[table["photo"] == f"ibean/{fault}.jpg", column] = value
    table.loc[table["photo"] == "banana/chosen.jpg", "doubt"] = "few photos"
    table.to_csv(tmp_path / "data/splits/splits.csv", index=False)
    (tmp_path / "data/examples").mkdir()
    (tmp_path / "data/examples/refused.yaml").write_text("shows a hand: [ibean/ref*.jpg]")
    # Who made it does not open what the terms of its name close.
    (tmp_path / "data/examples/chosen.yaml").write_text(
        "photos: {banana.lsd: [banana/chosen.jpg], ibean: [ibean/terms.jpg, ibean/web.jpg]}\n"
        "credits: {banana.lsd: {title: LSD, authors: [A], licence: CC BY-SA 4.0, home: 'https://example.org'}}"
    )
    monkeypatch.chdir(tmp_path)
    for folder in ("first", "second"):
        assert typed("example-photos", folder, "--bundle", "bundle") == 0
    assert read_files(Path("first")) == read_files(Path("second"))
    found = ExamplePhotos.model_validate_json(Path("first", LIST_FILE).read_bytes())
    assert found.files == read_files(Path("first")).keys() - {LIST_FILE}
    assert {name: len(photos) for name, photos in found.photos.items()} == {"bean.healthy": 1, "bean.rust": 3}
    assert list(found.sources) == ["banana.lsd", "ibean"]
    for file in found.files:
        data = Path("first", file).read_bytes()
        with Image.open(Path("first", file)) as image:
            assert (image.format, max(image.size), dict(image.getexif())) == ("WEBP", 320, {})
        assert len(data) <= PHOTO_BYTES
        assert b"Camera" not in data
