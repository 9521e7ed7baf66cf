"""Lists every described source: those of this project, and open datasets that a project can take over.

A description in ``data/catalogue`` changes nothing; moved to ``data/sources``, it is one of the project's sources.
"""

from collections.abc import Iterator

import pandas as pd

from majani.model.bundle import read_bundle
from majani.taxonomy import Taxonomy
from training.artifacts.files import CURRENT_DIR, PHOTOS_FILE, RAW_DIR, read_table, read_taxonomy
from training.sources.description import CATALOGUE_DIR, SOURCES_DIR, read_sources
from training.sources.record import read_record


def list_sources(taxonomy: Taxonomy) -> pd.DataFrame:
    """A row for each source: where it is described, photos here, whether the running bundle learned from it, ..."""
    return pd.DataFrame(_rows(taxonomy)).set_index("source").sort_index()


def _rows(taxonomy: Taxonomy) -> Iterator[dict[str, object]]:
    learned = (
        {source.title for source in read_bundle(CURRENT_DIR).manifest.provenance.sources}
        if CURRENT_DIR.exists()
        else set()
    )
    curated = read_table(PHOTOS_FILE) if PHOTOS_FILE.exists() else pd.DataFrame(columns=["source", "place"])
    places = curated.reindex(columns=["source", "place"]).groupby("source")["place"].nunique().clip(lower=1)
    for directory in (SOURCES_DIR, CATALOGUE_DIR):
        for source in read_sources(directory, taxonomy).values():
            record = read_record(RAW_DIR / f"{source.id}.json")
            yield {
                "source": source.id,
                "described": directory.as_posix(),
                "here": record.content.files if record else 0,
                "trained": "yes" if source.title in learned else "",
                "photos": source.photos or "",
                "size_gb": round(source.size_bytes / 1e9, 2) if source.size_bytes else "",
                "places": places.get(source.id, ""),
                "download": "direct" if source.download else "by hand",
                "licence": source.licence,
            }


def main() -> None:
    """Print the table."""
    print(list_sources(read_taxonomy()).to_string(max_colwidth=40))
