"""Frozen stages without their batch normalisation, for the forward pass of training only."""

import copy
from collections.abc import Sequence

from timm.layers.norm_act import BatchNormAct2d
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

# What timm calls a convolution and the normalisation that follows it, in its two kinds of mobile blocks.
_PAIRS = {
    "InvertedResidual": (("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3")),
    "DepthwiseSeparableConv": (("conv_dw", "bn1"), ("conv_pw", "bn2")),
}


def folded(stem: tuple[nn.Conv2d, BatchNormAct2d], stages: Sequence[nn.Module]) -> nn.Module:
    """A copy of frozen stages that gives the same features in about half the time.

    Weights and statistics of frozen stages are constants, so each normalisation becomes part of the convolution before
    it; on a CPU its passes over memory cost as much as the convolutions.

    Args:
        stem: First convolution and its normalisation.
        stages: Stages of mobile blocks that follow the stem.

    Raises:
        ValueError: For a kind of block that this module does not know.
    """
    copies = [copy.deepcopy(stage).eval() for stage in stages]
    for stage in copies:
        for block in stage.children():
            pairs = _PAIRS.get(type(block).__name__)
            if pairs is None:
                raise ValueError(f"cannot fold a {type(block).__name__}")
            for convolution, normalisation in pairs:
                _fold(block, convolution, normalisation)
    first = fuse_conv_bn_eval(copy.deepcopy(stem[0]).eval(), copy.deepcopy(stem[1]).eval())
    return nn.Sequential(first, stem[1].act, *copies).requires_grad_(False)


def _fold(block: nn.Module, convolution: str, normalisation: str) -> None:
    norm = getattr(block, normalisation)
    setattr(block, convolution, fuse_conv_bn_eval(getattr(block, convolution), norm))
    setattr(block, normalisation, norm.act)
