from collections.abc import Callable

import pytest
import timm
import torch
from torch import Tensor, nn

from training.model.depthwise import DepthwiseConv
from training.model.network import LeafNetwork, WeightsCode, WeightsError, load_pretrained

FROZEN = 3


def network(backbone: str = "tf_efficientnet_lite0") -> LeafNetwork:
    torch.manual_seed(1)
    made = LeafNetwork(backbone=backbone, classes=5, dropout=0.0)
    load_pretrained(made, "package")
    return made


def batch() -> Tensor:
    return torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_frozen_stages_learn_nothing_and_the_others_do() -> None:
    made = network().train()
    made.freeze(FROZEN)
    before = {name: value.clone() for name, value in made.state_dict().items()}
    optimizer = torch.optim.SGD([one for one in made.parameters() if one.requires_grad], lr=0.1)
    nn.functional.cross_entropy(made(batch()), torch.tensor([0, 1, 2, 3])).backward()
    optimizer.step()
    after = made.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert list(after) == list(before), "what is folded is no part of the weights"
    frozen = tuple(f"backbone.{part}" for part in ("conv_stem", "bn1", *(f"blocks.{one}." for one in range(FROZEN))))
    assert not [name for name in moved if name.startswith(frozen)]
    assert "head.weight" in moved
    assert "backbone.blocks.3.0.conv_dw.weight" in moved
    assert "backbone.blocks.3.0.bn1.running_mean" in moved


def test_training_with_frozen_stages_starts_from_the_whole_networks_answer() -> None:
    made = network("tf_efficientnet_lite1")
    made.freeze(FROZEN)
    (quick,) = made._folded
    assert not [part for part in quick.modules() if isinstance(part, nn.BatchNorm2d)]
    made.backbone.blocks[FROZEN:].eval()
    made.backbone.bn2.eval()
    with torch.no_grad():
        folded_answer = made(batch())
        torch.testing.assert_close(folded_answer, made.eval()(batch()), rtol=1e-3, atol=1e-3)


class Plain(nn.Module):
    """What the shipped network is: timm's own model, its depthwise convolutions replaced, and a linear head."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.backbone = timm.create_model("tf_efficientnet_lite1", num_classes=0, global_pool="")
        for path, part in list(self.backbone.named_modules()):
            if isinstance(part, nn.Conv2d) and part.groups == part.in_channels > 1:
                self.backbone.set_submodule(path, DepthwiseConv(part))
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(1280, classes)
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.head.weight, std=0.01)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.head(self.dropout(self.backbone(pixels).mean(dim=(2, 3))))


def after_a_step(make: Callable[[], nn.Module]) -> dict[str, Tensor]:
    torch.manual_seed(3)
    made = make().train()
    optimizer = torch.optim.AdamW(made.parameters(), lr=0.01)
    nn.functional.cross_entropy(made(batch()), torch.tensor([0, 1, 2, 3])).backward()
    optimizer.step()
    return made.state_dict()


def test_a_step_of_the_shipped_backbone_gives_the_weights_of_the_plain_network_bit_for_bit() -> None:
    ours = after_a_step(lambda: LeafNetwork(backbone="tf_efficientnet_lite1", classes=5, dropout=0.2))
    plain = after_a_step(lambda: Plain(5))
    assert list(ours) == list(plain)
    assert not [name for name in ours if not torch.equal(ours[name], plain[name])]


@pytest.mark.parametrize(
    ("backbone", "sides"),
    [
        pytest.param("efficientvit_b0", (3, 4), id="last layers need pooling"),
        pytest.param("test_mambaout", (3, 4), id="channels last"),
        pytest.param("deit_tiny_distilled_patch16_224", (6, 8), id="two tokens before the patches"),
        pytest.param("vit_small_patch14_dinov2", (7, 10), id="patches that do not divide the side"),
        pytest.param("swin_tiny_patch4_window7_224", (3, 4), id="windows"),
        pytest.param("test_coatnet", (5, 5), id="its own side only"),
    ],
)
def test_backbones_of_many_kinds_give_a_map(backbone: str, sides: tuple[int, int]) -> None:
    made = LeafNetwork(backbone=backbone, classes=5, dropout=0.0)
    assert (made.map_side(96), made.map_side(128)) == sides
    assert made(torch.zeros(2, 3, 96, 96)).shape == (2, 5)


@pytest.mark.parametrize(
    ("backbone", "code"),
    [
        pytest.param("oak", WeightsCode.BACKBONE_UNKNOWN, id="unknown"),
        pytest.param("crossvit_9_240", WeightsCode.BACKBONE_UNSUITABLE, id="no map"),
        pytest.param("pit_ti_224", WeightsCode.BACKBONE_UNSUITABLE, id="no token but its summary"),
    ],
)
def test_a_backbone_that_cannot_work_is_refused_when_it_is_made(backbone: str, code: WeightsCode) -> None:
    with pytest.raises(WeightsError, match=backbone) as refused:
        LeafNetwork(backbone=backbone, classes=5, dropout=0.0)
    assert refused.value.code is code


@pytest.mark.parametrize(
    "backbone",
    [pytest.param("rdnet_tiny", id="no coarse groups"), pytest.param("efficientnet_b0_g8_gn", id="nothing to fold")],
)
def test_first_stages_of_other_backbones_can_stay_frozen(backbone: str) -> None:
    made = LeafNetwork(backbone=backbone, classes=5, dropout=0.0).train()
    made.freeze(1)
    made(batch()).sum().backward()
    learns = [one.grad is not None for one in made.backbone.parameters()]
    assert not learns[0]
    assert learns[-1]


def test_sides_and_frozen_stages_that_a_backbone_does_not_know_are_refused() -> None:
    with pytest.raises(WeightsError, match=r"dla46x_c.*75 px"):
        LeafNetwork(backbone="dla46x_c", classes=5, dropout=0.0).map_side(75)
    made = LeafNetwork(backbone="poolformer_s12", classes=5, dropout=0.0)
    made.freeze(0)
    with pytest.raises(WeightsError, match="poolformer_s12") as refused:
        made.freeze(1)
    assert refused.value.code is WeightsCode.BACKBONE_UNSUITABLE


def test_no_convolution_is_left_that_crashes_in_training() -> None:
    made = LeafNetwork(backbone="fastvit_t8", classes=5, dropout=0.0)
    of_photos = [part for part in made.modules() if isinstance(part, nn.Conv2d) and part.in_channels == 3]
    assert [part.stride for part in of_photos if part.kernel_size == (1, 1)] == [(1, 1)]
