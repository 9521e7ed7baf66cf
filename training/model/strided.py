"""Strided 1x1 convolutions of few channels, on which oneDNN's backward pass crashes or is wrong.

It writes past its memory where photos are laid out channels last: https://github.com/uxlfoundation/oneDNN/issues/6035.
Networks with such a branch on the three colours, such as FastViT and MobileOne, could not learn.
"""

from functools import partial

from torch import Tensor, nn

# Channels that oneDNN computes at once on processors with AVX-512; it fails with fewer.
_BLOCK = 16


def stride_before_convolving(module: nn.Module) -> None:
    """Let every such convolution inside a module take only the places that it keeps; weights and results stay."""
    for part in module.modules():
        if (
            type(part) is nn.Conv2d
            and part.kernel_size == (1, 1)
            and part.padding == (0, 0)
            and part.stride != (1, 1)
            and part.in_channels < _BLOCK
        ):
            part.register_forward_pre_hook(partial(_keep, strides=part.stride))
            part.stride = (1, 1)


def _keep(_: nn.Module, inputs: tuple[Tensor], *, strides: tuple[int, ...]) -> Tensor:
    rows, columns = strides
    return inputs[0][:, :, ::rows, ::columns]
