"""Stage ``curate``: decode, measure and compare all fetched photos; mark duplicates and label conflicts."""

import json
import sys

from majani.errors import RefusedError
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import ASKED, FINDINGS_FILE, OUTLIER, PHOTOS_FILE, RAW_DIR, read_taxonomy
from training.curation.photo_table import curate, findings, inspect_photos, list_reviewed
from training.curation.summary import count_photos, notes
from training.settings import read_params
from training.sources.description import SOURCES_DIR, Source, SourceError, read_sources
from training.sources.listing import Listing, list_photos


def main() -> None:
    """Run the stage."""
    settings, taxonomy = read_params(), read_taxonomy()
    params = settings.curate
    sources = read_sources(SOURCES_DIR, taxonomy).values()
    listings = {source.id: _listing(source) for source in sources if not source.is_reviewed}
    learns_all = "all" in (settings.train.terms, settings.calibrate.terms)
    # What others show in test photos alone, or in photos that nobody may learn from, nothing is learned from.
    elsewhere = {
        photo.mapping.to
        for listing in listings.values()
        for photo in listing.photos
        if photo.official_split not in ("test", OUTLIER, ASKED)
        and (learns_all or photo.source.terms_for(photo.relative) == "open")
    } | set(REJECT_CLASSES)
    desk = next((source for source in sources if source.is_reviewed), None)
    cases, reviewed = list_reviewed(desk, raw=RAW_DIR, taxonomy=taxonomy, elsewhere=elsewhere, params=settings.reviews)
    taught = {class_id.split(".")[0] for class_id in elsewhere | {photo.mapping.to for photo in cases}}
    for listing in listings.values():
        listing.leave_out_taught(taught)
    listed = [*(photo for listing in listings.values() for photo in listing.photos), *cases]
    if not listed:
        left_out = reviewed.findings()["left_out"] if reviewed else "none"
        raise RefusedError(f"no photo can be used; left out of reviewed cases: {left_out}")
    opened = inspect_photos(RAW_DIR / photo.source.id / photo.relative for photo in listed)
    rows = curate(listed, opened, params)
    PHOTOS_FILE.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(PHOTOS_FILE, index=False)
    FINDINGS_FILE.write_text(json.dumps(findings(rows, reviewed), indent=2) + "\n", encoding="utf-8")
    print(count_photos(listings, rows).to_string())
    for note in notes(listings, rows):
        print(note)


def _listing(source: Source) -> Listing:
    """Photos of a dataset; the pipeline does without outliers, also without those that cannot be listed."""
    try:
        return list_photos(source, RAW_DIR / source.id)
    except SourceError as error:
        if source.role != "outliers":
            raise
        print(f"{source.id}: {error}", file=sys.stderr)
        return Listing()
