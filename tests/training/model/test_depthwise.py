import copy

import pytest
import torch
from timm.layers import ScaledStdConv2d
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn

from training.model.depthwise import DepthwiseConv, use_quick_depthwise
from training.model.strided import stride_before_convolving


def plain(size: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(3, 3, size, stride, padding=size // 2, groups=3, bias=False)


def uneven(size: int, stride: int) -> nn.Conv2d:
    return Conv2dSame(3, 3, size, stride, groups=3, bias=False)


@pytest.mark.parametrize("shape", [(7, 7), (8, 9), (11, 6)], ids=str)
@pytest.mark.parametrize(
    "original",
    [
        pytest.param(plain(3, 1), id="3x3"),
        pytest.param(plain(5, 1), id="5x5"),
        pytest.param(plain(7, 3), id="7x7 in steps of 3"),
        pytest.param(plain(4, 2), id="4x4 in steps of 2"),
        pytest.param(plain(1, 2), id="1x1 in steps of 2"),
        pytest.param(nn.Conv2d(3, 3, 3, groups=3, bias=False), id="3x3 without padding"),
        pytest.param(nn.Conv2d(3, 3, 3, 2, padding=3, groups=3, bias=False), id="3x3 with more padding than it needs"),
        pytest.param(plain(5, 2), id="5x5 in steps of 2"),
        pytest.param(uneven(3, 2), id="3x3 in steps of 2, uneven padding"),
        pytest.param(uneven(5, 2), id="5x5 in steps of 2, uneven padding"),
    ],
)
def test_results_and_gradients_are_those_of_torch(original: nn.Conv2d, shape: tuple[int, int]) -> None:
    original = original.double()
    quick = nn.Sequential(original)
    use_quick_depthwise(quick)
    assert isinstance(quick[0], DepthwiseConv)
    pixels = torch.randn(2, 3, *shape, dtype=torch.double, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(passed_through(quick, pixels), passed_through(original, pixels))


def passed_through(module: nn.Module, pixels: Tensor) -> list[Tensor]:
    """Results, the gradient of the pixels, and those of the weights."""
    module, pixels = copy.deepcopy(module), pixels.clone().requires_grad_()
    out = module(pixels)
    (out * torch.linspace(-1, 1, out.numel(), dtype=out.dtype).reshape(out.shape)).sum().backward()
    return [out.detach(), *(one.grad for one in (pixels, *module.parameters()) if one.grad is not None)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(nn.Conv2d(4, 4, 3, bias=False), id="not depthwise"),
        pytest.param(nn.Conv2d(4, 4, 3, groups=4), id="with a bias"),
        pytest.param(nn.Conv2d(4, 8, 3, padding=1, groups=4, bias=False), id="two kernels for each channel"),
        pytest.param(nn.Conv2d(4, 4, (5, 1), padding=(2, 0), groups=4, bias=False), id="5x1"),
        pytest.param(nn.Conv2d(4, 4, (1, 5), padding=(0, 2), groups=4, bias=False), id="1x5"),
        pytest.param(nn.Conv2d(4, 4, 3, stride=(1, 2), groups=4, bias=False), id="two strides"),
        pytest.param(nn.Conv2d(4, 4, 3, padding=(1, 2), groups=4, bias=False), id="two paddings"),
        pytest.param(nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4, bias=False), id="with gaps"),
        pytest.param(Conv2dSame(4, 4, 3, stride=2, dilation=2, groups=4, bias=False), id="uneven, with gaps"),
        pytest.param(nn.Conv2d(4, 4, 3, padding="same", groups=4, bias=False), id="named padding"),
        pytest.param(nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect", groups=4, bias=False), id="reflecting"),
        pytest.param(nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular", groups=4, bias=False), id="circular"),
        pytest.param(ScaledStdConv2d(4, 4, 3, padding=1, groups=4, bias=False), id="standardised weights"),
    ],
)
def test_any_other_convolution_stays_as_it_is(other: nn.Conv2d) -> None:
    module = nn.Sequential(other)
    use_quick_depthwise(module)
    pixels = torch.randn(2, 4, 9, 8, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(passed_through(module, pixels), passed_through(other, pixels))
    with pytest.raises(ValueError, match="not a plain depthwise"):
        DepthwiseConv(other)


def test_strided_convolutions_of_few_channels_learn_the_same_whatever_the_layout() -> None:
    original = nn.Conv2d(3, 16, 1, stride=2, bias=False)
    module = nn.Sequential(copy.deepcopy(original))
    stride_before_convolving(module)
    pixels = torch.randn(4, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    ours = passed_through(module, pixels.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(ours, passed_through(original, pixels), rtol=1e-4, atol=1e-4)
