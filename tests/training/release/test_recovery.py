from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch

from majani.image.decode import decode
from majani.model.bundle import read_bundle
from tests.tiny_bundle import tiny_bundle
from tests.training.described import PARAMS_FILE
from training.artifacts import CURRENT_DIR, network_file
from training.dataset.photos import to_square
from training.model.network import to_square as resize
from training.release import recovery
from training.release.networks import keep_network
from training.release.recovery import recover
from training.settings import read_params

PHOTOS = 24


def test_a_recovered_network_answers_as_its_bundle_and_can_learn(mirror: Path) -> None:
    """The shipped bundle, on real photos."""
    bundle = read_bundle(CURRENT_DIR)
    files = sorted((mirror / "ibean").rglob("*.jpg"))
    photos = np.stack([to_square(decode(one.read_bytes()), 256) for one in files[:: len(files) // PHOTOS][:PHOTOS]])
    pixels = torch.from_numpy(photos)
    network = recover(bundle, "tf_efficientnet_lite1", iter(pixels.split(8)))
    session = onnxruntime.InferenceSession(bundle.model, providers=["CPUExecutionProvider"])
    said = np.stack([session.run(["probabilities"], {"pixels": one[None]})[0][0] for one in photos])
    with torch.inference_mode():
        square = resize(network.normalise(pixels), side_px=bundle.manifest.model.side_px)
        again = network(square).numpy()
        # Statistics of these very photos are what it normalises by while it learns.
        learning = network.train()(square).numpy()
    best = said.argmax(axis=1)
    assert (again.argmax(axis=1) == best).mean() > 0.9
    assert (learning.argmax(axis=1) == best).mean() > 0.7
    assert len(set(best)) >= 3


@pytest.mark.parametrize("command", ["recovery", "promotion"])
def test_a_network_is_kept_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    bundle, photos = tiny_bundle(), pd.DataFrame({"photo": ["1.jpg"]})
    made: dict[str, Any] = {
        **{"read_bundle": bundle, "read_params": read_params(PARAMS_FILE), "read_splits": photos, "read_table": photos},
        **{"open_pixels": np.zeros((1, 8, 8, 3)), "recover": SimpleNamespace(state_dict=dict), "photos_seen_in": set()},
    }
    for name, value in made.items():
        monkeypatch.setattr(recovery, name, lambda *_, value=value, **__: value)
    monkeypatch.chdir(tmp_path)
    network, classes, version = Path("network.pt"), Path("classes.json"), bundle.manifest.version
    torch.save({}, network)
    classes.write_text("[]", encoding="utf-8")

    def keep() -> None:
        if command == "recovery":
            recovery.main()
        else:
            keep_network(version, network=network, classes=classes, learned=(), wanted=set())

    def killed(_: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(torch, "save", killed)
        keep()
    assert not network_file(version).exists()
    keep()
    assert "classes" in torch.load(network_file(version))
