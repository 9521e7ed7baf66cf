"""Says once what the folders of somebody's photos show, for all commands that read labelled photos."""

from pathlib import Path

import click

from training.adaptation.photos import PhotosError, find_photos
from training.artifacts.files import read_taxonomy
from training.sources.ids import ids_of
from training.sources.record import PHOTOS_TABLE


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--crop", help="Crop of folders that do not name one, such as rice.")
@click.option("--yes", is_flag=True, help="Take what is suggested for folders, and write, without asking.")
def main(folder: Path, crop: str | None, yes: bool) -> None:
    """Write FOLDER/photos.csv, a line a photo, from folders called after what they show; it asks before."""
    table = folder / PHOTOS_TABLE
    if table.exists():
        raise PhotosError(f"{table} is there: remove it to begin again")
    found = find_photos(folder)
    ids = ids_of(found.labels, crop, read_taxonomy(), yes=yes)
    rows = found.rows.assign(label=found.rows["label"].map(ids)).dropna(subset=["label"])
    if not yes:
        click.confirm(f"write {table}, of {len(rows)} photos", True, abort=True)
    rows[["photo", "label"]].to_csv(table, index=False)
    print(f"init: {table}; columns farm, day and phone would say which photos are of one visit")
