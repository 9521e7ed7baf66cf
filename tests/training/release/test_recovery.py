from pathlib import Path

import numpy as np
import onnxruntime
import torch

from majani.image.decode import decode
from majani.model.bundle import read_bundle
from training.artifacts import CURRENT_DIR
from training.dataset.photos import to_square
from training.model.network import to_square as resize
from training.release.recovery import recover

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
