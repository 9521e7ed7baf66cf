import shutil
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from majani.model.bundle import write_bundle
from majani.review.reference_photos import References
from tests.drawn_leaf import drawn_leaf
from tests.picture_files import encoded
from tests.tiny_bundle import tiny_bundle
from tests.training.described import ROOT
from tests.training.typed import typed
from training.release.reference_photos import PER_CLASS, PER_REJECT_CLASS, chosen

COLUMNS = ("photo", "source", "class_id", "domain", "doubt", "sha256", "group", "split")


def rows(count: int, class_id: str = "bean.rust", **columns: str) -> pd.DataFrame:
    """So many photos of a class, each of a group of its own unless told otherwise."""
    names = [f"{class_id}/{'-'.join(columns.values())}{number:04d}.jpg" for number in range(count)]
    table = pd.DataFrame({"photo": names, "sha256": names, "group": names, "class_id": class_id})
    defaults = {"source": "ibean", "domain": "field", "doubt": "", "split": "train"}
    return table.assign(**(defaults | columns))[list(COLUMNS)]


def test_no_class_has_more_than_its_share_and_field_and_many_plants_come_first() -> None:
    counts = chosen(
        pd.concat([rows(PER_CLASS + 5), rows(3, "bean.healthy"), rows(PER_REJECT_CLASS + 5, "not_a_plant")])
    )["class_id"].value_counts()
    assert dict(counts) == {"bean.rust": PER_CLASS, "bean.healthy": 3, "not_a_plant": PER_REJECT_CLASS}
    # By their checksums, those from the laboratory would come first.
    both = chosen(pd.concat([rows(PER_CLASS, domain="lab"), rows(10, source="other")], ignore_index=True))
    assert list(both["domain"].value_counts()[["lab", "field"]]) == [PER_CLASS - 10, 10]
    groups = chosen(pd.concat([rows(PER_CLASS + 20, group="burst"), rows(5)], ignore_index=True))["group"]
    assert (groups != "burst").sum() == 5
    assert groups.iloc[0] != groups.iloc[-1]
    assert chosen(rows(3, doubt="labelled by folder")).empty, "weak evidence"


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A few drawn photos as the pipeline leaves them, and the tiny bundle."""
    shutil.copytree(ROOT / "data/sources", tmp_path / "data/sources")
    shutil.copy(ROOT / "data/taxonomy.yaml", tmp_path / "data")
    write_bundle(tiny_bundle(), tmp_path / "bundle")
    table = pd.concat(
        [
            rows(4),
            rows(2, "bean.healthy"),
            # Which the tiny bundle does not know.
            rows(2, "coffee.rust"),
            # The farmer may withdraw it, and its review is still missing.
            rows(1, source="field_reviews"),
            rows(3, split="val"),
            rows(2, "bean.healthy", split="test"),
        ]
    )
    for number, photo in enumerate(table["photo"]):
        file = tmp_path / "data/raw" / photo
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encoded(drawn_leaf((200, 80, 50), spots=9, seed=number)))
    (tmp_path / "data/splits").mkdir()
    table.to_csv(tmp_path / "data/splits/splits.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_folder_holds_what_the_desk_needs(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("reference-photos", "known", "--bundle", "bundle") == 0
    assert "6 photos of 2 classes in known" in capsys.readouterr().out
    found = References.read(workplace / "known", model_sha256=tiny_bundle().manifest.model.sha256)
    assert [photo.class_id for photo in found.listed.photos] == ["bean.healthy"] * 2 + ["bean.rust"] * 4
    assert dict(found.listed.training_photos) == {"bean.rust": 5, "bean.healthy": 2}
    assert found.listed.sources["ibean"].licence == "MIT"
    # Small enough for a phone's network.
    assert max(Image.open(BytesIO(found.photo(0).read_bytes())).size) <= 480
    assert list(found.listed.distances) == sorted(found.listed.distances)


def test_a_damaged_bundle_writes_nothing(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "bundle/model.onnx").write_bytes(b"")
    assert typed("reference-photos", "known", "--bundle", "bundle") == 1
    assert capsys.readouterr().err
    assert not (workplace / "known").exists()
