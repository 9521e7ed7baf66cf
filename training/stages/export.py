"""Stage ``export``: the trained network as ONNX, once in fp32 and once in int8, both from pixels to probabilities."""

from training.artifacts.files import FP32_FILE, INT8_FILE, read_splits
from training.bundle.onnx_export import export_onnx, load_network
from training.settings import read_params


def main() -> None:
    """Run the stage."""
    network, classes = load_network()
    models = export_onnx(network, read_splits("train"), classes=len(classes), params=read_params().export)
    FP32_FILE.parent.mkdir(parents=True, exist_ok=True)
    for model, path in zip(models, (FP32_FILE, INT8_FILE), strict=True):
        path.write_bytes(model.SerializeToString(deterministic=True))
        print(f"export: {path} {path.stat().st_size / 1e6:.2f} MB")
