"""Descriptions as Croissant, read back by the reference library of MLCommons."""

import json
from pathlib import Path

import mlcroissant as mlc
import pytest

from tests.training.described import ROOT, source
from training.artifacts import read_taxonomy
from training.sources.catalogue import CATALOGUE_DIR
from training.sources.croissant import croissant, main
from training.sources.description import SOURCES_DIR, read_sources
from training.sources.record import Archive, Content, Record

# Of rdflib, which mlcroissant parses with.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:mlcroissant")

PHOTOS = {"url": "https://example.org/photos.zip", "archive": "zip"}


def test_every_open_dataset_is_valid_and_tells_licence_addresses_labels_and_doubts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sys.argv", ["croissant", str(tmp_path)])
    main()
    described = {**read_sources(SOURCES_DIR, read_taxonomy()), **read_sources(CATALOGUE_DIR, read_taxonomy())}
    open_ones = {key: one for key, one in described.items() if not one.is_reviewed}
    assert {path.stem for path in tmp_path.iterdir()} == set(open_ones)
    for key, one in open_ones.items():
        dataset = mlc.Dataset(jsonld=tmp_path / f"{key}.json")
        read = dataset.metadata
        assert (read.license, read.cite_as, read.url) == ([one.licence], one.citation, one.home)
        assert [archive.content_url for archive in read.distribution] == [archive.url for archive in one.download]
        assert set(read.data_limitations or ()) >= set(one.doubts)
        assert len(read.data_limitations or ()) == len(one.doubts) + sum(
            to.doubt is not None for to in one.classes.values()
        )
        labels = {record["labels/name"]: record["labels/condition"] for record in dataset.records("labels")}
        assert labels == {label: to.to for label, to in one.classes.items()}


def test_a_checksum_comes_from_the_description_or_from_what_was_fetched() -> None:
    described, fetched = "1" * 64, "2" * 64
    content = Content(files=1, total_bytes=1, sha256=fetched)
    archive = Archive(url=PHOTOS["url"], sha256=fetched, root="", into="")
    record = Record(source="beans", origin="official", archives=(archive,), content=content)
    for changes, of, expected in (({"sha256": described}, record, described), ({}, record, fetched), ({}, None, None)):
        made = croissant(source("beans", download=[{**PHOTOS, **changes}]), of)
        read = mlc.Dataset(jsonld=json.loads(json.dumps(made))).metadata
        assert read.distribution[0].sha256 == expected
        assert bool(read.ctx.is_live_dataset) == (expected is None)
