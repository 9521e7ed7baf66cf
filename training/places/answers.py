"""What networks say of the places that they were trained without, calibrated like the shipped one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from majani.taxonomy import REJECT_CLASSES
from training.artifacts.embeddings import EmbeddingTable, read_embeddings
from training.artifacts.files import ASKED, OUTLIER, PLACES_DIR, read_taxonomy
from training.calibration.head import fit_calibrated_head
from training.calibration.situations import Place
from training.places.answer_table import LeftOut
from training.places.rows import Kind
from training.settings import CalibrateParams, Params
from training.warm_start.kept_networks import read_learned_photos

# Stands as ``split`` of photos that were left out.
LEFT_OUT = "left_out"


def left_out(photos: pd.DataFrame, names: Sequence[str]) -> "pd.Series[bool]":
    """Which photos belong to a source, a crop or a condition of these names."""
    crops = photos["class_id"].str.split(".").str[0]
    return photos["source"].isin(names) | crops.isin(names) | photos["class_id"].isin(names)


class RunsMissingError(Exception):
    """What the runs of the settings have seen is not all there, or some of it is of runs that the settings left."""


def read_all(runs: Sequence[Sequence[str]]) -> Iterator[EmbeddingTable]:
    """What every run of the settings has seen, in their order; nothing without the stage ``leave_out``.

    Raises:
        RunsMissingError: If there are more or fewer files than runs: each would stand for the wrong places.
    """
    files = sorted(PLACES_DIR.glob("*.npz"))
    if files and len(files) != len(runs):
        raise RunsMissingError(
            f"{PLACES_DIR} holds {len(files)} runs and the settings name {len(runs)}: `dvc repro leave_out` makes them"
        )
    yield from map(read_embeddings, files)


def asked_places(seen: EmbeddingTable, params: Params) -> Iterator[LeftOut]:
    """What the shipped network says of sources that it has not learned from, each by a head that has not either.

    Nothing that looks like a photo that the network has learned is asked about, and no source that it has learned from.
    """
    rows, train = seen.rows, params.train
    before = rows["sha256"].isin(read_learned_photos(train.start_from))
    now = seen.under(train.terms).rows["split"].isin(["train", "val"]) & train.learns
    learned = rows[now | before]
    is_known = rows["group"].isin(learned["group"]) | rows["source"].isin(learned["source"])
    is_asked = ~is_known & (rows["split"] != OUTLIER)
    taught = is_asked & seen.under(params.calibrate.terms).rows["split"].isin(["train", "val"])
    by_itself = sorted(set(rows.loc[taught, "source"]))
    # Whatever the head does not learn anyway, one head is asked about.
    together = sorted(set(rows.loc[is_asked, "source"]) - set(by_itself))
    for names in filter(None, (together, *([source] for source in by_itself))):
        split = rows["split"].mask(is_asked & rows["source"].isin(names), LEFT_OUT)
        # No head may know what they look like from another source.
        split = split.mask(rows["group"].isin(rows.loc[split == LEFT_OUT, "group"]) & (split != LEFT_OUT), ASKED)
        marked = replace(seen, rows=rows.assign(split=split))
        for out in answers_of(marked, names, params.calibrate):
            yield replace(out, place=replace(out.place, by_short_network=False))


def answers_of(seen: EmbeddingTable, names: Sequence[str], params: CalibrateParams) -> Iterator[LeftOut]:
    """What one run says of each of the names that it was trained without."""
    seen = seen.under(params.terms)
    class_ids = classes_of(seen)
    head = fit_calibrated_head(seen, class_ids, params)
    out = seen.where(seen.rows["split"] == LEFT_OUT)
    lab_only = seen.lab_only()
    kinds = kinds_of(out.rows, class_ids, lab_only)
    for name in names:
        here = left_out(out.rows, [name])
        for kind in Kind:
            photos = out.where(here & (kinds == kind))
            if len(photos.rows):
                # A source can show conditions that are known from elsewhere and some that are not.
                title = name if (kinds[here] == kind).all() else f"{name}, {kind}"
                yield LeftOut(kind, Place(title, head.answers(photos.embeddings), photos.rows, lab_only))


def classes_of(seen: EmbeddingTable) -> tuple[str, ...]:
    """The classes that a network has learned, in output order."""
    learned = set(seen.rows.loc[seen.rows["split"] == "train", "class_id"]) | set(REJECT_CLASSES)
    return tuple(class_id for class_id in read_taxonomy().class_ids() if class_id in learned)


def kinds_of(rows: pd.DataFrame, class_ids: Sequence[str], lab_only: frozenset[str]) -> "pd.Series[str]":
    """The kind of each left-out photo for a model that knows these classes, some from the laboratory alone."""
    crops, in_field = (
        {class_id.partition(".")[0] for class_id in ids} for ids in (class_ids, set(class_ids) - lab_only)
    )
    kinds, crop = pd.Series(Kind.CROP.value, index=rows.index), rows["class_id"].str.split(".").str[0]
    kinds[crop.isin(crops)] = Kind.CONDITION.value
    kinds[rows["class_id"].isin(class_ids)] = Kind.LABORATORY.value
    kinds[rows["class_id"].isin(class_ids) & crop.isin(in_field)] = Kind.PLACE.value
    kinds[rows["class_id"].isin(REJECT_CLASSES)] = Kind.NEGATIVES.value
    return kinds


def ask_runs(params: Params) -> Iterator[LeftOut]:
    """Everything that the runs of the settings leave out; nothing where the stage ``leave_out`` has not run."""
    # Without the stage there is nothing to pair.
    for names, seen in zip(params.leave_out.runs, read_all(params.leave_out.runs), strict=False):
        yield from answers_of(seen, names, params.calibrate)
