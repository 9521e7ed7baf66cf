"""Descriptions as Croissant, read back by the reference library of MLCommons."""

import json
from pathlib import Path

import mlcroissant as mlc
import pytest

from tests.training.described import ROOT, source
from tests.training.files import write_files
from tests.training.typed import typed
from training.artifacts import read_taxonomy
from training.sources.croissant import croissant
from training.sources.description import CATALOGUE_DIR, SOURCES_DIR, SourceError, read_sources
from training.sources.listing import list_photos
from training.sources.record import Archive, Content, Record, tables_of

# Of rdflib, which mlcroissant parses with.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:mlcroissant")

PHOTOS = {"url": "https://example.org/photos.zip", "archive": "zip"}


def test_every_open_dataset_is_valid_and_tells_licence_addresses_labels_and_doubts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    typed("croissant", str(tmp_path))
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


def test_labels_come_from_the_files_beside_a_croissant_and_from_nowhere_else(tmp_path: Path) -> None:
    cells = "photo,label,village\na/1.jpg,rusty,Kisumu\na/1.jpg,fine,Kisumu\n2.jpg,fine,\n"
    context = mlc.Context(is_live_dataset=True)
    # As Kaggle describes a dataset: a table in an archive at its own address.
    archive = mlc.FileObject(
        ctx=context,
        id="archive.zip",
        name="archive.zip",
        content_url="https://example.invalid/archive.zip",
        encoding_formats=["application/zip"],
    )
    table = mlc.FileObject(
        ctx=context,
        id="labels.csv",
        name="labels.csv",
        content_url="tables/labels.csv",
        contained_in=["archive.zip"],
        encoding_formats=["text/csv"],
    )
    fields = [
        mlc.Field(
            ctx=context,
            id=f"rows/{name}",
            name=name,
            data_types=[mlc.DataType.TEXT],
            source=mlc.Source(ctx=context, file_object="labels.csv", extract=mlc.Extract(ctx=context, column=name)),
        )
        for name in ("photo", "label", "village")
    ]
    rows = mlc.RecordSet(ctx=context, id="rows", fields=fields)
    made = mlc.Metadata(ctx=context, name="beans", url="x", distribution=[archive, table], record_sets=[rows]).to_json()
    write_files(tmp_path, dict.fromkeys(("a/1.jpg", "2.jpg"), b"x"))
    (tmp_path / "croissant.json").write_text(json.dumps(made, default=str))
    names = {"photo": "rows/photo", "columns": ["rows/label"], "place": "rows/village"}
    labels = {"file": "croissant.json", "records": "rows", "needs": ["labels.csv"], "several": "bean.healthy", **names}
    classes = {"rusty": {"to": "bean.rust"}, "fine": {"to": "bean.angular_leaf_spot"}}
    described = source("beans", layout="**/{file}", labels=labels, classes=classes)
    with pytest.raises(SourceError, match=r"croissant\.json"):
        list_photos(described, tmp_path)
    (tmp_path / "labels.csv").write_text(cells)
    found = list_photos(described, tmp_path).photos
    assert [(one.relative.as_posix(), one.mapping.to, one.place) for one in found] == [
        ("2.jpg", "bean.angular_leaf_spot", ""),
        ("a/1.jpg", "bean.healthy", "Kisumu"),
    ]
    assert tables_of(described) == {"croissant.json", "labels.csv"}
    with pytest.raises(SourceError, match="rows"):
        list_photos(source("beans", layout="**/{file}", labels={**labels, "records": "others"}), tmp_path)
