import json
from pathlib import Path

import pytest
import torch

from training.artifacts.files import CLASSES_FILE, NETWORK_FILE
from training.fit.warm_start import warm_start
from training.model.network import LeafNetwork
from training.warm_start.kept_networks import keep_network, learned_photos_file, network_file
from training.warm_start.repository import WarmStartError

BACKBONE = "tf_efficientnet_lite0"
FORMER = ["bean.rust", "bean.healthy", "unknown_plant", "not_a_plant"]


def network(classes: int) -> LeafNetwork:
    return LeafNetwork(backbone=BACKBONE, classes=classes, dropout=0.0)


@pytest.fixture(autouse=True)
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LeafNetwork:
    """What the stage ``train`` leaves behind."""
    monkeypatch.chdir(tmp_path)
    NETWORK_FILE.parent.mkdir(parents=True)
    made = network(len(FORMER))
    torch.nn.init.uniform_(made.head.bias)
    torch.save({"backbone": BACKBONE, "weights": made.state_dict()}, NETWORK_FILE)
    CLASSES_FILE.write_text(json.dumps(FORMER), encoding="utf-8")
    return made


def keep(version: str, *kept: str) -> None:
    keep_network(version, network=NETWORK_FILE, classes=CLASSES_FILE, learned={f"of {version}"}, wanted=set(kept))


def test_goes_on_from_a_kept_network_and_begins_new_classes_anew(trained: LeafNetwork) -> None:
    keep("1")
    classes = ["bean.angular_leaf_spot", *FORMER[1:]]
    begun = network(len(classes))
    fresh = begun.head.weight[0].detach().clone()
    warm_start(begun, classes, "1")
    assert torch.equal(begun.head.weight[1:], trained.head.weight[1:])
    assert torch.equal(begun.head.bias[1:], trained.head.bias[1:])
    assert torch.equal(begun.head.weight[0], fresh)
    ours, theirs = begun.backbone.state_dict(), trained.backbone.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_only_networks_that_are_wanted_stay() -> None:
    keep("1")
    keep("2", "1")
    keep("3", "2")
    for file in (network_file, learned_photos_file):
        assert [file(version).exists() for version in ("1", "2", "3")] == [False, True, True]


def test_a_network_that_is_not_here_is_named_and_another_backbone_is_refused() -> None:
    keep("1")
    with pytest.raises(WarmStartError, match=r"no network of 7 on this machine; there is: 1"):
        warm_start(network(4), FORMER, "7")
    other = LeafNetwork(backbone="tf_efficientnet_lite1", classes=4, dropout=0.0)
    with pytest.raises(WarmStartError, match="lite0, not tf_efficientnet_lite1"):
        warm_start(other, FORMER, "1")
