import pytest
import torch
from timm.layers.conv2d_same import Conv2dSame
from torch import nn

from training.model.depthwise import DepthwiseConv


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
        pytest.param(plain(5, 2), id="5x5 in steps of 2"),
        pytest.param(uneven(3, 2), id="3x3 in steps of 2, uneven padding"),
        pytest.param(uneven(5, 2), id="5x5 in steps of 2, uneven padding"),
    ],
)
def test_results_and_gradients_are_those_of_torch(original: nn.Conv2d, shape: tuple[int, int]) -> None:
    original = original.double()
    quick = DepthwiseConv(original)
    pixels = torch.randn(2, 3, *shape, dtype=torch.double, generator=torch.Generator().manual_seed(1))
    found = []
    for convolution in (original, quick):
        given = pixels.clone().requires_grad_()
        out = convolution(given)
        (out * torch.linspace(-1, 1, out.numel(), dtype=torch.double).reshape(out.shape)).sum().backward()
        assert given.grad is not None
        assert convolution.weight.grad is not None
        found.append((out.detach(), given.grad, convolution.weight.grad.clone()))
        convolution.weight.grad = None
    for ours, theirs in zip(found[1], found[0], strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(nn.Conv2d(4, 4, 3, bias=False), id="not depthwise"),
        pytest.param(nn.Conv2d(4, 4, 3, groups=4), id="with a bias"),
        pytest.param(nn.Conv2d(4, 4, 3, stride=(1, 2), groups=4, bias=False), id="two strides"),
    ],
)
def test_refuses_what_it_cannot_replace(other: nn.Conv2d) -> None:
    with pytest.raises(ValueError, match="not a plain depthwise"):
        DepthwiseConv(other)
