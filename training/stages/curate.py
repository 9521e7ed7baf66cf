"""Stage ``curate``: decode, measure and compare all fetched photos; mark duplicates and label conflicts."""

import json

from majani.taxonomy import REJECT_CLASSES
from training.artifacts import FINDINGS_FILE, PHOTOS_FILE, RAW_DIR, read_taxonomy
from training.curation.photo_table import curate, findings, inspect_photos, list_datasets, list_reviewed
from training.settings import read_params
from training.sources.description import SOURCES_DIR, read_sources


def main() -> None:
    """Run the stage."""
    settings, taxonomy = read_params(), read_taxonomy()
    params = settings.curate
    sources = read_sources(SOURCES_DIR, taxonomy).values()
    listed = list_datasets(sources, raw=RAW_DIR)
    elsewhere = {photo.mapping.to for photo in listed} | set(REJECT_CLASSES)
    cases, reviewed = list_reviewed(
        sources, raw=RAW_DIR, taxonomy=taxonomy, elsewhere=elsewhere, params=settings.reviews
    )
    listed += cases
    opened = inspect_photos(RAW_DIR / photo.source.id / photo.relative for photo in listed)
    rows = curate(listed, opened, params)
    PHOTOS_FILE.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(PHOTOS_FILE, index=False)
    FINDINGS_FILE.write_text(json.dumps(findings(rows, reviewed), indent=2) + "\n", encoding="utf-8")
    print(f"curate: {len(rows)} photos, {(rows['problem'] == '').sum()} usable")


if __name__ == "__main__":
    main()
