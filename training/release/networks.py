"""Kept networks of promoted bundles, and the photos that each was trained on.

A quick round starts from a kept network. It must not be tested on photos of that network's training, even if their case
was deleted since. So a list beside each network has the checksums of its training photos and of their look-alikes. A
look-alike that arrives after the deletion is not recognised, because only the checksum of a deleted photo is kept.
"""

import json
from collections.abc import Collection
from pathlib import Path

import pandas as pd
import torch

from training.artifacts import NETWORKS_DIR, seen_photos_file, write_network


def photos_seen_in(curated: pd.DataFrame, splits: pd.DataFrame) -> set[str]:
    """Checksums of all training photos and of all photos in their groups, unusable ones too."""
    groups = splits.loc[splits["split"] == "train", "group"]
    beside = curated["group"].isin(groups) & (curated["sha256"] != "")
    return set(curated.loc[beside, "sha256"])


def write_seen_photos(version: str, learned: Collection[str]) -> None:
    """Write the list of photos that a network was trained on, those of the network it started from included."""
    NETWORKS_DIR.mkdir(parents=True, exist_ok=True)
    seen_photos_file(version).write_text("".join(f"{sha256}\n" for sha256 in sorted(learned)), encoding="utf-8")


def keep_network(version: str, *, network: Path, classes: Path, learned: Collection[str], wanted: set[str]) -> None:
    """Keep the network of a promoted bundle, and remove networks of versions that are not ``wanted`` beside it."""
    # First: a network without this list is refused as a start.
    write_seen_photos(version, learned)
    stored = torch.load(network, weights_only=True)
    write_network(version, {**stored, "classes": json.loads(classes.read_text(encoding="utf-8"))})
    for path in NETWORKS_DIR.iterdir():
        if path.stem not in {version, *wanted}:
            path.unlink()
