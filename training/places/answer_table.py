"""The table of answers about places left out: one Parquet file, which everything reads that rests on places.

One row a photo, without its name: ``place``, ``kind`` (empty for simulated districts of older tables),
``by_short_network``, ``lab_only`` (conditions), ``source``, ``domain``, ``class_id`` (the truth),
``group`` (a number of the place), and the
probability of each class, absent where the network does not know it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.files import REVIEWS_SOURCE
from training.calibration.situations import Place
from training.places.rows import Kind
from training.settings import TrainParams
from training.warm_start.kept_networks import find_network, places_file

_OF_PLACE = ("place", "kind", "by_short_network", "lab_only")
_OF_PHOTO = ("source", "domain", "class_id", "group")
_DIGITS = 4


@dataclass(frozen=True)
class LeftOut:
    """Answers about what one name of the settings stands for."""

    kind: Kind
    place: Place


def as_table(places: Iterable[LeftOut]) -> pd.DataFrame:
    """The table of some places; probabilities have four digits."""
    tables = [_of_place(out) for out in places if len(out.place.rows)]
    if not tables:
        return pd.DataFrame(columns=[*_OF_PLACE, *_OF_PHOTO, *REJECT_CLASSES])
    table = pd.concat(tables, ignore_index=True)
    # Networks know different classes.
    return table[[*(name for name in table if name not in REJECT_CLASSES), *REJECT_CLASSES]]


def _of_place(out: LeftOut) -> pd.DataFrame:
    place, kind = out.place, out.kind.value
    rows, shares = place.rows, place.answers.probabilities.astype(np.float64)
    scale = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(np.maximum(shares, np.finfo(np.float32).tiny))))
    return pd.DataFrame(
        {
            **dict(zip(_OF_PLACE[:3], (place.name, kind, place.by_short_network), strict=True)),
            "lab_only": [sorted(place.lab_only)] * len(rows),
            **{name: rows[name].to_numpy() for name in _OF_PHOTO[:-1]},
            "group": pd.factorize(rows["group"])[0],
            **dict(zip(place.answers.class_ids, (np.round(shares * scale) / scale).astype(np.float32).T, strict=True)),
        }
    )


def write_answers(table: pd.DataFrame, path: Path) -> None:
    """Write a file that is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    # Dictionaries of probabilities take a third more.
    table.to_parquet(unfinished, index=False, compression="zstd", compression_level=19, use_dictionary=False)
    unfinished.replace(path)


def without_cases(table: pd.DataFrame) -> pd.DataFrame:
    """The table without farmers' cases, which may be deleted: what may travel."""
    return table[table["source"] != REVIEWS_SOURCE]


def read_answers(path: Path) -> pd.DataFrame:
    """The table of a file."""
    return pd.read_parquet(path)


def places_in(table: pd.DataFrame) -> list[LeftOut]:
    """All places of a table."""
    found = []
    for name, of_place in table[table["kind"] != ""].groupby("place", sort=False):
        rows, first = of_place[list(_OF_PHOTO)].reset_index(drop=True), of_place.iloc[0]
        answers = of_place.drop(columns=[*_OF_PLACE, *_OF_PHOTO]).dropna(axis="columns", how="all")
        place = Place(
            str(name),
            Answers(tuple(answers.columns), np.ascontiguousarray(answers.to_numpy(np.float32))),
            rows,
            frozenset(first["lab_only"]),
            bool(first["by_short_network"]),
        )
        found.append(LeftOut(Kind(first["kind"]), place))
    return found


def taken_over(params: TrainParams) -> Path | None:
    """The table of the bundle that a quick round begins with, which trains no networks; None if that has none either.

    Raises:
        WarmStartError: If that bundle's network is neither on this machine nor in the repository.
    """
    if params.start_from is None:
        return None
    file = places_file(params.start_from)
    if not file.exists():
        # The network's places come along.
        find_network(params.start_from)
    return file if file.exists() else None
