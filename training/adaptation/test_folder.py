"""Any bundle on a folder of labelled photos: a table, what it takes for what, and both as a page."""

from pathlib import Path

import click
import onnx

from majani.model.bundle import read_bundle
from training.adaptation.measure import answers_of, by_condition, lines_of, page
from training.adaptation.photos import check, opened, seen_by
from training.artifacts.files import CURRENT_DIR, read_taxonomy
from training.bundle.graph import network_sha256
from training.settings import read_params
from training.sources.ids import ids_of


@click.command()
@click.argument("photos", type=click.Path(exists=True, path_type=Path))
@click.option("--bundle", "directory", default=CURRENT_DIR, show_default=True, type=click.Path(path_type=Path))
@click.option("--crop", help="Crop of labels that do not name one, such as rice.")
@click.option("--yes", is_flag=True, help="Take what is suggested for labels, without asking.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page with the confusions as a picture.")
def main(photos: Path, directory: Path, crop: str | None, yes: bool, html: Path | None) -> None:
    """Measure a bundle on PHOTOS: folders called after what they show, or a CSV with the columns photo and label."""
    params, taxonomy = read_params(), read_taxonomy()
    bundle = read_bundle(directory)
    with opened(photos) as here:
        rows = check(here, ids_of(here.labels, crop, taxonomy, yes=yes), bundle, params.curate)
        network = network_sha256(onnx.load_model_from_string(bundle.model))
        seen = seen_by(bundle, here.folder, rows[rows["problem"] == ""], network, title="test")
    if seen.rows.empty:
        raise click.ClickException("no photo can be asked about")
    said = answers_of(bundle, seen)
    table = by_condition(said)
    print("\n".join(lines_of(table, bundle.manifest.version)))
    for (true, named), these in said[said["first_after"] != said["class_id"]].groupby(["class_id", "first_after"]):
        print(f"{len(these)} of {(said['class_id'] == true).sum()} {true} look like {named or 'nothing known'}")
    if html is not None:
        html.write_text(page(table, said, f"{photos.name}, {bundle.manifest.version}"), encoding="utf-8")
        print(f"test: {html}")
