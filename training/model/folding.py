"""Frozen stages without their batch normalisation, for the forward pass of training only."""

import copy
import itertools
from collections.abc import Sequence

from timm.layers.norm_act import BatchNormAct2d
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norm(stem: tuple[nn.Conv2d, BatchNormAct2d], stages: Sequence[nn.Module]) -> nn.Module:
    """A copy of frozen stages that gives the same features in about half the time.

    Weights and statistics of frozen stages are constants, so each normalisation becomes part of the convolution before
    it; on a CPU its passes over memory cost as much as the convolutions. timm's blocks run each convolution before the
    normalisation that they list next.
    """
    copies = [copy.deepcopy(stage).eval() for stage in stages]
    for block in (block for stage in copies for block in stage.children()):
        for (name, convolution), (norm_name, norm) in itertools.pairwise(list(block.named_children())):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, BatchNormAct2d):
                setattr(block, name, fuse_conv_bn_eval(convolution, norm))
                setattr(block, norm_name, norm.act)
    first = fuse_conv_bn_eval(copy.deepcopy(stem[0]).eval(), copy.deepcopy(stem[1]).eval())
    return nn.Sequential(first, stem[1].act, *copies).requires_grad_(False)
