"""Stage ``export``: the trained network as ONNX, once in fp32 and once in int8, both from pixels to probabilities."""

from training.artifacts.files import FP32_FILE, INT8_FILE, learned_under, read_splits
from training.bundle.onnx_export import export_onnx, load_network
from training.settings import read_params


def main() -> None:
    """Run the stage."""
    network, classes = load_network()
    params, train = read_params(), read_splits("train")
    train = train[learned_under(train, params.train.terms)["split"] == "train"]
    models = export_onnx(network, train, classes=len(classes), params=params.export)
    FP32_FILE.parent.mkdir(parents=True, exist_ok=True)
    for model, path in zip(models, (FP32_FILE, INT8_FILE), strict=True):
        path.write_bytes(model.SerializeToString(deterministic=True))
        print(f"export: {path} {path.stat().st_size / 1e6:.2f} MB")
