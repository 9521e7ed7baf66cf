"""A bundle's network as floats again, where ``models/networks`` and ``models/warm_start`` lack it.

``python -m training.release.recovery`` unpacks the 8-bit weights of ``models/current``. Export has folded batch
normalisation into convolutions, so each gets back a normalisation of its own: by statistics of training photos, which
it then undoes. So the network answers as the bundle does, but for the rounding of activations, and can learn on.
It was trained on the photos that ``data/splits`` names today: run it only where these are the bundle's own.
"""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import torch
from onnx.numpy_helper import to_array
from timm.layers.norm_act import BatchNormAct2d
from torch import Tensor, nn

from majani.model.bundle import Bundle, read_bundle
from training.artifacts import (
    CURRENT_DIR,
    PHOTOS_FILE,
    SPLITS_FILE,
    network_file,
    read_splits,
    read_table,
    write_network,
)
from training.dataset.loaders import WORK_DIR
from training.dataset.photos import open_pixels
from training.model.network import LeafNetwork
from training.release.networks import photos_seen_in, write_seen_photos
from training.settings import read_params

_PHOTOS, _BATCH = 1024, 64


def recover(bundle: Bundle, backbone: str, batches: Iterator[Tensor]) -> LeafNetwork:
    """The network of a bundle, in evaluation mode.

    Args:
        bundle: With an 8-bit model of the EfficientNet family.
        backbone: Name of its network in timm.
        batches: Photos ``(B, H, W, 3)`` uint8 that set the statistics of batch normalisation.

    Raises:
        KeyError: If the bundle has another backbone.
    """
    # Versions of the exporter differ in whether names begin at the network or at what wraps it.
    initializers = onnx.load_from_string(bundle.model).graph.initializer
    stored = {one.name.removeprefix("network."): to_array(one) for one in initializers}
    classes = [one.id for one in bundle.manifest.classes]
    network = LeafNetwork(backbone=backbone, classes=len(classes), dropout=0.0).eval()
    network.head.weight.data = torch.from_numpy(stored["activation.weight_half"][:, :, 0, 0].astype(np.float32))
    network.head.bias.data = torch.from_numpy(stored["activation.bias"].copy())
    modules = list(network.backbone.named_modules())
    convolutions = [(name, one) for name, one in modules if isinstance(one, nn.Conv2d)]
    # timm lists each normalisation behind its convolution. Any: that it has statistics is not in its type.
    norms: list[Any] = [one for _, one in modules if isinstance(one, BatchNormAct2d)]
    outputs: list[list[Tensor]] = [[] for _ in norms]
    for (name, convolution), norm, seen in zip(convolutions, norms, outputs, strict=True):
        weights = f"backbone.{name}.weight"
        bias = f"{weights}_bias_quantized"
        convolution.weight.data = _floats(stored, f"{weights}_quantized", f"{weights}_scale")
        norm.weight.data.fill_(1.0)
        norm.bias.data = _floats(stored, bias, f"{bias}_scale").flatten()
        norm.running_mean.zero_()
        norm.running_var.fill_(1.0 - norm.eps)
        convolution.register_forward_hook(
            lambda _, __, out, seen=seen: seen.append(torch.stack([out.mean((0, 2, 3)), out.square().mean((0, 2, 3))]))
        )
    with torch.inference_mode():
        for batch in batches:
            network(network.normalise(batch))
    for (_, convolution), norm, seen in zip(convolutions, norms, outputs, strict=True):
        convolution._forward_hooks.clear()
        mean, square = torch.stack(seen).mean(0).clone()
        variance = (square - mean.square()).clamp_min(0)
        norm.running_mean, norm.running_var = mean, variance
        norm.weight.data = (variance + norm.eps).sqrt()
        norm.bias.data += mean
    return network


def _floats(stored: dict[str, np.ndarray], name: str, scale: str) -> Tensor:
    """Per-channel integers as floats; their zero is 0."""
    integers = stored[name].astype(np.float32)
    return torch.from_numpy(integers * stored[scale].reshape(-1, *[1] * (integers.ndim - 1)))


def main() -> None:
    """Recover the network of ``models/current`` into ``models/networks``."""
    bundle, params = read_bundle(CURRENT_DIR), read_params()
    version = bundle.manifest.version
    if network_file(version).exists():
        sys.exit(f"recovery: {network_file(version)} is there; nothing is better than the network itself")
    train = read_splits("train")
    photos = train.sample(min(_PHOTOS, len(train)), random_state=params.train.seed)
    pixels = torch.from_numpy(open_pixels(photos, directory=WORK_DIR).copy())
    batches = (pixels[start : start + _BATCH] for start in range(0, len(pixels), _BATCH))
    network = recover(bundle, params.train.backbone, batches)
    classes = [one.id for one in bundle.manifest.classes]
    stored = {"backbone": params.train.backbone, "weights": network.state_dict(), "classes": classes}
    # First: a network without this list is refused as a start.
    write_seen_photos(version, photos_seen_in(read_table(PHOTOS_FILE), read_table(SPLITS_FILE)))
    write_network(version, stored)
    print(f"recovery: {network_file(version)}")


if __name__ == "__main__":
    main()
