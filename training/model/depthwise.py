"""Depthwise convolution whose backward pass is quick on a CPU.

Torch's own backward pass of 5x5 depthwise convolutions takes a third of a training step. The gradient of the input is
another depthwise convolution, and that of the weights one product and sum per place of the kernel, both of which torch
computes fast.
"""

from typing import Any

import torch
from timm.layers.conv2d_same import Conv2dSame
from timm.layers.padding import pad_same
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's customary name


class DepthwiseConv(nn.Conv2d):
    """Takes the place of a depthwise convolution, with the same weights and results."""

    def __init__(self, original: nn.Conv2d) -> None:
        """Take over the original's weights and settings; ValueError unless :func:`is_plain_depthwise`."""
        if not is_plain_depthwise(original):
            raise ValueError(f"not a plain depthwise convolution: {original}")
        super().__init__(
            original.in_channels,
            original.out_channels,
            kernel_size=(original.kernel_size[0], original.kernel_size[1]),
            stride=(original.stride[0], original.stride[1]),
            padding=(int(original.padding[0]), int(original.padding[1])),
            groups=original.groups,
            bias=False,
        )
        self.weight = original.weight
        # TensorFlow's uneven padding, which convolutions with a stride keep from the original weights.
        self.pads_itself = isinstance(original, Conv2dSame)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - overrides torch's name
        """``(B, C, H, W)`` to ``(B, C, h, w)``."""
        if self.pads_itself:
            input = pad_same(input, list(self.kernel_size), list(self.stride))  # noqa: A001
        if not (torch.is_grad_enabled() and self.weight.requires_grad and input.device.type == "cpu"):
            return F.conv2d(input, self.weight, self.bias, self.stride, self.padding, groups=self.groups)
        weight = self.weight
        if torch.is_autocast_enabled(input.device.type):
            dtype = torch.get_autocast_dtype(input.device.type)
            input, weight = input.to(dtype), weight.to(dtype)  # noqa: A001
        # Any: whether it has a type differs between releases of torch.
        convolve: Any = _Depthwise.apply
        convolved: Tensor = convolve(input, weight, self.stride[0], int(self.padding[0]))
        return convolved


def is_plain_depthwise(convolution: nn.Conv2d) -> bool:
    """Whether a convolution has one kernel for each channel, square and without gaps, and no other part or padding."""
    return (
        # Other classes change their weights before they use them.
        type(convolution) in (nn.Conv2d, Conv2dSame)
        and convolution.groups == convolution.in_channels == convolution.out_channels > 1
        and convolution.bias is None
        and convolution.dilation == (1, 1)
        and convolution.padding_mode == "zeros"
        and not isinstance(convolution.padding, str)
        and all(len(set(pair)) == 1 for pair in (convolution.kernel_size, convolution.stride, convolution.padding))
    )


def use_quick_depthwise(module: nn.Module) -> None:
    """Put :class:`DepthwiseConv` in the place of every plain depthwise convolution inside a module; names stay."""
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d) and is_plain_depthwise(child):
            setattr(module, name, DepthwiseConv(child))
        else:
            use_quick_depthwise(child)


class _Depthwise(torch.autograd.Function):
    """Depthwise convolution with square kernel, one stride and even padding."""

    @staticmethod
    def forward(ctx: Any, pixels: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(pixels, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(pixels, weight, None, stride, padding, groups=pixels.shape[1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        pixels, weight = ctx.saved_tensors
        out = gradients[0].contiguous(memory_format=torch.channels_last)
        of_input = _input_gradient(pixels, weight, out, ctx.stride, ctx.padding)
        return of_input, _weight_gradient(pixels, weight, out, ctx.stride, ctx.padding), None, None


def _input_gradient(pixels: Tensor, weight: Tensor, out: Tensor, stride: int, padding: int) -> Tensor:
    channels, size = weight.shape[0], weight.shape[-1]
    height, width = pixels.shape[2:]
    rows, columns = out.shape[2:]
    if stride > 1:
        spread = out.new_zeros((out.shape[0], channels, (rows - 1) * stride + 1, (columns - 1) * stride + 1))
        spread = spread.contiguous(memory_format=torch.channels_last)
        spread[:, :, ::stride, ::stride] = out
        out = spread
    of_padded = F.conv2d(out, weight.flip(2, 3), None, 1, size - 1, groups=channels)
    found = of_padded[:, :, padding : padding + height, padding : padding + width]
    # Places at the far edges that no step of the kernel reached.
    missed = (0, width - found.shape[3], 0, height - found.shape[2])
    return F.pad(found, missed) if any(missed) else found


def _weight_gradient(pixels: Tensor, weight: Tensor, out: Tensor, stride: int, padding: int) -> Tensor:
    channels, size = weight.shape[0], weight.shape[-1]
    padded = F.pad(pixels, (padding,) * 4) if padding else pixels
    # Channels last, so that summing over photos and places is one product with a row of ones.
    padded, out = padded.permute(0, 2, 3, 1), out.permute(0, 2, 3, 1)
    ones = out.new_ones((1, out.shape[0] * out.shape[1] * out.shape[2]))
    down, across = (out.shape[1] - 1) * stride + 1, (out.shape[2] - 1) * stride + 1
    gradient = torch.empty_like(weight)
    for row in range(size):
        for column in range(size):
            seen = padded[:, row : row + down : stride, column : column + across : stride]
            gradient[:, 0, row, column] = (ones @ (seen * out).reshape(-1, channels))[0]
    return gradient
