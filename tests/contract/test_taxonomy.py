"""The shipped taxonomy, the sources' maps onto it, and nothing left over on either side."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from majani.taxonomy import HEALTHY, REJECT_CLASSES, Taxonomy, parse_taxonomy
from training.sources.description import Source, read_sources

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return parse_taxonomy(yaml.safe_load((DATA / "taxonomy.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def sources(taxonomy: Taxonomy) -> Mapping[str, Source]:
    return read_sources(DATA / "sources", taxonomy)


def test_every_crop_and_every_parent_is_used(taxonomy: Taxonomy) -> None:
    assert {crop.id for crop in taxonomy.crops} == {condition.crop for condition in taxonomy.conditions}
    parents = {condition.parent for condition in taxonomy.conditions}
    assert {parent.id for parent in taxonomy.parents} == parents - {None}


def test_staples_that_no_photo_is_known_of_have_their_worst_troubles(taxonomy: Taxonomy) -> None:
    for staple in ("cassava", "cocoa", "rice", "sorghum", "sweet_potato", "wheat"):
        ids = {condition.id for condition in taxonomy.conditions if condition.crop == staple}
        assert len(ids) >= 6, staple
        assert f"{staple}.{HEALTHY}" in ids


def test_every_class_is_shown_by_some_source(taxonomy: Taxonomy, sources: Mapping[str, Source]) -> None:
    mappings = [mapping for source in sources.values() for mapping in source.classes.values()]
    shown = {mapping.to for mapping in mappings if not mapping.is_asked}
    awaited = {one for source in sources.values() for one in source.awaited}
    assert shown | awaited == set(taxonomy.class_ids())
    assert sorted(shown & awaited) == [], "take these from `awaited` in data/sources/field_reviews.yaml"


@pytest.mark.parametrize("reject", REJECT_CLASSES)
def test_every_reject_class_is_shown_by_several_families(sources: Mapping[str, Source], reject: str) -> None:
    families = {
        source.family for source in sources.values() if reject in {mapping.to for mapping in source.classes.values()}
    }
    assert len(families) >= 2
