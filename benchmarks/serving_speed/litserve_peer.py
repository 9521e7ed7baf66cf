"""The same ONNX network in LitServe, set up as its documents say for work on the CPU.

    python -m benchmarks.serving_speed.litserve_peer PORT WORKERS

Photos are decoded in ``decode_request`` with Pillow, as its examples do; one thread per prediction, as many workers
and HTTP servers as cores. A photo arrives as the body, which is the least work: LitServe would need another library
for forms, and its examples' base64 in JSON is a third larger.
"""

import argparse
from io import BytesIO
from typing import Annotated, Any

import litserve  # type: ignore[import-untyped]
import numpy as np
import onnxruntime
from fastapi import Body
from PIL import Image

from majani.model.bundle import read_bundle
from majani.model.predictor import INPUT
from training.artifacts.files import CURRENT_DIR


class LeafApi(litserve.LitAPI):  # type: ignore[misc]
    """Photo in, the likeliest class out."""

    def setup(self, device: str) -> None:  # noqa: ARG002 - LitServe's name
        bundle = read_bundle(CURRENT_DIR)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(bundle.model, options, providers=["CPUExecutionProvider"])
        self.side_px = bundle.manifest.model.side_px
        self.classes = [entry.id for entry in bundle.manifest.classes]

    def decode_request(self, request: Annotated[bytes, Body(media_type="image/jpeg")]) -> Any:
        """Pixels ``(1, S, S, 3)`` uint8."""
        image = Image.open(BytesIO(request)).convert("RGB").resize((self.side_px, self.side_px))
        return np.asarray(image)[np.newaxis]

    def predict(self, x: Any) -> Any:
        return self.session.run(["probabilities"], {INPUT: x})[0][0]

    def encode_response(self, output: Any) -> Any:
        best = int(output.argmax())
        return {"condition": self.classes[best], "probability": float(output[best])}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving_speed.litserve_peer")
    parser.add_argument("port", type=int)
    parser.add_argument("workers", type=int)
    arguments = parser.parse_args()
    server = litserve.LitServer(LeafApi(), accelerator="cpu", workers_per_device=arguments.workers, fast_queue=True)
    server.run(host="127.0.0.1", port=arguments.port, log_level="warning", generate_client_file=False)


if __name__ == "__main__":
    main()
