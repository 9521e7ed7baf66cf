import pytest
import torch
from torch import Tensor, nn

from training.model.folding import fold_batch_norm
from training.model.network import LeafNetwork, load_pretrained

FROZEN = 3


def network(backbone: str = "tf_efficientnet_lite0") -> LeafNetwork:
    torch.manual_seed(1)
    made = LeafNetwork(backbone=backbone, classes=5, dropout=0.0)
    load_pretrained(made, "package")
    return made


def batch() -> Tensor:
    return torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize("backbone", ["tf_efficientnet_lite0", "tf_efficientnet_lite1"])
def test_folded_stages_give_the_same_features(backbone: str) -> None:
    made = network(backbone).eval()
    stem = (made.backbone.conv_stem, made.backbone.bn1)
    quick = fold_batch_norm(stem, list(made.backbone.blocks[:FROZEN]))
    assert not [part for part in quick.modules() if isinstance(part, nn.BatchNorm2d)]
    with torch.inference_mode():
        expected = made.backbone.bn1(made.backbone.conv_stem(batch()))
        for stage in made.backbone.blocks[:FROZEN]:
            expected = stage(expected)
        torch.testing.assert_close(quick(batch()), expected, rtol=1e-3, atol=1e-3)


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
    made = network()
    made.freeze(FROZEN)
    made.backbone.blocks[FROZEN:].eval()
    made.backbone.bn2.eval()
    with torch.no_grad():
        folded_answer = made(batch())
        torch.testing.assert_close(folded_answer, made.eval()(batch()), rtol=1e-3, atol=1e-3)
