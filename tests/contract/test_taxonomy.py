"""The shipped taxonomy, the sources' maps onto it, the real folders, and nothing left over on any side.

The mirror may hold datasets that no source describes.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from majani.taxonomy import HEALTHY, REJECT_CLASSES
from training.artifacts.files import read_taxonomy
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
TAXONOMY = read_taxonomy(DATA / "taxonomy.yaml")
DESCRIBED = read_sources(DATA / "sources", TAXONOMY)


def test_every_crop_and_every_parent_is_used() -> None:
    assert {crop.id for crop in TAXONOMY.crops} == {condition.crop for condition in TAXONOMY.conditions}
    parents = {condition.parent for condition in TAXONOMY.conditions}
    assert {parent.id for parent in TAXONOMY.parents} == parents - {None}


def test_staples_that_no_photo_is_known_of_have_their_worst_troubles() -> None:
    for staple in ("cassava", "cocoa", "rice", "sorghum", "sweet_potato", "wheat"):
        ids = {condition.id for condition in TAXONOMY.conditions if condition.crop == staple}
        assert len(ids) >= 6, staple
        assert f"{staple}.{HEALTHY}" in ids


def test_every_class_is_shown_by_some_source() -> None:
    mappings = [mapping for source in DESCRIBED.values() for mapping in source.classes.values()]
    shown = {mapping.to for mapping in mappings if not mapping.is_asked}
    awaited = {one for source in DESCRIBED.values() for one in source.awaited}
    assert shown | awaited == set(TAXONOMY.class_ids())
    assert sorted(shown & awaited) == [], "take these from `awaited` in data/sources/field_reviews.yaml"


@pytest.mark.parametrize("reject", REJECT_CLASSES)
def test_every_reject_class_is_shown_by_several_families(reject: str) -> None:
    families = {
        source.family for source in DESCRIBED.values() if reject in {mapping.to for mapping in source.classes.values()}
    }
    assert len(families) >= 2


def test_the_catalogue_is_sound_and_apart() -> None:
    catalogue = read_sources(DATA / "catalogue", TAXONOMY)
    together = [*DESCRIBED.values(), *catalogue.values()]
    assert not set(DESCRIBED) & set(catalogue)
    assert len(together) >= 25
    assert sum(bool(one.download) for one in together) >= 12
    assert all(one.photos or "kaggle" in (one.home or "") for one in catalogue.values())


@pytest.fixture(scope="module")
def sources(mirror: Path) -> Mapping[str, Source]:
    return {name: source for name, source in DESCRIBED.items() if (mirror / name).is_dir()}


def test_every_trained_source_has_photos_in_the_mirror_or_is_ones_own(sources: Mapping[str, Source]) -> None:
    own = {path.name for path in (DATA / "raw").glob("*/")}
    assert set(DESCRIBED) - set(sources) - own <= {"field_reviews"}


def test_no_photo_is_left_out(mirror: Path, sources: Mapping[str, Source]) -> None:
    skipped = {name: dict(list_photos(source, mirror / name).skipped) for name, source in sources.items()}
    # Wheat is a crop that projects may learn; leaves with several conditions are labelled with none.
    assert {name: found for name, found in skipped.items() if found} == {
        "seedlings": {(Skipped.UNDESCRIBED, "common_wheat"): 18},
        "tomato_sylhet": {(Skipped.UNDESCRIBED, "mixed"): 73},
    }


def test_every_mapped_class_has_a_folder_and_official_splits_exist(mirror: Path, sources: Mapping[str, Source]) -> None:
    empty = set()
    for name, source in sources.items():
        photos = (path for path in (mirror / name).rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES)
        folders = {path.parent.relative_to(mirror / name) for path in photos}
        empty |= {f"{name}/{one}" for one in set(source.classes) - {folder.name for folder in folders} - {"*"}}
        assert set(source.official_splits) <= {folder.parts[0] for folder in folders if folder.parts}, name
    assert empty == ABSENT
