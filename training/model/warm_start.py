"""Networks of promoted bundles, so that a quick round can go on from one of them instead of from ImageNet's weights.

They stay on the machine that trains: a bundle has its weights in 8 bits, which cannot be trained on. Losing them costs
nothing but the short way.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.model.network import LeafNetwork
from training.model.seen_photos import NETWORKS_DIR, StartError, find_network, network_file, write_learned


def keep_network(version: str, *, network: Path, classes: Path, learned: Collection[str], kept: set[str]) -> None:
    """Keep the network that a promoted bundle was made from.

    Args:
        version: Of the bundle.
        network: As the stage ``train`` wrote it.
        classes: Likewise.
        learned: Checksums of what it has learned, see :mod:`training.model.seen_photos`.
        kept: Versions whose networks are still wanted beside it; all others go.
    """
    # First: a network that a kill left without it could not be gone on from.
    write_learned(version, learned)
    stored = torch.load(network, weights_only=True)
    torch.save({**stored, "classes": json.loads(classes.read_text(encoding="utf-8"))}, network_file(version))
    for path in NETWORKS_DIR.iterdir():
        if path.stem not in {version, *kept}:
            path.unlink()


def begin_from(network: LeafNetwork, classes: list[str], version: str) -> None:
    """Take over the weights of a promoted bundle's network; classes that it does not know begin anew.

    Args:
        network: To be filled.
        classes: Of the network, in output order.
        version: Of the bundle.

    Raises:
        StartError: If its network is not on this machine, or has another backbone.
    """
    stored: dict[str, Any] = torch.load(find_network(version), map_location="cpu", weights_only=True)
    if stored["backbone"] != network.name:
        raise StartError(f"train.start_from: {version} has the backbone {stored['backbone']}, not {network.name}")
    take_over(network, classes, stored["weights"], former=stored["classes"])


def take_over(network: LeafNetwork, classes: list[str], weights: Mapping[str, Tensor], *, former: list[str]) -> None:
    """Fill a network with the weights of one that may have had other classes; those it did not have begin anew.

    Args:
        network: To be filled.
        classes: Of the network, in output order.
        weights: Of the other, by name.
        former: Its classes, in output order.
    """
    filled = dict(weights)
    place = {class_id: row for row, class_id in enumerate(former)}
    own = network.state_dict()
    for name in ("head.weight", "head.bias"):
        rows = own[name].clone()
        for row, class_id in enumerate(classes):
            if class_id in place:
                rows[row] = weights[name][place[class_id]]
        filled[name] = rows
    network.load_state_dict(filled)
