"""Known photos for the review desk: what new ones are compared with, and what reviewers see beside them.

    majani-train reference-photos [FOLDER] [--bundle models/current]

reads ``data/splits`` and ``data/raw`` and writes a folder as :mod:`majani.review.reference_photos` describes it, some
minutes on two cores. It is made anew for each bundle and is not passed on: photos belong to their publishers, whose
licence and names go with each. It lies beside the bundle, and nothing but the desk needs it.
"""

from io import BytesIO
from pathlib import Path

import click
import pandas as pd
from PIL import Image
from tqdm import tqdm

from majani.image.decode import Pixels
from majani.model.bundle import Attribution, Bundle, read_bundle, sha256_hex
from majani.model.predictor import Predictor
from majani.review.reference_photos import KnownPhoto, Reference, ReferenceList, write_references
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import CURRENT_DIR, FIELD_DOMAINS, read_splits, read_taxonomy
from training.bundle.inference import THREADS, embed, read_photo
from training.sources.description import SOURCES_DIR, read_sources

FOLDER = Path("build/references")
# Enough for a reviewer to find a look-alike of the same stage and light.
PER_CLASS = 40
# What is no crop leaf looks like anything.
PER_REJECT_CLASS = 400
# Of known kinds, not trained on: enough for hundredths.
HELD_OUT = 800
_SIDE_PX = 480
_QUALITY = 82


def chosen(photos: pd.DataFrame) -> pd.DataFrame:
    """A fixed choice of training photos of each class: from as many groups as there are, those from the field first."""
    sure = photos[photos["doubt"] == ""].reset_index(drop=True)
    ranked = sure.assign(
        is_lab=~sure["domain"].isin(FIELD_DOMAINS),
        # Whatever the order of the table: another photo of a group comes after the first of all others.
        nth=sure.sort_values("sha256").groupby("group").cumcount(),
    ).sort_values(["class_id", "is_lab", "nth", "sha256"])
    place = ranked.groupby("class_id").cumcount()
    limit = ranked["class_id"].isin(REJECT_CLASSES).map({True: PER_REJECT_CLASS, False: PER_CLASS})
    return ranked[place < limit].reset_index(drop=True)


def held_out(photos: pd.DataFrame) -> pd.DataFrame:
    """Some validation photos, drawn by their checksums."""
    return photos.sort_values("sha256").head(HELD_OUT).reset_index(drop=True)


def collect(bundle: Bundle, folder: Path) -> ReferenceList:
    """Run the bundle's network over the chosen photos and write the folder."""
    known = {entry.id for entry in bundle.manifest.classes}
    train, val = (rows[rows["class_id"].isin(known)] for rows in (read_splits("train"), read_splits("val")))
    sources = read_sources(SOURCES_DIR, read_taxonomy())
    # Farmers can take a case back at any time, and who reviews it next is not to meet it under the first one's label.
    rows = chosen(train[~train["source"].map(lambda photo: sources[photo].is_reviewed)])
    predictor = Predictor(bundle, threads=THREADS)
    photos = []
    for row in tqdm(rows.itertuples(), total=len(rows), desc="known photos", unit="photo"):
        pixels = read_photo(str(row.photo))
        data = _small(pixels)
        reference = Reference(file=f"{sha256_hex(data)}.jpg", class_id=str(row.class_id), source=str(row.source))
        photos.append(KnownPhoto(reference, data, predictor.predict(pixels).embedding))
    return write_references(
        folder,
        photos,
        model_sha256=bundle.manifest.model.sha256,
        held_out=embed(bundle, list(held_out(val)["photo"]), title="held out"),
        sources={
            source: Attribution(
                title=sources[source].title, licence=sources[source].licence, home=sources[source].home or ""
            )
            for source in sorted({photo.reference.source for photo in photos})
        },
        training_photos={str(name): int(count) for name, count in train["class_id"].value_counts().items()},
    )


def _small(pixels: Pixels) -> bytes:
    image = Image.fromarray(pixels)
    image.thumbnail((_SIDE_PX, _SIDE_PX))
    written = BytesIO()
    image.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=FOLDER)
@click.option("--bundle", type=click.Path(path_type=Path), default=CURRENT_DIR, help="Whose network looks at them.")
def main(folder: Path, bundle: Path) -> None:
    """Write known photos for the review desk to FOLDER."""
    listed = collect(read_bundle(bundle), folder)
    classes = len({photo.class_id for photo in listed.photos})
    print(f"{len(listed.photos)} photos of {classes} classes in {folder}")
