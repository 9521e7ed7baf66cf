"""Write each described dataset as Croissant 1.1 with its responsible-AI properties, for catalogues and search engines.

    python -m training.sources.croissant FOLDER

Needs the extra ``croissant``. A dataset whose archives have no known checksum is marked as one that may change.
"""

import argparse
import json
from pathlib import Path

import mlcroissant as mlc

from majani.errors import MajaniError
from training.artifacts import RAW_DIR, read_taxonomy
from training.sources.description import CATALOGUE_DIR, SOURCES_DIR, Source, SourceError, read_sources
from training.sources.record import Record, read_record

_CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
_FORMATS = {"zip": "application/zip", "tar": "application/x-tar", "files": "git+https"}


def croissant(source: Source, fetched: Record | None) -> dict[str, object]:
    """The JSON-LD of a source; checksums that it does not tell are those of the archives that were fetched."""
    kept = {one.url: one.sha256 for one in fetched.archives} if fetched else {}
    known = [one.sha256 or kept.get(one.url) for one in source.download]
    of = mlc.Context(conforms_to=_CONFORMS_TO[0], is_live_dataset=not all(known))
    of_label = {"ctx": of, "data_types": [mlc.DataType.TEXT]}
    labels = mlc.RecordSet(
        ctx=of,
        id="labels",
        key=["labels/name"],
        fields=[mlc.Field(id=f"labels/{name}", name=name, **of_label) for name in ("name", "condition")],
        data=[{"labels/name": label, "labels/condition": one.to} for label, one in source.classes.items()],
    )
    made: dict[str, object] = mlc.Metadata(
        ctx=of,
        conforms_to=_CONFORMS_TO,
        name=source.id,
        description=source.title,
        creators=[mlc.Person(ctx=of, name=one) for one in source.authors],
        license=[source.licence],
        cite_as=source.citation,
        url=source.home,
        distribution=[
            mlc.FileObject(
                ctx=of,
                id=f"archive-{number}",
                name=one.url.rpartition("/")[2],
                content_url=one.url,
                encoding_formats=[_FORMATS[one.archive]],
                sha256=sha256,
            )
            for number, (one, sha256) in enumerate(zip(source.download, known, strict=True))
        ],
        record_sets=[labels],
        data_collection=f"Domain of the photos: {source.domain}",
        data_limitations=[*source.doubts, *(f"{key}: {one.doubt}" for key, one in source.classes.items() if one.doubt)],
    ).to_json()
    # The library would make a day of it.
    return made | ({"datePublished": str(source.year)} if source.year else {})


def main() -> None:
    """Write a file for each open dataset of the project and of the catalogue."""
    parser = argparse.ArgumentParser(prog="python -m training.sources.croissant", description="Datasets as Croissant.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    try:
        described = [one for of in (SOURCES_DIR, CATALOGUE_DIR) for one in read_sources(of, read_taxonomy()).values()]
    except (MajaniError, SourceError) as error:
        raise SystemExit(f"croissant: {error}") from error
    folder.mkdir(parents=True, exist_ok=True)
    for source in described:
        if not source.is_reviewed:
            made = croissant(source, read_record(RAW_DIR / f"{source.id}.json"))
            (folder / f"{source.id}.json").write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
