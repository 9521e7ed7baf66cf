"""From labelled photos of one place to a bundle that can be served; nothing of the project changes.

    majani-train fit FOLDER --crop rice --into models/rice

The stages run in a folder of their own, with these photos as the only source.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import chdir, redirect_stdout
from dataclasses import replace
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import click
import yaml

from majani.errors import RefusedError
from majani.labels import words
from majani.model.bundle import CARD_FILE, Adaptation, Bundle, read_bundle, write_bundle
from majani.model.head_file import read_head
from majani.taxonomy import OTHER, REJECT_CLASSES, Taxonomy
from training.adaptation.measure import ALL, answers_of, by_condition, head_of, lines_of
from training.adaptation.photos import Labelled, PhotosError, opened, print_left_out
from training.artifacts import files
from training.artifacts.embeddings import EmbeddingTable, read_embeddings
from training.bundle.assemble import git_commit, version_of, with_head_file
from training.calibration.graded import graded_cases, known_fields
from training.calibration.situations import Place
from training.model.network import LeafNetwork, WeightsCode, WeightsError, load_pretrained
from training.settings import PARAMS_FILE, Params, read_params
from training.sources.description import SOURCES_DIR
from training.sources.ids import ids_of
from training.sources.new_crop import guessed_condition

# Of each condition, some photos are learned, some calibrate and some are put aside.
LEAST_PHOTOS = 5
_ID = "own_photos"
_SAYS_NOTHING = "not stated"
# Of each photo in an epoch.
_DRAWS, _FEWEST_DRAWS = 4, 64


@click.command()
@click.argument("photos", type=click.Path(exists=True, path_type=Path))
@click.option("--into", required=True, type=click.Path(path_type=Path), help="Folder of the new bundle.")
@click.option("--crop", help="Crop of labels that do not name one, such as rice.")
@click.option("--backbone", help="Any model of timm, such as mobilenetv3_small_100; else that of params.yaml.")
@click.option("--epochs", type=click.IntRange(1), default=4, show_default=True)
@click.option("--weights", help="package, hub, none or a file; else the package's, or none where it has none.")
@click.option("--yes", is_flag=True, help="Take what is suggested for labels, without asking.")
def main(  # noqa: PLR0913, PLR0917 - options
    photos: Path, into: Path, crop: str | None, backbone: str | None, epochs: int, weights: str | None, yes: bool
) -> None:
    """Make a bundle of PHOTOS alone: a folder for each condition, a table, or an archive of either."""
    if into.exists() and any(into.iterdir()):
        raise PhotosError(f"{into} is there: name another folder, or remove it")
    params, taxonomy, commit = read_params(), files.read_taxonomy(), git_commit()
    backbone, into = backbone or params.train.backbone, into.absolute()
    with opened(photos) as here, tempfile.TemporaryDirectory() as work:
        found = ids_of(here.labels, crop, taxonomy, yes=yes)
        ids = {label: class_id for label, class_id in found.items() if not class_id.endswith(f".{OTHER}")}
        refuse_too_few(Counter(ids[label] for label in here.rows["label"] if label in ids))
        begun = _begun_with(backbone, weights)
        _lay_out(Path(work), here, ids, taxonomy)
        settings = _settings(params, {"backbone": backbone, "weights": begun}, epochs, len(here.rows))
        (Path(work) / PARAMS_FILE).write_text(yaml.safe_dump(settings), encoding="utf-8")
        with chdir(work):
            _run_stages()
            bundle, lines = _of_place(photos.stem, commit)
    write_bundle(bundle, into)
    card = "\n".join([f"# Model card: {bundle.manifest.version}", "", "```", *lines, "```", ""])
    (into / CARD_FILE).write_text(card, encoding="utf-8")
    print("\n".join(lines))
    print(f"fit: {into} holds {bundle.manifest.version}; MAJANI_BUNDLE={into} serves it")


def refuse_too_few(photos: Mapping[Any, int]) -> None:
    """Raise PhotosError unless there are enough conditions with enough photos; ``photos`` are counts by class."""
    conditions = {class_id: count for class_id, count in photos.items() if class_id not in REJECT_CLASSES}
    if len(conditions) < 2 or min(photos.values()) < LEAST_PHOTOS:
        shown = ", ".join(f"{class_id} {count}" for class_id, count in sorted(photos.items())) or "none"
        raise PhotosError(f"it takes two conditions or more, with {LEAST_PHOTOS} good photos each; there are: {shown}")


def _begun_with(backbone: str, weights: str | None) -> str:
    """The weights to begin with; whatever does not suit is refused before anything is computed."""
    try:
        load_pretrained(LeafNetwork(backbone=backbone, classes=2, dropout=0), weights or "package")
    except WeightsError as error:
        if weights is not None or error.code != WeightsCode.WEIGHTS_UNUSABLE:
            raise RefusedError(str(error)) from error
        print(f"warning: no package has weights of {backbone}, so it begins with random ones and learns little;")
        print("warning: --weights hub fetches timm's, --weights FILE takes a file of them")
        return "none"
    return str(Path(weights).absolute()) if weights and Path(weights).is_file() else weights or "package"


def _lay_out(work: Path, here: Labelled, ids: Mapping[str, str], taxonomy: Taxonomy) -> None:
    """A project whose only source are these photos, in folders called after their ids."""
    classes = sorted(set(ids.values()))
    for number, (photo, label) in enumerate(zip(here.rows["photo"], here.rows["label"], strict=True)):
        if label in ids and (file := here.folder / photo).is_file():
            link = work / files.RAW_DIR / _ID / ids[label] / f"{number}_{file.name}"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file.resolve())
    described = {
        **{"id": _ID, "title": here.folder.name, "authors": [_SAYS_NOTHING], "licence": _SAYS_NOTHING},
        **{"terms": "unstated", "redistributable": False, "citation": _SAYS_NOTHING, "home": "https://example.org/"},
        **{"download_by_hand": _SAYS_NOTHING, "domain": "field", "classes": {one: {"to": one} for one in classes}},
        **({"family": "others"} if set(classes) & set(REJECT_CLASSES) else {}),
    }
    written = taxonomy.model_dump(mode="json")
    new = [one for one in classes if one not in taxonomy.class_ids()]
    written["conditions"] += [guessed_condition(one, words(one)) for one in new]
    crops = sorted({one.partition(".")[0] for one in new} - {crop.id for crop in taxonomy.crops})
    written["crops"] += [
        {"id": crop, "name": crop.replace("_", " ").capitalize(), "scientific": _SAYS_NOTHING} for crop in crops
    ]
    for file, content in ((files.TAXONOMY_FILE, written), (SOURCES_DIR / f"{_ID}.yaml", described)):
        (work / file).parent.mkdir(parents=True, exist_ok=True)
        (work / file).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _settings(params: Params, begun: Mapping[str, str], epochs: int, photos: int) -> dict[str, Any]:
    """The project's settings, for few photos of one place and a laptop."""
    frozen = 0 if begun["weights"] == "none" else 3
    phases = [{"epochs": epochs, "side_px": 160, "frozen_stages": frozen, "min_crop_area": 0.5}]
    draws = min(max(_DRAWS * photos, _FEWEST_DRAWS), params.train.photos_per_epoch)
    changes: Mapping[str, Mapping[str, Any]] = {
        "split": {"val_share": 0.2, "test_share": 0.2},
        "train": {
            **{"terms": "all", "start_from": None, "source_weights": {}, "phases": phases, "ema_decay": 0.9},
            **{"photos_per_epoch": draws, "workers": 0, **begun},
        },
        "export": {"side_px": 192},
        "calibrate": {"terms": "all"},
        "leave_out": {"runs": []},
        "stress_test": {"field_source": _ID},
    }
    written = params.model_dump(mode="json")
    return {stage: {**settings, **changes.get(stage, {})} for stage, settings in written.items()}


def _run_stages() -> None:
    _run("opens the photos", "curate")
    rows = files.read_table(files.PHOTOS_FILE)
    # Of a link's name, what follows its number.
    print_left_out(rows["photo"].map(lambda photo: Path(photo).name.partition("_")[2]), rows["problem"])
    is_good = rows["problem"] == ""
    refuse_too_few({str(one): int(count) for one, count in is_good.groupby(rows["class_id"]).sum().items()})
    _run("puts photos aside", "split")
    if any(files.read_splits(name)["class_id"].isin(REJECT_CLASSES).all() for name in ("val", "test")):
        raise PhotosError("the photos of each condition look so alike that none can be put aside: take other leaves")
    _run("trains", "train")
    _run("exports", "export")
    _run("looks at all photos", "embed")
    _run("calibrates", "calibrate")


def _run(title: str, stage: str) -> None:
    print(f"fit: {title}", flush=True)
    # Imported when it is called: rooms below the stages import none.
    command = import_module("training.cli").main
    # What else stages print is for those who know them.
    with redirect_stdout(StringIO()):
        command([stage], standalone_mode=False)


def _of_place(name: str, commit: str) -> tuple[Bundle, list[str]]:
    """The candidate as the bundle of one place, with numbers of this place, and what it can tell."""
    bundle = read_bundle(files.CANDIDATE_DIR)
    seen = read_embeddings(files.TEST_EMBEDDINGS_FILE).as_taken()
    aside = seen.where(~seen.rows["class_id"].isin(REJECT_CLASSES))
    place = Place(name, head_of(bundle).answers(aside.embeddings), aside.rows)
    manifest = bundle.manifest
    numbers = known_fields(manifest.rules.grading, graded_cases(place).assign(group=aside.rows["group"]))
    rules = manifest.rules.model_copy(update={"grading": numbers})
    learned = read_embeddings(files.EMBEDDINGS_FILE).as_taken().rows
    about = Adaptation(place=name, photos=len(learned), cases=learned["group"].nunique(), from_version="none")
    own = manifest.provenance.sources[0].model_copy(update={"home": ""})
    changes = {
        "rules": rules,
        "version": version_of(manifest.model.sha256, rules, manifest.version.partition("-")[0]),
        # What has no texts yet may be named, as in a district's bundle.
        "adapted_to": about,
        "provenance": manifest.provenance.model_copy(update={"git_commit": commit, "sources": (own,)}),
    }
    head, in_graph = read_head(bundle.head or b"").head, manifest.head is None or manifest.head.in_graph
    bundle = with_head_file(replace(bundle, manifest=manifest.model_copy(update=changes)), head, in_graph=in_graph)
    return bundle, list(_told(bundle, aside))


def _told(bundle: Bundle, aside: EmbeddingTable) -> Iterator[str]:
    table = by_condition(answers_of(bundle, aside))
    yield from lines_of(table, "photos put aside")
    every, counts = table[table["condition"] == ALL].iloc[0], table[table["condition"] != ALL]
    known = [entry.id for entry in bundle.manifest.classes if entry.crop is not None]
    named = list(counts.loc[counts["right"] > 0, "condition"])
    yield (
        f"Names {len(named)} of {len(known)} conditions{': ' * bool(named)}{', '.join(named)}. Of {every['n']} photos "
        f"put aside it named {every['named']}, {every['right']} rightly; these are few, and of "
        f"{' and '.join(crop.name.lower() for crop in bundle.manifest.crops)} no other place was tried."
    )
