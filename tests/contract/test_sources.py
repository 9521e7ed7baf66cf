"""The real folders and the sources' descriptions of them. The mirror may hold datasets that no source describes."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from majani.taxonomy import parse_taxonomy
from training.sources.description import PHOTO_SUFFIXES, Source, read_sources

DATA = Path(__file__).parents[2] / "data"
# The mirror is a subset of the datasets, and lacks these folders altogether.
ABSENT = {"plantdoc/Tomato two spotted spider mites leaf"}

pytestmark = pytest.mark.mirror


@pytest.fixture(scope="module")
def sources(mirror: Path) -> Mapping[str, Source]:
    taxonomy = parse_taxonomy(yaml.safe_load((DATA / "taxonomy.yaml").read_text(encoding="utf-8")))
    described = read_sources(DATA / "sources", taxonomy)
    return {name: source for name, source in described.items() if (mirror / name).is_dir()}


def folders_with_photos(root: Path) -> set[str]:
    """Relative paths of all folders that hold a photo themselves."""
    return {str(path.parent.relative_to(root)) for path in root.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES}


def test_every_trained_source_has_photos_in_the_mirror(sources: Mapping[str, Source]) -> None:
    described = {path.stem for path in (DATA / "sources").glob("*.yaml")}
    assert described - set(sources) == {"field_reviews"}


def test_every_folder_lies_where_the_layout_says(mirror: Path, sources: Mapping[str, Source]) -> None:
    for name, source in sources.items():
        depth = source.layout.count("/")
        misplaced = {one for one in folders_with_photos(mirror / name) if len(Path(one).parts) != depth}
        assert not misplaced, f"{name}: not {source.layout}: {sorted(misplaced)}"


def test_every_class_folder_is_mapped(mirror: Path, sources: Mapping[str, Source]) -> None:
    unmapped = {
        f"{name}/{folder}"
        for name, source in sources.items()
        for folder in folders_with_photos(mirror / name)
        if source.mapping(Path(folder).name) is None
    }
    assert not unmapped


def test_every_mapped_class_has_a_folder(mirror: Path, sources: Mapping[str, Source]) -> None:
    empty = {
        f"{name}/{folder}"
        for name, source in sources.items()
        for folder in set(source.classes) - {Path(one).name for one in folders_with_photos(mirror / name)} - {"*"}
    }
    assert empty == ABSENT


def test_official_splits_exist(mirror: Path, sources: Mapping[str, Source]) -> None:
    for name, source in sources.items():
        folders = {Path(one).parts[0] for one in folders_with_photos(mirror / name)}
        assert set(source.official_splits) <= folders, name
