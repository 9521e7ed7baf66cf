"""The real folders and the sources' descriptions of them. The mirror may hold datasets that no source describes."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from majani.taxonomy import parse_taxonomy
from training.sources.description import PHOTO_SUFFIXES, Source, read_sources
from training.sources.listing import Skipped, list_photos

DATA = Path(__file__).parents[2] / "data"
# The mirror is a subset of the datasets, and lacks these folders altogether.
ABSENT = {
    "plantdoc/Tomato two spotted spider mites leaf",
    # As the archive at its address writes them.
    "seedlings/loose_silkybent",
    "seedlings/smallflowered_cranesbill",
}


@pytest.fixture(scope="module")
def sources(mirror: Path) -> Mapping[str, Source]:
    taxonomy = parse_taxonomy(yaml.safe_load((DATA / "taxonomy.yaml").read_text(encoding="utf-8")))
    described = read_sources(DATA / "sources", taxonomy)
    return {name: source for name, source in described.items() if (mirror / name).is_dir()}


def test_the_catalogue_is_sound_and_apart() -> None:
    taxonomy = parse_taxonomy(yaml.safe_load((DATA / "taxonomy.yaml").read_text(encoding="utf-8")))
    described, catalogue = (read_sources(DATA / one, taxonomy) for one in ("sources", "catalogue"))
    together = [*described.values(), *catalogue.values()]
    assert not set(described) & set(catalogue)
    assert len(together) >= 25
    assert sum(bool(one.download) for one in together) >= 12
    assert all(one.photos or "kaggle" in (one.home or "") for one in catalogue.values())


def folders_with_photos(root: Path) -> set[str]:
    """Relative paths of all folders that hold a photo themselves."""
    return {str(path.parent.relative_to(root)) for path in root.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES}


def test_every_trained_source_has_photos_in_the_mirror_or_is_ones_own(sources: Mapping[str, Source]) -> None:
    described = {path.stem for path in (DATA / "sources").glob("*.yaml")}
    own = {path.name for path in (DATA / "raw").glob("*/")}
    assert described - set(sources) - own <= {"field_reviews"}


def test_no_photo_is_left_out(mirror: Path, sources: Mapping[str, Source]) -> None:
    skipped = {name: dict(list_photos(source, mirror / name).skipped) for name, source in sources.items()}
    # Wheat is a crop that projects may learn; leaves with several conditions are labelled with none.
    assert {name: found for name, found in skipped.items() if found} == {
        "seedlings": {(Skipped.UNDESCRIBED, "common_wheat"): 18},
        "tomato_sylhet": {(Skipped.UNDESCRIBED, "mixed"): 73},
    }


def test_every_mapped_class_has_a_folder(mirror: Path, sources: Mapping[str, Source]) -> None:
    empty = {
        f"{name}/{folder}"
        for name, source in sources.items()
        for folder in set(source.classes) - {Path(photo).name for photo in folders_with_photos(mirror / name)} - {"*"}
    }
    assert empty == ABSENT


def test_official_splits_exist(mirror: Path, sources: Mapping[str, Source]) -> None:
    for name, source in sources.items():
        folders = {Path(photo).parts[0] for photo in folders_with_photos(mirror / name)}
        assert set(source.official_splits) <= folders, name
