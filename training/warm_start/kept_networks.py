"""Kept networks of promoted bundles, and the photos that each was trained on.

A quick round starts from a kept network. It must not be tested on photos of that network's training, even if their case
was deleted since. So a list beside each network has the checksums of its training photos and of their look-alikes. A
look-alike that arrives after the deletion is not recognised, because only the checksum of a deleted photo is kept.
"""

import json
import lzma
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from training.artifacts.files import NETWORKS_DIR, WARM_START_DIR
from training.warm_start.repository import (
    CARRIED_NETWORK,
    CARRIED_PHOTOS,
    CARRIED_PLACES,
    WarmStartError,
    read_warm_start,
)


def network_file(version: str) -> Path:
    """Where ``promote`` keeps the trained network of a bundle."""
    return NETWORKS_DIR / f"{version}.pt"


def learned_photos_file(version: str) -> Path:
    """Where ``promote`` lists the photos that this network was trained on: one sha256 a line."""
    return NETWORKS_DIR / f"{version}.learned"


def places_file(version: str) -> Path:
    """Where ``promote`` keeps what was said of places left out when this network was trained."""
    return NETWORKS_DIR / f"{version}.parquet"


def find_network(version: str) -> Path:
    """The kept network of a bundle; one that came with the repository joins the kept ones first.

    Raises:
        WarmStartError: If it is neither on this machine nor in the repository.
    """
    path = network_file(version)
    if not path.exists():
        try:
            _keep_carried(version)
        except WarmStartError as error:
            known = ", ".join(sorted(file.stem for file in NETWORKS_DIR.glob("*.pt"))) or "none"
            text = f"train.start_from: no network of {version} on this machine; there is: {known}; {error}"
            raise WarmStartError(text) from error
    return path


def _keep_carried(version: str) -> None:
    """The round's own promotion replaces what came with the repository, and the round may run again after it."""
    from safetensors.torch import load_file  # noqa: PLC0415 - needs torch, and most stages do not

    start = read_warm_start(version)
    NETWORKS_DIR.mkdir(parents=True, exist_ok=True)
    learned_photos_file(version).write_bytes(lzma.decompress((WARM_START_DIR / CARRIED_PHOTOS).read_bytes()))
    if CARRIED_PLACES in start.sha256:
        shutil.copyfile(WARM_START_DIR / CARRIED_PLACES, places_file(version))
    stored = {"backbone": start.backbone, "weights": load_file(WARM_START_DIR / CARRIED_NETWORK)}
    write_network(version, {**stored, "classes": list(start.classes)})


def write_network(version: str, stored: Mapping[str, object]) -> None:
    """Keep a bundle's network in one step: half a file of a killed run would count as the network."""
    import torch  # noqa: PLC0415 - most stages need no torch

    unfinished = network_file(version).with_suffix(f".{os.getpid()}")
    torch.save(stored, unfinished)
    unfinished.replace(network_file(version))


def read_learned_photos(version: str | None) -> frozenset[str]:
    """Checksums of the photos that a network was trained on in earlier rounds.

    Args:
        version: Of the bundle whose network the round starts from; None for ImageNet's weights, which know no photo.

    Raises:
        WarmStartError: If that network, or the list of its photos, is not on this machine.
    """
    if version is None:
        return frozenset()
    find_network(version)
    try:
        return frozenset(learned_photos_file(version).read_text(encoding="utf-8").split())
    except FileNotFoundError as error:
        raise WarmStartError(
            f"train.start_from: {learned_photos_file(version)} is missing, so the photos that {version} was trained "
            "on are unknown; train in full, with null there"
        ) from error


def learned_photos_of(curated: pd.DataFrame, splits: pd.DataFrame) -> set[str]:
    """Checksums of all training photos and of all photos in their groups, unusable ones too."""
    groups = splits.loc[splits["split"] == "train", "group"]
    beside = curated["group"].isin(groups) & (curated["sha256"] != "")
    return set(curated.loc[beside, "sha256"])


def write_learned_photos(version: str, learned: Collection[str]) -> None:
    """Write the list of photos that a network was trained on, those of the network it started from included."""
    NETWORKS_DIR.mkdir(parents=True, exist_ok=True)
    learned_photos_file(version).write_text("".join(f"{sha256}\n" for sha256 in sorted(learned)), encoding="utf-8")


def keep_network(version: str, *, network: Path, classes: Path, learned: Collection[str], wanted: set[str]) -> None:
    """Keep the network of a promoted bundle, and remove networks of versions that are not ``wanted`` beside it."""
    # First: a network without this list is refused as a start.
    write_learned_photos(version, learned)
    import torch  # noqa: PLC0415 - likewise

    stored = torch.load(network, weights_only=True)
    write_network(version, {**stored, "classes": json.loads(classes.read_text(encoding="utf-8"))})
    for path in NETWORKS_DIR.iterdir():
        if path.stem not in {version, *wanted}:
            path.unlink()
