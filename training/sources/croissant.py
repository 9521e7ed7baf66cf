"""Write each described dataset as Croissant 1.1 with its responsible-AI properties, for catalogues and search engines.

    majani-train croissant FOLDER

Needs the extra ``croissant``. A dataset whose archives have no known checksum is marked as one that may change.
"""

import json
from pathlib import Path

import click
import mlcroissant as mlc

from majani.errors import MajaniError
from training.artifacts import RAW_DIR, read_taxonomy
from training.sources.description import CATALOGUE_DIR, SOURCES_DIR, Source, SourceError, read_sources
from training.sources.record import Record, read_record

_CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
_FORMATS = {"zip": "application/zip", "tar": "application/x-tar", "files": "git+https"}


def croissant(source: Source, fetched: Record | None) -> dict[str, object]:
    """The JSON-LD of a source; checksums that it does not tell are those of the archives that were fetched."""
    kept = {archive.url: archive.sha256 for archive in fetched.archives} if fetched else {}
    known = [download.sha256 or kept.get(download.url) for download in source.download]
    of = mlc.Context(conforms_to=_CONFORMS_TO[0], is_live_dataset=not all(known))
    of_label = {"ctx": of, "data_types": [mlc.DataType.TEXT]}
    labels = mlc.RecordSet(
        ctx=of,
        id="labels",
        key=["labels/name"],
        fields=[mlc.Field(id=f"labels/{name}", name=name, **of_label) for name in ("name", "condition")],
        data=[{"labels/name": label, "labels/condition": mapping.to} for label, mapping in source.classes.items()],
    )
    made: dict[str, object] = mlc.Metadata(
        ctx=of,
        conforms_to=_CONFORMS_TO,
        name=source.id,
        description=source.title,
        creators=[mlc.Person(ctx=of, name=author) for author in source.authors],
        license=[source.licence],
        cite_as=source.citation,
        url=source.home,
        distribution=[
            mlc.FileObject(
                ctx=of,
                id=f"archive-{number}",
                name=download.url.rpartition("/")[2],
                content_url=download.url,
                encoding_formats=[_FORMATS[download.archive]],
                sha256=sha256,
            )
            for number, (download, sha256) in enumerate(zip(source.download, known, strict=True))
        ],
        record_sets=[labels],
        data_collection=f"Domain of the photos: {source.domain}",
        data_limitations=[
            *source.doubts,
            *(f"{key}: {mapping.doubt}" for key, mapping in source.classes.items() if mapping.doubt),
        ],
    ).to_json()
    # The library would make a day of it.
    return made | ({"datePublished": str(source.year)} if source.year else {})


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Describe each open dataset of the project and of the catalogue in FOLDER, as Croissant."""
    try:
        described = [
            source for of in (SOURCES_DIR, CATALOGUE_DIR) for source in read_sources(of, read_taxonomy()).values()
        ]
    except (MajaniError, SourceError) as error:
        raise click.ClickException(str(error)) from error
    folder.mkdir(parents=True, exist_ok=True)
    for source in described:
        if not source.is_reviewed:
            made = croissant(source, read_record(RAW_DIR / f"{source.id}.json"))
            (folder / f"{source.id}.json").write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")
