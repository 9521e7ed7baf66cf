"""Answers about places left out, small enough for ``models/warm_start``; no photo is among them, and no name of one."""

import lzma
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from majani.frozen import FrozenModel
from majani.model.head import Answers
from training.artifacts.files import REVIEWS_SOURCE, WARM_START_DIR
from training.calibration.situations import Place
from training.places.rows import Kind
from training.settings import TrainParams
from training.warm_start.kept_networks import find_network, places_file
from training.warm_start.repository import CARRIED_PLACES


class CarriedPlace(FrozenModel):
    """A place as :class:`training.calibration.situations.Place`.

    Attributes:
        kind: What was left out; None for a district that was simulated.
        source, class_id, domain, group: Of each photo.
        probabilities: ``(N, C)``.
    """

    name: str
    kind: Kind | None
    lab_only: tuple[str, ...]
    by_short_network: bool = True
    domain: tuple[str, ...] = ()
    class_ids: tuple[str, ...]
    source: tuple[str, ...]
    class_id: tuple[str, ...]
    group: tuple[int, ...]
    probabilities: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, place: Place, kind: Kind | None) -> Self:
        """Round its probabilities to four digits, number its groups, and leave out cases, which may be deleted."""
        shown = (place.rows["source"] != REVIEWS_SOURCE).to_numpy()
        rows = place.rows[shown]
        return cls(
            name=place.name,
            kind=kind,
            lab_only=tuple(sorted(place.lab_only)),
            by_short_network=place.by_short_network,
            domain=tuple(rows["domain"]),
            class_ids=place.answers.class_ids,
            source=tuple(rows["source"]),
            class_id=tuple(rows["class_id"]),
            group=tuple(pd.factorize(rows["group"])[0].tolist()),
            probabilities=tuple(tuple(map(_rounded, row)) for row in place.answers.probabilities[shown].tolist()),
        )

    def place(self) -> Place:
        """The place again; its groups are numbers."""
        rows = pd.DataFrame({name: getattr(self, name) for name in ("source", "class_id", "group")})
        # Those that were kept before did not say.
        rows["domain"] = list(self.domain) or "lab"
        probabilities = np.array(self.probabilities, dtype=np.float32).reshape(len(rows), len(self.class_ids))
        return Place(
            self.name, Answers(self.class_ids, probabilities), rows, frozenset(self.lab_only), self.by_short_network
        )


def _rounded(probability: float) -> float:
    return float(f"{probability:.4g}")


_LIST = TypeAdapter(tuple[CarriedPlace, ...])


def write_carried(places: Iterable[CarriedPlace], path: Path) -> None:
    """Write all of them, compressed."""
    path.write_bytes(lzma.compress(_LIST.dump_json(tuple(places))))


def read_carried(path: Path) -> Sequence[CarriedPlace]:
    """All that were written, but for those of which only cases were known."""
    return [place for place in _LIST.validate_json(lzma.decompress(path.read_bytes())) if place.source]


def carried_districts(path: Path = WARM_START_DIR / CARRIED_PLACES) -> Iterator[Place]:
    """The simulated districts of a bundle, by default of the running one."""
    return (snapshot.place() for snapshot in read_carried(path) if snapshot.kind is None)


def taken_over(params: TrainParams) -> Path | None:
    """Places of the bundle that a quick round begins with, for which it trains none; None if that has none either.

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
