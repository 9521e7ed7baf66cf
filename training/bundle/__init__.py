"""A trained network becomes a bundle: ONNX graph, inference, manifest, model card."""
