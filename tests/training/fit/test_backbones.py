"""Backbones of different kinds learn, and their 8-bit graph answers alike on server and phone."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import timm
import torch

from tests.absence import absent
from training.bundle.graph import with_pixels_in
from training.bundle.onnx_export import export_network, network_input, quantise
from training.fit.trainer import TrainingRun, fit
from training.model.network import LeafNetwork, WeightsError, load_pretrained
from training.settings import Phase

WEB = Path(__file__).parents[3] / "web"
SIDE_PX, OPSET = 64, 18
PHASES = (Phase(epochs=1, side_px=SIDE_PX, frozen_stages=1, min_crop_area=0.5),)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")


@pytest.mark.parametrize(
    "backbone",
    # The smallest of their kinds; the one that differs most in each run of the tests.
    [
        "test_vit",
        *(
            pytest.param(one, marks=pytest.mark.nightly)
            for one in ("mobilenetv3_small_050", "mobilenetv4_conv_small_035", "test_convnext")
        ),
    ],
)
def test_one_word_changes_the_backbone(backbone: str, run: TrainingRun, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules").is_dir():
        absent("Node.js or the phone app's packages are missing; see `make app`")
    # No package carries these; what timm begins with stands for a file that somebody has fetched.
    torch.manual_seed(1)
    torch.save(timm.create_model(backbone).state_dict(), tmp_path / "weights.pt")
    changes = {"backbone": backbone, "weights": str(tmp_path / "weights.pt"), "phases": PHASES}
    params = run.params.model_copy(update=changes)
    network = fit(TrainingRun.of(run.train, run.val, params)).eval()

    photos = [np.random.default_rng(seed).integers(0, 256, (80, 100, 3), dtype=np.uint8) for seed in range(4)]
    exported = export_network(network, side_px=SIDE_PX, opset=OPSET)
    int8 = quantise(exported, (network_input(network, photo, SIDE_PX) for photo in photos))
    scales = {"mean": network.mean.numpy(), "std": network.std.numpy()}
    whole, small = (
        with_pixels_in(one, side_px=SIDE_PX, classes=len(run.classes), opset=OPSET, **scales)
        for one in (exported, int8)
    )
    model, pixels = tmp_path / "model.onnx", tmp_path / "pixels"
    model.write_bytes(small.SerializeToString())
    photos[0].tofile(pixels)
    of_server, of_whole = (
        onnxruntime.InferenceSession(one.SerializeToString()).run(
            ["probabilities", "activation"], {"pixels": photos[0][None]}
        )
        for one in (small, whole)
    )
    assert of_server[1].shape[:2] == (1, len(run.classes))
    assert of_server[1].shape[2] > 1, "where on the leaf the answer comes from"
    assert np.abs(of_server[0] - of_whole[0]).max() < 0.05
    told = subprocess.run(
        [node, WEB / "tests/predict.mjs", model, pixels, "80", "100"], capture_output=True, text=True, check=True
    ).stdout
    assert np.abs(np.fromstring(told, sep=",") - of_server[0][0]).max() < 1e-3


def test_weights_of_another_architecture_or_none_are_refused_and_none_at_all_change_nothing() -> None:
    lite1, resnet = (
        LeafNetwork(backbone=name, classes=3, dropout=0.0) for name in ("tf_efficientnet_lite1", "resnet18")
    )
    before = {name: value.clone() for name, value in lite1.state_dict().items()}
    load_pretrained(lite1, "none")
    assert all(torch.equal(before[name], value) for name, value in lite1.state_dict().items())
    lite1.name = "tf_efficientnet_lite0"
    for made in (lite1, resnet):
        for weights in ("package", "absent.pt"):
            with pytest.raises(WeightsError):
                load_pretrained(made, weights)
