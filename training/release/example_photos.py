"""Example photos from the sources whose licence lets everybody pass them on: ``data/examples``, or an operator's own.

    majani-train example-photos [FOLDER] [--bundle models/current]

reads ``data/splits`` and ``data/raw`` and writes a folder as :mod:`majani.text.example_photos` describes it, a minute
on two cores. Names are made of contents, so a running service may go on reading the folder meanwhile. The same photos
and bundle make the same files.
"""

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import click
import pandas as pd
import yaml
from PIL import Image

from majani.image.decode import Pixels, decode
from majani.model.bundle import Bundle, read_bundle, sha256_hex
from majani.taxonomy import REJECT_CLASSES
from majani.text.example_photos import LIST_FILE, ExamplePhoto, ExamplePhotos, ExampleSource
from training.artifacts.files import CURRENT_DIR, RAW_DIR, read_splits, read_taxonomy
from training.bundle.inference import answer
from training.sources.description import SOURCES_DIR, Domain, Source, Terms, read_sources

FOLDER = Path("build/examples")
# By reason, patterns of photos below data/raw that were looked at and refused.
REFUSED_FILE = Path("data/examples/refused.yaml")
# Photos that were looked at and found clear, though their folder is in doubt, or their source open in part.
CHOSEN_FILE = Path("data/examples/chosen.yaml")
# What may be passed on with credit, by the name before any remark in brackets. All others, such as NC, may not.
LICENCES = {
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY 3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA 3.0": "https://creativecommons.org/licenses/by-sa/3.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "MIT": "https://opensource.org/license/mit",
}
PER_CONDITION = 3
# Three of each of 75 conditions take 1.8 MB, which a phone fetches with the model.
PHOTO_BYTES = 8000
# The network looks at so many of a condition.
SHORTLIST = 24
# From the best on. At the last, even noise has only 5 kB.
_SIDES_PX = (320, 240, 120)
_QUALITIES = (80, 70, 60, 50, 40)


def read_credits(sources: Mapping[str, Source]) -> dict[str, ExampleSource]:
    """Who made the photos that may be passed on, by source, or by a part of one in :data:`CHOSEN_FILE`."""
    chosen = {
        name: ExampleSource(**credit, licence_link=LICENCES[credit["licence"]])
        for name, credit in _listed(CHOSEN_FILE).get("credits", {}).items()
    }
    return chosen | {name: credit for name, source in sources.items() if (credit := passed_on(source))}


def passed_on(source: Source) -> ExampleSource | None:
    """The credit of a source whose photos may be passed on, or None.

    Photos from the web belong to people whom the dataset's licence does not name.
    """
    licence = source.licence.partition(" (")[0]
    is_open = source.terms is Terms.OPEN and source.redistributable and licence in LICENCES
    if not is_open or source.role != "train" or source.domain is Domain.WEB or source.home is None:
        return None
    return ExampleSource(
        title=source.title, authors=source.authors, licence=licence, licence_link=LICENCES[licence], home=source.home
    )


def shortlist(photos: pd.DataFrame) -> pd.DataFrame:
    """Of each condition a fixed choice, one photo a group: those from the field first, of these the sharper half."""
    ranked = photos.assign(
        is_lab=lambda rows: rows["domain"] != Domain.FIELD,
        # No more than half: the very sharpest photos show soil and grass.
        is_blurred=lambda rows: rows["sharpness"] < rows.groupby("class_id")["sharpness"].transform("median"),
    )
    ranked = ranked.sort_values(["class_id", "is_lab", "is_blurred", "sha256"]).drop_duplicates(["class_id", "group"])
    return _best(ranked, SHORTLIST)


def _best(ranked: pd.DataFrame, count: int) -> pd.DataFrame:
    """The first of each condition, its sources in turn, as one place alone may look like no other."""
    ranked = ranked.assign(turn=ranked.groupby(["class_id", "is_lab", "source"]).cumcount())
    ranked = ranked.sort_values(["class_id", "is_lab", "turn"], kind="stable")
    return ranked.groupby("class_id").head(count).reset_index(drop=True)


def collect(bundle: Bundle, folder: Path) -> ExamplePhotos:
    """Write, of each condition, the photos of which the network is surest, if it or CHOSEN_FILE confirms them."""
    credited = read_credits(read_sources(SOURCES_DIR, read_taxonomy()))
    chosen = {photo: name for name, photos in _listed(CHOSEN_FILE).get("photos", {}).items() for photo in photos}
    class_ids = [entry.id for entry in bundle.manifest.classes]
    photos = read_splits("train", "val")
    photos["source"] = photos["photo"].map(chosen).fillna(photos["source"])
    is_open = photos["source"].isin(list(credited)) & (photos["terms"] == Terms.OPEN) & (photos["domain"] != Domain.WEB)
    is_clear = ((photos["doubt"] == "") & (photos["split"] == "train")) | photos["photo"].isin(list(chosen))
    is_known = photos["class_id"].isin(set(class_ids) - set(REJECT_CLASSES))
    rows = shortlist(photos[is_open & is_clear & is_known & ~photos["photo"].map(_refused())])
    probabilities = answer(bundle, list(rows["photo"]), title="example photos").probabilities
    labels = rows["class_id"].map(class_ids.index).to_numpy()
    # Rounded, as the last digits are this machine's own.
    sure = probabilities[range(len(rows)), labels].round(2)
    is_confirmed = (probabilities.argmax(axis=1) == labels) | rows["photo"].isin(list(chosen))
    rows = rows.assign(probability=sure)[is_confirmed]
    rows = rows.sort_values(["class_id", "is_lab", "probability", "sha256"], ascending=[True, True, False, True])
    best = (
        (str(row.class_id), str(row.source), (RAW_DIR / str(row.photo)).read_bytes())
        for row in _best(rows, PER_CONDITION).itertuples()
    )
    return write(folder, best, credited)


def _refused() -> Callable[[str], bool]:
    """Whether the project's list refuses a photo."""
    patterns = [pattern for patterns in _listed(REFUSED_FILE).values() for pattern in patterns]
    return lambda photo: any(fnmatchcase(photo, pattern) for pattern in patterns)


def _listed(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}


def write(
    folder: Path, photos: Iterable[tuple[str, str, bytes]], credited: Mapping[str, ExampleSource]
) -> ExamplePhotos:
    """Write small copies of photos, each given as condition, source and bytes, and the list; other files stay."""
    folder.mkdir(parents=True, exist_ok=True)
    listed: dict[str, tuple[ExamplePhoto, ...]] = {}
    for condition, source, photo in photos:
        data = _small(decode(photo, short_side_px=_SIDES_PX[0]))
        example = ExamplePhoto(file=f"{sha256_hex(data)[:16]}.webp", source=source)
        (folder / example.file).write_bytes(data)
        listed[condition] = (*listed.get(condition, ()), example)
    used = sorted({example.source for examples in listed.values() for example in examples})
    found = ExamplePhotos(photos=listed, sources={source: credited[source] for source in used})
    (folder / LIST_FILE).write_text(found.model_dump_json(indent=1, exclude={"bytes"}), encoding="utf-8")
    return found


def _small(pixels: Pixels) -> bytes:
    """As good as :data:`PHOTO_BYTES` allow; pixels alone, without anything that a camera wrote beside them."""
    image = Image.fromarray(pixels)
    for side_px, quality in product(_SIDES_PX, _QUALITIES):
        image.thumbnail((side_px, side_px))
        written = BytesIO()
        image.save(written, "WEBP", quality=quality, method=6)
        if written.tell() <= PHOTO_BYTES:
            break
    return written.getvalue()


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=FOLDER)
@click.option("--bundle", type=click.Path(path_type=Path), default=CURRENT_DIR, help="Whose conditions they show.")
def main(folder: Path, bundle: Path) -> None:
    """Write example photos with their credit to FOLDER."""
    listed = collect(read_bundle(bundle), folder)
    print(f"{len(listed.files)} photos of {len(listed.photos)} conditions in {folder}")
