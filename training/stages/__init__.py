"""The stages of dvc.yaml: one module each, with main() and wiring only; no module imports them."""
