"""The usual way: Flask, the network in torch as it was trained, the photo decoded whole and resized.

    gunicorn --workers 2 benchmarks.serving_speed.flask_peer:app

The weights are random, which changes no time. One thread per process, because there are as many processes as cores.
"""

from typing import Any

import numpy as np
import timm
import torch
from flask import Flask, request
from PIL import Image

from majani.model.bundle import read_bundle
from training.artifacts.files import CURRENT_DIR

_BACKBONE = "tf_efficientnet_lite1"

torch.set_num_threads(1)
_manifest = read_bundle(CURRENT_DIR).manifest
_classes = [entry.id for entry in _manifest.classes]
_network: Any = timm.create_model(_BACKBONE, pretrained=False, num_classes=len(_classes)).eval()
app = Flask(__name__)


@app.post("/predict")
def predict() -> dict[str, object]:
    side_px = _manifest.model.side_px
    image = Image.open(request.files["photo"].stream).convert("RGB").resize((side_px, side_px))
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).unsqueeze(0).float() / 127.5 - 1
    with torch.inference_mode():
        probabilities = torch.softmax(_network(pixels), dim=1)[0]
    best = int(probabilities.argmax())
    return {"condition": _classes[best], "probability": float(probabilities[best])}
