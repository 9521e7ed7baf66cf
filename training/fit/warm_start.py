"""Warm start: a quick round starts from the network of a promoted bundle instead of ImageNet's weights.

These networks stay on the machine that trains and in ``models/warm_start``, because a bundle has 8-bit weights.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from training.model.network import LeafNetwork
from training.warm_start.kept_networks import find_network
from training.warm_start.repository import WarmStartError


def warm_start(network: LeafNetwork, classes: list[str], version: str) -> None:
    """Load the weights of a promoted bundle's network; new classes keep their initial weights.

    Raises:
        WarmStartError: If the network is not on this machine, or has another backbone.
    """
    stored: dict[str, Any] = torch.load(find_network(version), map_location="cpu", weights_only=True)
    if stored["backbone"] != network.name:
        raise WarmStartError(f"train.start_from: {version} has the backbone {stored['backbone']}, not {network.name}")
    load_matching_weights(network, classes, stored["weights"], former=stored["classes"])


def load_matching_weights(
    network: LeafNetwork, classes: list[str], weights: Mapping[str, Tensor], *, former: list[str]
) -> None:
    """Load weights of a network with other (``former``) classes; classes that it lacks keep their initial weights."""
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
