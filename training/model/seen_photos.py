"""What the network of a promoted bundle has learned, so that no quick round that begins with it is examined on that.

A case that was deleted, or lost its label, holds its look-alikes back from validation and test no longer; but a network
that goes on from one that has learned it still knows it. So beside each kept network stands a list of all photos that
it has learned, and of those that looked like one of them. A look-alike that comes only after the deletion is not
recognised: of a deleted photo nothing is kept but its checksum.
"""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

NETWORKS_DIR = Path("models/networks")


class StartError(Exception):
    """A network to go on from is not there, is of another kind, or may have learned anything."""


def network_file(version: str) -> Path:
    """Where the network of a bundle lies."""
    return NETWORKS_DIR / f"{version}.pt"


def learned_file(version: str) -> Path:
    """Where it stands what this network has learned: a sha256 a line."""
    return NETWORKS_DIR / f"{version}.learned"


def find_network(version: str) -> Path:
    """Where the network of a bundle lies, if it is on this machine.

    Raises:
        StartError: If it is not.
    """
    path = network_file(version)
    if not path.exists():
        known = ", ".join(sorted(one.stem for one in NETWORKS_DIR.glob("*.pt"))) or "none"
        raise StartError(f"train.start_from: no network of {version} on this machine; there is: {known}")
    return path


def learned_from(curated: pd.DataFrame, splits: pd.DataFrame) -> set[str]:
    """Checksums of the photos that train, and of all in a group with one, also of those that are used for nothing.

    Args:
        curated: As the stage ``curate`` wrote it.
        splits: As the stage ``split`` made it of that.
    """
    groups = splits.loc[splits["split"] == "train", "group"]
    beside = curated["group"].isin(groups) & (curated["sha256"] != "")
    return set(curated.loc[beside, "sha256"])


def write_learned(version: str, learned: Collection[str]) -> None:
    """Write down what a network has learned, that of the network it began with included."""
    NETWORKS_DIR.mkdir(parents=True, exist_ok=True)
    learned_file(version).write_text("".join(f"{sha256}\n" for sha256 in sorted(learned)), encoding="utf-8")


def read_learned(version: str | None) -> frozenset[str]:
    """Checksums of what a round has learned before it begins; ImageNet's weights know none of our photos.

    Args:
        version: Of the bundle whose network it begins with, None for ImageNet's weights.

    Raises:
        StartError: If that network is not on this machine, or nobody knows what it has learned.
    """
    if version is None:
        return frozenset()
    find_network(version)
    try:
        return frozenset(learned_file(version).read_text(encoding="utf-8").split())
    except FileNotFoundError as error:
        raise StartError(
            f"train.start_from: {learned_file(version)} is missing, so nobody knows what {version} has learned; "
            "train in full, with null there"
        ) from error
