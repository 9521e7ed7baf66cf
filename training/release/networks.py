"""What the network of a promoted bundle has learned, so that no quick round that begins with it is examined on that.

A case that was deleted, or lost its label, holds its look-alikes back from validation and test no longer; but a network
that goes on from one that has learned it still knows it. So beside each kept network stands a list of all photos that
it has learned, and of those that looked like one of them. A look-alike that comes only after the deletion is not
recognised: of a deleted photo nothing is kept but its checksum.
"""

import json
from collections.abc import Collection
from pathlib import Path

import pandas as pd
import torch

from training.artifacts import NETWORKS_DIR, network_file, seen_photos_file


def photos_seen_in(curated: pd.DataFrame, splits: pd.DataFrame) -> set[str]:
    """Checksums of the photos that train, and of all in a group with one, also of those that are used for nothing.

    Args:
        curated: As the stage ``curate`` wrote it.
        splits: As the stage ``split`` made it of that.
    """
    groups = splits.loc[splits["split"] == "train", "group"]
    beside = curated["group"].isin(groups) & (curated["sha256"] != "")
    return set(curated.loc[beside, "sha256"])


def write_seen_photos(version: str, learned: Collection[str]) -> None:
    """Write down what a network has learned, that of the network it began with included."""
    NETWORKS_DIR.mkdir(parents=True, exist_ok=True)
    seen_photos_file(version).write_text("".join(f"{sha256}\n" for sha256 in sorted(learned)), encoding="utf-8")


def keep_network(version: str, *, network: Path, classes: Path, learned: Collection[str], kept: set[str]) -> None:
    """Keep the network that a promoted bundle was made from.

    Args:
        version: Of the bundle.
        network: As the stage ``train`` wrote it.
        classes: Likewise.
        learned: Checksums of what it has learned, see :mod:`training.release.networks`.
        kept: Versions whose networks are still wanted beside it; all others go.
    """
    # First: a network that a kill left without it could not be gone on from.
    write_seen_photos(version, learned)
    stored = torch.load(network, weights_only=True)
    torch.save({**stored, "classes": json.loads(classes.read_text(encoding="utf-8"))}, network_file(version))
    for path in NETWORKS_DIR.iterdir():
        if path.stem not in {version, *kept}:
            path.unlink()
