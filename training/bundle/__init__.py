"""Build a bundle from a trained network: ONNX graph, inference, manifest, model card."""
